"""Intel SVS as it comes from the package index: a Vamana graph over compressed vectors.

Its compressed vectors (LVQ, LeanVec) refuse processors that are not Intel's: the program ends
with a sentence, in every version from 0.0.6 to 0.5.0 alike, and those before need AVX-512. Then
float16, which runs everywhere, stands for SVS alone.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data import DIM, K, TEST, read_fbin

WINDOWS = (10, 12, 14, 17, 20, 24, 28, 34, 40, 48, 56, 68, 80, 96, 112, 136, 160, 192, 224, 272, 320, 384, 448)
CAPACITIES = (1, 1.5, 2, 3)  # of the window; what does not steer the search is still ranked at the end
TRAINING_ROWS = 100_000      # as SVS's documentation advises


def leanvec_matrices(folder, dims):
    """SVS's own learning from queries of both kinds, for rows and for queries."""
    from svs import compute_leanvec_matrices

    base = np.array(read_fbin(folder / "base.fbin")[:TRAINING_ROWS])
    queries = np.concatenate([read_fbin(folder / f"train-{kind}.fbin") for kind in ("text", "image")])
    return compute_leanvec_matrices(base, queries, dims)


@dataclass
class Svs:
    codes: str            # f16, lvq4x8, lvq8, leanvec
    learns: bool = False  # LeanVec for queries unlike the rows
    degree: int = 64
    window: int = 128
    alpha: float = 0.95
    leanvec_dims: int = 160
    queries = TEST
    can_filter = False  # its Python package offers none

    @property
    def points(self):
        capacities = (1, 1.5) if self.codes == "f16" else CAPACITIES
        return [(window, int(window * c)) for window in WINDOWS for c in capacities]

    def loader(self, svs, base_file, folder):
        source = svs.VectorDataLoader(str(base_file), svs.DataType.float32, DIM)
        if self.codes == "leanvec":
            lvq8 = svs.LeanVecKind.lvq8
            data, query = leanvec_matrices(folder, self.leanvec_dims) if self.learns else (None, None)
            return svs.LeanVecLoader(source, self.leanvec_dims, lvq8, lvq8, data, query)
        primary, residual = {"lvq4x8": (4, 8), "lvq8": (8, 0)}[self.codes]
        return svs.LVQLoader(source, primary, residual, padding=32, strategy=svs.LVQStrategy.Turbo)

    def build(self, folder, out, threads):
        import svs

        parameters = svs.VamanaBuildParameters(alpha=self.alpha, graph_max_degree=self.degree,
                                               window_size=self.window)
        rows = np.array(read_fbin(folder / "base.fbin"), np.float16) if self.codes == "f16" else None

        def make():
            with tempfile.TemporaryDirectory(dir=out) as place:
                base_file = Path(place) / "base.bin"  # the ending tells SVS the format
                base_file.symlink_to((folder / "base.fbin").resolve())
                source = rows if rows is not None else self.loader(svs, base_file, folder)
                self.index = svs.Vamana.build(parameters, source, svs.DistanceType.MIP, threads)
        return make, lambda: self.index.save(*(str(out / part) for part in ("config", "graph", "data")))

    def load(self, out):
        import svs

        self.svs, data = svs, str(out / "data")
        if self.codes == "f16":
            source = svs.VectorDataLoader(data, svs.DataType.float16, DIM)
        elif self.codes == "leanvec":
            source = svs.LeanVecLoader(data)
        else:
            source = svs.LVQLoader(data, padding=32, strategy=svs.LVQStrategy.Turbo)
        self.index = svs.Vamana(str(out / "config"), svs.GraphLoader(str(out / "graph")), source,
                                svs.DistanceType.MIP, num_threads=1)

    def search(self, queries, point, allowed=None):
        parameters = self.index.search_parameters
        parameters.buffer_config = self.svs.SearchBufferConfig(*point)
        self.index.search_parameters = parameters
        return self.index.search(queries, K)[0]


SETTINGS = {
    "svs-f16": Svs("f16"),
    "svs-lvq4x8": Svs("lvq4x8"),
    "svs-lvq8": Svs("lvq8"),
    "svs-leanvec-id": Svs("leanvec"),
    "svs-leanvec-ood": Svs("leanvec", learns=True),
}
