"""The indexes that take turns: weft's, in a program that stays, and the peers'.

weft's program is called

    bench_index DATA_FOLDER THREADS

on a folder of data.py. It builds its index with that many threads and prints a line

    {"build_s": 9.1, "build_cpu_s": 17.9, "bytes_per_vector": 790.5}

(seconds on the clock; seconds of the processor, of all threads; all memory that the index
holds). Then it answers each line "search" on its standard input ("search unfiltered" leaves
the filters out) by measuring on one thread,
one query at a time, and printing a line for each kind of query, filter and search parameter

    {"queries": "image", "filter": 0, "param": 2.5, "k": 10, "recall": 0.953, "qps": 9120, "least_hits": 10}

and then the line {"done": true}. `queries` is image or text; `filter` is 0, 0.01, 0.1 or 0.5;
`recall` the share of truth-KIND-FILTER.ibin found, `qps` the queries in a second of the
processor (CLOCK_PROCESS_CPUTIME_ID), over all queries at least once and 0.15 s or more;
`least_hits` is the fewest rows that any query got. It may read the train-KIND.fbin files,
never the test queries before it measures. It ends when its input does; a failure is a
sentence on standard error and another exit status than 0.

A peer's index is built once, kept with what its build took, and loaded in a process of its
own for every turn: together they would not fit into memory.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import peers
from data import KINDS

HERE = Path(__file__).resolve().parent
BUILD_THREADS = 2


class LaneError(Exception):
    """The program failed or is not there; the text says why."""


def last_words(text):
    return (text.strip().split("\n") or [""])[-1] or "no message"


class Weft:
    name = "weft"

    def __init__(self, program, folder):
        if not Path(program).exists():
            raise LaneError(f"{program} is not built")
        self.errors = open(folder / "weft.log", "w+")
        self.child = subprocess.Popen([program, folder, str(BUILD_THREADS)], text=True, stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=self.errors)
        self.built = self.answer()

    def answer(self):
        line = self.child.stdout.readline()
        if line:
            return json.loads(line)
        self.child.wait()
        self.errors.seek(0)
        raise LaneError(f"bench_index: {last_words(self.errors.read())}")

    def search(self, keep, with_filters):
        """Always all of its points."""
        points = []
        try:
            self.child.stdin.write("search\n" if with_filters else "search unfiltered\n")
            self.child.stdin.flush()
        except BrokenPipeError:
            pass  # answer() says why
        while not (line := self.answer()).get("done"):
            points.append(line)
        return points

    def stop(self):
        self.child.stdin.close()
        self.child.wait()
        self.errors.close()


class Peer:
    """Raises LaneError where the library is not there or does not run on this processor."""

    def __init__(self, name, folder):
        self.name, self.folder, self.out = name, folder, folder / "indexes" / name
        mark = self.out / "build.json"
        if not mark.exists() or json.loads(mark.read_text()).get("setting") != repr(peers.PEERS[name]):
            self.build(mark)
        self.built = json.loads(mark.read_text())

    def run(self, command, *arguments):
        environment = {**os.environ, "OMP_NUM_THREADS": str(BUILD_THREADS), "SVS_LOG_LEVEL": "off"}
        result = subprocess.run([sys.executable, HERE / "peer.py", command, self.name, self.folder, self.out,
                                 *map(str, arguments)], capture_output=True, text=True, env=environment)
        if result.returncode:
            raise LaneError(f"{self.name}: {last_words(result.stderr)}")
        return [json.loads(line) for line in result.stdout.splitlines()]

    def build(self, mark):
        """The mark is last, so that a broken build is repeated."""
        print(f"building {self.name}", file=sys.stderr, flush=True)
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir(parents=True)
        built = self.run("build", BUILD_THREADS)[0]
        mark.write_text(json.dumps({**built, "setting": repr(peers.PEERS[self.name])}))

    def search(self, keep, with_filters):
        """keep: {(name, kind, filter): [params]}, or empty for all there are."""
        if not keep and not with_filters:
            every = ["/".join(map(str, point)) for point in peers.PEERS[self.name].points]
            keep = {(self.name, kind, 0): every for kind in KINDS}
        mine = {f"{kind} {share:g}": params for (name, kind, share), params in keep.items() if name == self.name}
        return self.run("search", json.dumps(mine))

    def stop(self):
        pass


def start(program, names, folder):
    """Those that run here, weft first, and a sentence about each that does not."""
    lanes, absent = [], []
    for make in [lambda: Weft(program, folder)] + [lambda name=name: Peer(name, folder) for name in names]:
        try:
            lanes.append(make())
        except LaneError as error:
            absent.append(str(error))
    return lanes, absent
