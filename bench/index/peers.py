"""The indexes that weft is compared with, by name. Each can build itself from a folder of
data.py, save itself, load itself again, and answer a matrix of queries on one thread.

`points` are the search parameters to try, from fast to exact. Where a library has several,
every sensible pair is tried and the report takes the best: more trouble than users go to.

Every library's own batch call is used, so that Python costs nothing, in a form that answers
the queries one after another. FAISS is kept from multiplying many queries with a matrix at
once (`distance_compute_blas_threshold`, `implem`), which is no use to one shopper.
"""

from dataclasses import dataclass

import numpy as np

from data import DIM, K, TEST, read_fbin
from peer_svs import SETTINGS as SVS_SETTINGS

BEAMS = (10, 12, 14, 17, 20, 24, 28, 34, 40, 48, 56, 68, 80, 96, 112, 136, 160, 192, 224, 272, 320, 384, 448, 544, 640)


# --- FAISS --------------------------------------------------------------------------

def open_faiss(threads):
    import faiss

    faiss.omp_set_num_threads(threads)
    return faiss


class Faiss:
    can_filter = True
    queries = TEST  # of each kind

    def build(self, folder, out, threads):
        faiss, base = open_faiss(threads), np.array(read_fbin(folder / "base.fbin"))

        def make():
            self.index = self.make(faiss, base)
        return make, lambda: faiss.write_index(self.index, str(out / "index"))

    def load(self, out):
        self.faiss = open_faiss(1)
        self.faiss.cvar.distance_compute_blas_threshold = 1 << 30
        self.index = self.faiss.read_index(str(out / "index"))

    def search(self, queries, point, allowed=None):
        selector = self.faiss.IDSelectorBitmap(allowed) if allowed is not None else None
        return self.index.search(queries, K, params=self.parameters(point, selector))[1]


@dataclass
class FaissFlat(Faiss):
    points = [()]
    queries = 50

    def make(self, faiss, base):
        index = faiss.IndexFlatIP(DIM)
        index.add(base)
        return index

    def parameters(self, point, selector):
        return self.faiss.SearchParameters(sel=selector)


@dataclass
class FaissHnsw(Faiss):
    factory: str
    construction: int = 200
    points = [(beam,) for beam in BEAMS]

    def make(self, faiss, base):
        index = faiss.index_factory(DIM, self.factory, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = self.construction
        index.train(base)
        index.add(base)
        return index

    def parameters(self, point, selector):
        return self.faiss.SearchParametersHNSW(efSearch=point[0], sel=selector)


@dataclass
class FaissIvf(Faiss):
    """Codes in lists, the best of them compared again at a higher precision."""

    codes: str   # as index_factory says it
    refine: str  # likewise
    points = [(probes, factor) for probes in (2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768)
              for factor in (2, 4, 8, 16, 32, 64)]

    def make(self, faiss, base):
        lists = max(64, 1 << round(np.log2(len(base)) / 2 + 0.75))  # 512 for 77,688 rows
        index = faiss.index_factory(DIM, f"IVF{lists},{self.codes},{self.refine}", faiss.METRIC_INNER_PRODUCT)
        index.train(base)
        index.add(base)
        return index

    def load(self, out):
        super().load(out)
        inner = self.faiss.extract_index_ivf(self.index)
        if hasattr(inner, "implem"):
            inner.implem = 10  # query by query

    def parameters(self, point, selector):
        inner = self.faiss.SearchParametersIVF(nprobe=point[0], sel=selector)
        return self.faiss.IndexRefineSearchParameters(k_factor=point[1], base_index_params=inner)


# --- hnswlib, USearch ---------------------------------------------------------------

@dataclass
class Hnswlib:
    links: int = 32
    construction: int = 200
    queries = TEST
    can_filter = False  # by a Python function for each row alone
    points = [(beam,) for beam in BEAMS]

    def build(self, folder, out, threads):
        import hnswlib

        base = np.array(read_fbin(folder / "base.fbin"))
        index = hnswlib.Index("ip", DIM)

        def make():
            index.init_index(len(base), M=self.links, ef_construction=self.construction)
            index.add_items(base, num_threads=threads)
        return make, lambda: index.save_index(str(out / "index"))

    def load(self, out):
        import hnswlib

        self.index = hnswlib.Index("ip", DIM)
        self.index.load_index(str(out / "index"))

    def search(self, queries, point, allowed=None):
        self.index.set_ef(point[0])
        return self.index.knn_query(queries, K, num_threads=1)[0]


@dataclass
class Usearch:
    kind: str
    links: int = 32
    construction: int = 200
    queries = TEST
    can_filter = False  # its Python package offers none
    points = [(beam,) for beam in BEAMS]

    def new(self):
        from usearch.index import Index

        return Index(ndim=DIM, metric="ip", dtype=self.kind, connectivity=self.links,
                     expansion_add=self.construction)

    def build(self, folder, out, threads):
        base, index = np.array(read_fbin(folder / "base.fbin")), self.new()
        return (lambda: index.add(np.arange(len(base)), base, threads=threads),
                lambda: index.save(str(out / "index")))

    def load(self, out):
        self.index = self.new()
        self.index.load(str(out / "index"))

    def search(self, queries, point, allowed=None):
        self.index.expansion_search = point[0]
        return self.index.search(queries, K, threads=1).keys


PEERS = {
    "faiss-flat": FaissFlat(),
    "faiss-hnsw-f32": FaissHnsw("HNSW32"),
    "faiss-hnsw-fp16": FaissHnsw("HNSW32,SQfp16"),
    "faiss-hnsw-bf16": FaissHnsw("HNSW32,SQbf16"),
    "faiss-hnsw-sq8": FaissHnsw("HNSW32,SQ8"),
    "faiss-ivfpq": FaissIvf("PQ128x4fs", "Refine(SQfp16)"),
    "faiss-ivfpq-fine": FaissIvf("PQ256x4fs", "Refine(SQfp16)"),
    "faiss-rabitq": FaissIvf("RaBitQfs", "Refine(SQfp16)"),
    "hnswlib": Hnswlib(),
    "usearch-f32": Usearch("f32"),
    "usearch-bf16": Usearch("bf16"),
    "usearch-f16": Usearch("f16"),
    "usearch-i8": Usearch("i8"),
    **SVS_SETTINGS,
}

# No family's best is missing from these; the others cost hours over many rows.
LARGE = ["faiss-ivfpq", "faiss-ivfpq-fine", "faiss-rabitq", "faiss-hnsw-bf16", "usearch-bf16", "svs-f16", "svs-lvq4x8",
         "svs-leanvec-ood"]
QUICK = ["faiss-ivfpq-fine", "faiss-hnsw-bf16", "hnswlib", "usearch-bf16", "svs-f16", "svs-lvq4x8", "svs-leanvec-ood"]
