"""The vectors that are indexed, the queries, and what the right answers are.

Everything of one size lies in one folder and is made once:

    base.fbin                 ROWS vectors of 512 numbers, unit length, clustered as CLIP's of
                              products are: about 40 to a cluster
    image.fbin text.fbin      1,000 test queries of each kind. Images lie among the rows, texts on
                              the other side of CLIP's modality gap
    train-image.fbin train-text.fbin
                              10,000 other queries of each kind, for indexes that learn from queries
    filter-F.bits             for F = 0.01, 0.1, 0.5: a bit for each row, low bits first, set for the
                              random share F of the rows that a filter allows
    truth-KIND-F.ibin         the 10 best rows of each test query by inner product, best first, as
                              exact as float32 is; F = 0 is no filter

fbin is two little-endian uint32, rows and dimension, then float32; ibin the same with int32
(tools that write them: big-ann-benchmarks).
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
VERSION = 1  # of everything below: another one is made anew
DIM, K, CLUSTER = 512, 10, 40
KINDS = ("image", "text")
TEST, TRAINING = 1000, 10000
FILTERS = ("0", "0.01", "0.1", "0.5")
BLOCK = 65536


def read_fbin(path):
    rows, dim = np.fromfile(path, "<u4", 2)
    return np.memmap(path, "<f4", "r", offset=8, shape=(int(rows), int(dim)))


def write_bin(path, values, rows=None):
    """Of one matrix, or of blocks of rows."""
    blocks = [values] if isinstance(values, np.ndarray) else values
    with open(path, "wb") as file:
        for i, block in enumerate(blocks):
            if i == 0:
                np.array([rows or len(block), block.shape[1]], "<u4").tofile(file)
            block.tofile(file)


def read_truth(folder, kind, share="0"):
    path = folder / f"truth-{kind}-{share}.ibin"
    rows, k = np.fromfile(path, "<u4", 2)
    return np.fromfile(path, "<i4", offset=8).reshape(rows, k)


def read_filter(folder, share):
    return np.fromfile(folder / f"filter-{share}.bits", np.uint8)


# --- vectors ------------------------------------------------------------------------

def generator():
    """The script that makes vectors with the moments of real embeddings, or None;
    WEFT_SHARED names the folder that has it."""
    shared = Path(os.environ.get("WEFT_SHARED") or ROOT.parent / "shared")
    script = shared / "tools" / "make_vectors.py"
    return script if script.exists() and (shared / "data" / "clip-vectors").exists() else None


def make_vectors(rows, folder):
    """base.fbin, query_image.fbin and query_text.fbin."""
    script = generator()
    if script:
        subprocess.run([sys.executable, script, "--n", str(rows), "--queries", str(TEST + TRAINING),
                        "--out", folder], check=True, stdout=subprocess.DEVNULL)
    else:
        make_substitute(rows, folder)


def unit(x):
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def make_substitute(rows, folder):
    """The same kind of vectors without any real ones: a mean that all rows share and that has a
    few large numbers, variances that fall as a power, clusters; texts have another mean, keep
    a part of what their image is, and have noise of their own."""
    rng = np.random.default_rng(1)
    variances = (3 + np.arange(DIM)) ** -1.5
    scale = np.sqrt(0.45 * variances / variances.sum())
    basis = (scale[:, None] * np.linalg.qr(rng.standard_normal((DIM, DIM)))[0]).astype(np.float32)
    means = [0.026 * rng.standard_normal(DIM).astype(np.float32) for _ in KINDS]
    for mean in means:
        mean[rng.integers(DIM, size=4)] = 0.22
    to_text = np.diag(rng.uniform(0.2, 0.8, DIM)).astype(np.float32)  # some of it is said, some not
    centres = rng.standard_normal((max(1, rows // CLUSTER), DIM), dtype=np.float32)

    def draw(n):
        z = 0.85 * centres[rng.integers(len(centres), size=n)]
        return z + 0.53 * rng.standard_normal((n, DIM), dtype=np.float32)

    write_bin(folder / "base.fbin", (unit(means[0] + draw(min(BLOCK, rows - i)) @ basis)
                                     for i in range(0, rows, BLOCK)), rows)
    write_bin(folder / "query_image.fbin", unit(means[0] + draw(TEST + TRAINING) @ basis))
    texts = means[1] + draw(TEST + TRAINING) @ to_text @ basis
    texts += 0.027 * rng.standard_normal(texts.shape)
    write_bin(folder / "query_text.fbin", unit(texts))


def split_queries(source, folder):
    for kind in KINDS:
        queries = read_fbin(source / f"query_{kind}.fbin")
        write_bin(folder / f"{kind}.fbin", np.array(queries[:TEST]))
        write_bin(folder / f"train-{kind}.fbin", np.array(queries[TEST:]))


# --- right answers ------------------------------------------------------------------

def make_filters(rows, folder):
    """{share: a bool for each row}"""
    allowed = {}
    for share in FILTERS[1:]:
        chosen = np.random.default_rng(7).permutation(rows)[:round(rows * float(share))]
        allowed[share] = np.zeros(rows, bool)
        allowed[share][chosen] = True
        np.packbits(allowed[share], bitorder="little").tofile(folder / f"filter-{share}.bits")
    return allowed


def best_of(scores, ids):
    """(scores, ids) of the K best in each row; ids is one list for all or one for each."""
    order = np.argpartition(-scores, K - 1, axis=1)[:, :K]
    return np.take_along_axis(scores, order, 1), np.take_along_axis(np.broadcast_to(ids, scores.shape), order, 1)


def make_truth(folder, allowed):
    base = read_fbin(folder / "base.fbin")
    for kind in KINDS:
        queries, found = read_fbin(folder / f"{kind}.fbin"), {share: [] for share in FILTERS}
        for i in range(0, len(base), BLOCK):
            scores = queries @ base[i:i + BLOCK].T
            ids = np.arange(i, i + scores.shape[1], dtype="<i4")
            for share in FILTERS:
                keep = allowed[share][i:i + BLOCK] if share in allowed else slice(None)
                found[share].append(best_of(scores[:, keep], ids[keep]))
        for share, parts in found.items():
            scores, ids = best_of(*(np.concatenate(part, 1) for part in zip(*parts)))
            ids = np.take_along_axis(ids, np.argsort(-scores, axis=1), 1)
            write_bin(folder / f"truth-{kind}-{share}.ibin", np.ascontiguousarray(ids))


def prepare(work, rows):
    """The folder of that size. The mark is last, so that a broken run is repeated."""
    folder = work / str(rows)
    mark, state = folder / "data.ready", f"{VERSION} {'shared' if generator() else 'substitute'}"
    if mark.exists() and mark.read_text() == state:
        return folder
    print(f"making {rows} vectors and the right answers (once)", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    mark.unlink(missing_ok=True)
    shutil.rmtree(folder / "indexes", ignore_errors=True)  # the peers', of other vectors
    with tempfile.TemporaryDirectory(dir=folder) as made:
        make_vectors(rows, Path(made))
        split_queries(Path(made), folder)
        (Path(made) / "base.fbin").rename(folder / "base.fbin")
    make_truth(folder, make_filters(rows, folder))
    mark.write_text(state)
    return folder
