"""One peer's index, built or measured in a process of its own.

    python peer.py build  NAME DATA_FOLDER INDEX_FOLDER THREADS
    python peer.py search NAME DATA_FOLDER INDEX_FOLDER [KEEP]

KEEP, as JSON, holds for each "KIND FILTER" the parameters to measure: without it, all.

The lines printed are described in lanes.py.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

from data import FILTERS, K, KINDS, read_fbin, read_filter, read_truth
from peers import PEERS

ENOUGH_RECALL = 0.997   # slower points are of no use
SLOW = 60               # queries a second; the same
FILTER_SLOW = 300       # with a filter
FILTER_STEP = 3         # of the search parameters every third is tried with a filter
PASS_SECONDS = 0.15     # a measurement is repeated until it took that long


def build(peer, folder, out, threads):
    """The index is saved in `out`; what is said of it excludes reading and saving."""
    make, save = peer.build(folder, out, threads)
    wall, cpu = time.perf_counter(), time.process_time()
    make()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    save()
    size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    rows = len(read_fbin(folder / "base.fbin"))
    return {"build_s": wall, "build_cpu_s": cpu, "bytes_per_vector": size / rows}


def hits(found, truth):
    """(share of the true neighbours found, fewest rows answered)"""
    same = (found[:, :, None] == truth[:, None, :]).any(2).sum()
    answered = ((found >= 0) & (found < 1 << 31)).sum(1).min()  # -1 and 2^64 - 1 mean none
    return float(same / truth.size), int(answered)


def measure(peer, queries, truth, point, allowed):
    """A pass over all queries, again until there is something to time. Seconds are the
    processor's, of all threads: neighbours on a shared machine do not count."""
    count, start = 0, time.process_time()
    while count == 0 or time.process_time() - start < PASS_SECONDS:
        found = peer.search(queries, point, allowed)
        count += len(queries)
    recall, answered = hits(np.asarray(found).astype(np.int64), truth)
    return {"recall": recall, "qps": count / (time.process_time() - start), "least_hits": answered}


def points_for(peer, keep, kind, share):
    if keep:
        wanted = keep.get(f"{kind} {share}", [])
        return [point for point in peer.points if name_of(point) in wanted]
    return peer.points if share == "0" else peer.points[::FILTER_STEP]


def name_of(point):
    return "/".join(str(p) for p in point)


def search(peer, folder, out, keep):
    peer.load(out)
    for kind in KINDS:
        queries = np.array(read_fbin(folder / f"{kind}.fbin")[:peer.queries])
        for share in FILTERS if peer.can_filter else FILTERS[:1]:
            allowed = read_filter(folder, share) if share != "0" else None
            slow = SLOW if allowed is None else FILTER_SLOW
            truth = read_truth(folder, kind, share)[:peer.queries]
            peer.search(queries[:10], peer.points[0], allowed)  # warms up
            for point in points_for(peer, keep, kind, share):
                got = measure(peer, queries, truth, point, allowed)
                yield {"queries": kind, "filter": float(share), "param": name_of(point), "k": K, **got}
                if got["recall"] >= ENOUGH_RECALL or got["qps"] < slow:
                    break


def main():
    command, name, folder, out = sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])
    answers, sys.stdout = sys.stdout, sys.stderr  # what libraries print must not mix in
    peer = PEERS[name]
    if command == "build":
        lines = [build(peer, folder, out, int(sys.argv[5]))]
    else:
        lines = search(peer, folder, out, json.loads(sys.argv[5]) if len(sys.argv) > 5 else {})
    for line in lines:
        print(json.dumps(line), file=answers, flush=True)


if __name__ == "__main__":
    main()
