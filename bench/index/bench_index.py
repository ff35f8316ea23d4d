"""weft's vector index beside FAISS, hnswlib, USearch and Intel SVS, in one run.

    python bench_index.py BUILD_FOLDER [--quick] [--only PEERS] [--rows N] [--rounds N] [--no-filters] [--work FOLDER]

Vectors, right answers and the peers' indexes are made once and kept in the work folder: the
first run of all of it takes hours, most of them for the peers' graphs over 1,000,000 rows;
a later one only measures. Ends with the line "all goals met", or names each must and each goal
that is missed; exits with 1 when a must is.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import data
import goals
import lanes
import measure
import report
from peers import LARGE, PEERS, QUICK

SIZES = (77_688, 1_000_000)
PACKAGES = ("faiss-cpu", "hnswlib", "usearch", "scalable-vs", "numpy")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path, help="meson's build folder, bench/index/bench_index built")
    parser.add_argument("--quick", action="store_true", help="77,688 rows, few settings of the peers: not a verdict")
    parser.add_argument("--only", type=lambda text: text.split(","), help="peers by name or family, say svs,faiss-flat")
    parser.add_argument("--rows", type=int, help="that size alone")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--no-filters", action="store_true", help="over many rows they take the longest")
    parser.add_argument("--work", type=Path, help="by default bench-index in the build folder")
    options = parser.parse_args()
    options.rounds = options.rounds or (3 if options.quick else 5)
    options.sizes = (options.rows,) if options.rows else SIZES[:1] if options.quick else SIZES
    options.work = (options.work or options.build / "bench-index").resolve()
    for name in options.only or ():
        if not chosen([name], PEERS):
            parser.error(f"{name}: not one of {', '.join(PEERS)}")
    return options


def chosen(wanted, names):
    return [name for name in names if any(name == one or name.startswith(one + "-") for one in wanted)]


def peers_for(rows, options):
    """Over many rows the settings that are no family's best are left out: hours of building."""
    if options.only:
        return chosen(options.only, PEERS)
    return QUICK if options.quick else LARGE if rows > SIZES[0] else list(PEERS)


def machine():
    cpus = Path("/proc/cpuinfo")
    names = [line.split(":")[1].strip() for line in cpus.read_text().splitlines()
             if line.startswith("model name")] if cpus.exists() else []
    return f"{names[0] if names else 'an unnamed processor'}, {os.cpu_count()} cores"


def run_size(rows, options):
    """What is missed, and the Markdown."""
    folder = data.prepare(options.work, rows)
    running, absent = lanes.start(options.build.resolve() / "bench" / "index" / "bench_index",
                                  peers_for(rows, options), folder)
    try:
        with open(folder / "turns.jsonl", "w") as log:
            points, failed = measure.take_turns(running, options.rounds, not options.no_filters, log)
    finally:
        for lane in running:
            lane.stop()
    built = {lane.name: lane.built for lane in running if lane.name not in failed}
    source = "with the moments of real CLIP vectors" if data.generator() else \
        "drawn without real ones (WEFT_SHARED names no tools/make_vectors.py): their figures differ"
    about = "\n".join([f"Vectors {source}; {options.rounds} rounds.", *(f"Not here: {text}" for text in absent)])
    text = report.tables(rows, points, built, about)
    print(text, flush=True)
    report.draw(rows, points, built, options.work / f"recall-{rows}.svg")
    with open(options.work / f"points-{rows}.jsonl", "w") as file:
        for (name, kind, share), some in points.items():
            for point in some:
                print(json.dumps({"index": name, "queries": kind, "filter": share, **asdict(point)}), file=file)
    return [(kind, f"{rows:,} rows, {what}") for kind, what in goals.judge(points, built, rows, data.DIM)], text


def print_verdict(missed, is_whole):
    for kind in ("must", "goal"):
        for _, what in (miss for miss in missed if miss[0] == kind):
            print(f"{kind} missed: {what}")
    if not missed:
        print("all goals met" if is_whole else "none missed, but this was only a part of the run")


def main():
    options, started = parse_arguments(), time.monotonic()
    options.work.mkdir(parents=True, exist_ok=True)
    intro = f"{machine()}; {' '.join(f'{name} {version(name)}' for name in PACKAGES)}\n"
    print(intro, flush=True)
    missed, texts = [], [f"# Vector indexes\n\n{intro}", report.NOTES]
    for rows in options.sizes:
        more, text = run_size(rows, options)
        missed += more
        texts.append(text)
        (options.work / "report.md").write_text("\n".join(texts), encoding="utf-8")
    print(report.NOTES)
    print(f"measured in {(time.monotonic() - started) / 60:.1f} minutes; "
          f"report.md, points and curves (SVG) are in {options.work}")
    print_verdict(missed, not (options.quick or options.only or options.rows or options.no_filters))
    return 1 if any(kind == "must" for kind, _ in missed) else 0


if __name__ == "__main__":
    sys.exit(main())
