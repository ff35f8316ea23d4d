"""weft's encoder beside OpenVINO, ONNX Runtime and torch: CLIP ViT-B/32 in one run.

    python bench_encoder.py BUILD_FOLDER [--quick] [--only PRECISIONS] [--cells CELLS] [--peers PEERS]

In every cell (inputs and batch) all programs are opened, then take turns, round after round,
so that a noisy machine troubles all of them alike; a figure is the median of its rounds, a
ratio the median of the rounds' ratios, and the spread stands beside it. Ends with the line
"all goals met", or names each one missed and exits with 1.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import accuracy
import convert
import goals
import report
import subject
from lanes import PEERS, PRECISIONS, Disturbance, LaneError, Peer, Weft
from modes import MODES

BUSY = 0.05  # of the machine, used by others
ACCURACY_SHARE = 0.12  # of the time, kept for what comes after the cells
QUICK_CELLS = ("image1", "image8", "text8x1", "text77x1")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    listed = lambda text: text.split(",")
    parser.add_argument("build", type=Path, help="meson's build folder, bench_encoder built")
    parser.add_argument("--quick", action="store_true",
                        help="a few cells against OpenVINO alone, no retrieval: minutes, not a verdict")
    parser.add_argument("--only", type=listed, default=PRECISIONS, help="precisions, f32,bf16,int8")
    parser.add_argument("--cells", type=listed, help="names as in goals.py, say image1,text8x1")
    parser.add_argument("--peers", type=listed, help="openvino,onnxruntime,torch")
    parser.add_argument("--seconds", type=float, help="of one turn; a call in progress is finished")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--minutes", type=float, help="for all of it; fewer rounds when it is short, at least two")
    parser.add_argument("--no-accuracy", action="store_true")
    options = parser.parse_args()
    quick = options.quick
    options.seconds = options.seconds or (0.25 if quick else 0.4)
    options.rounds = options.rounds or (4 if quick else 5)
    options.minutes = options.minutes or (3 if quick else 25)
    options.peers = options.peers or (["openvino"] if quick else list(PEERS))
    options.cells = options.cells or (QUICK_CELLS if quick else None)
    known = {cell.name for group in goals.make_cells() for cell in group}
    for given, allowed in ((options.only, PRECISIONS), (options.peers, PEERS), (options.cells or (), known)):
        for name in given:
            if name not in allowed:
                parser.error(f"{name}: not one of {', '.join(sorted(allowed))}")
    return options


# --- measuring ----------------------------------------------------------------------------

def measure_peaks(program):
    """{threads: [(precision, instruction, operations per second)]}"""
    found = {}
    for name, modes in goals.BEST_OF.items():
        threads = max(MODES[mode].threads for mode in modes)
        lines = subprocess.run([program, str(threads)], check=True, capture_output=True, text=True).stdout
        found[name] = [(p, i, float(rate)) for p, i, rate in map(str.split, lines.splitlines())]
    return found


def higher_peaks(first, second):
    return {name: [(p, i, max(rate, other)) for (p, i, rate), (_, _, other) in zip(first[name], second[name])]
            for name in first}


def start_lanes(options, program, folder):
    """All programs, weft first; and what is missed when weft lacks a precision."""
    lanes, missed = [], []
    for precision in options.only:
        try:
            lanes.append(Weft(program, folder / "clip-vit-b-32", precision, folder))
        except LaneError as error:
            missed.append(("must", f"weft cannot run {precision}: {error}"))
        lanes += [Peer(folder, peer, precision) for peer in options.peers if precision in PEERS[peer]]
    return lanes, missed


def take_turn(lane, group, mode, seconds, rates, disturbance):
    """Adds one figure to each cell of the group; the peers' holds for all of them."""
    key = (lane.name, lane.precision)
    figures = []
    for cell in group if isinstance(lane, Weft) else group[:1]:
        if isinstance(lane, Weft) and (len(group) > 1 or not rates[cell.name].get(key, {}).get(mode)):
            lane.open(cell, mode)
        figures.append(disturbance.watch(lane, lambda: lane.run(mode, seconds))["rate"])
    for i, cell in enumerate(group):
        rates[cell.name].setdefault(key, {}).setdefault(mode, []).append(figures[min(i, len(figures) - 1)])


def is_due(lane, number):
    """The peers that no goal names sit out every other round, to save time."""
    return lane.name in ("weft", "openvino") or number % 2 == 0


def measure_group(group, lanes, options, deadline):
    """{cell name: {(program, precision): {mode: [rate of each round, None where it sat out]}}}"""
    rates = {cell.name: {} for cell in group}
    disturbance = Disturbance(os.cpu_count())
    for lane in lanes:
        if not isinstance(lane, Weft):
            for mode in MODES:
                lane.open(group[0], mode)
    start = time.monotonic()
    for number in range(options.rounds):
        for mode in MODES:
            for lane in lanes if number % 2 == 0 else reversed(lanes):
                if is_due(lane, number):
                    take_turn(lane, group, mode, options.seconds, rates, disturbance)
                else:
                    for cell in group:
                        rates[cell.name][lane.name, lane.precision][mode].append(None)
        now = time.monotonic()
        if number >= 1 and now + (now - start) / (number + 1) > deadline:
            break
    for lane in lanes:
        lane.close()
    print(f"{group[0].title}: {number + 1} rounds", file=sys.stderr, flush=True)
    return rates, disturbance.share()


# --- all of it ------------------------------------------------------------------------------

def chosen_groups(options):
    groups = [[cell for cell in group if not options.cells or cell.name in options.cells]
              for group in goals.make_cells()]
    return [group for group in groups if group]


def group_weight(group):
    """How much of the time a group deserves: a slow call needs more."""
    return 1 + group[0].gigaflop() * group[0].batch / 20


def versions():
    from importlib.metadata import version

    return " ".join(f"{name} {version(name)}" for name in ("openvino", "nncf", "onnxruntime", "torch", "transformers"))


def machine():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return f"{line.split(':')[1].strip()}, {os.cpu_count()} cores"
    return f"{os.cpu_count()} cores"


def judge(options, groups, rates):
    missed = []
    for group in groups:
        for cell in group:
            for precision in options.only if "openvino" in options.peers else ():
                theirs = rates[cell.name].get(("openvino", precision), {})
                missed += goals.judge(cell, precision, rates[cell.name].get(("weft", precision), {}), theirs)
    return missed


def print_verdict(missed, is_whole):
    for kind in ("must", "goal"):
        for _, text in (m for m in missed if m[0] == kind):
            print(f"{kind} missed: {text}")
    if not missed:
        print("all goals met" if is_whole else "none missed, but this was only a part of the run")


def main():
    options, started = parse_arguments(), time.monotonic()
    bench = options.build / "bench" / "encoder"
    folder = bench / "subject"
    folder.mkdir(parents=True, exist_ok=True)
    subject.prepare(folder)
    convert.prepare(folder)

    groups = chosen_groups(options)
    peak = bench / "peak"
    peaks = measure_peaks(peak)
    lanes, missed = start_lanes(options, bench / "bench_encoder", folder)
    print(f"{machine()}; {versions()}\n")
    end = started + 60 * options.minutes * (1 - ACCURACY_SHARE)
    rates, disturbed = {}, {}
    for i, group in enumerate(groups):
        share = group_weight(group) / sum(map(group_weight, groups[i:]))
        now = time.monotonic()
        found, others = measure_group(group, lanes, options, now + share * (end - now))
        rates.update(found)
        disturbed.update({cell.name: others for cell in group})
        peaks = higher_peaks(peaks, measure_peaks(peak))  # one that a neighbour pressed down may recover
    limits = {name: report.limits(some) for name, some in peaks.items()}
    report.print_limits(peaks)
    for cell in (cell for group in groups for cell in group):
        report.print_cell(cell, rates[cell.name], limits, disturbed[cell.name])
    missed += judge(options, groups, rates)
    if not options.no_accuracy:
        missed += accuracy.check_cosines([lane for lane in lanes if isinstance(lane, Weft) or not options.quick], folder)
    for lane in lanes:
        lane.stop()
    if not options.no_accuracy and not options.quick:
        missed += accuracy.check_recall(bench / "bench_encoder", options.only, folder)
    if max(disturbed.values()) > BUSY:
        print(f"note: others used up to {100 * max(disturbed.values()):.0f}% of the machine; its figures are not to be quoted")
    print(f"measured in {(time.monotonic() - started) / 60:.1f} minutes")
    is_whole = not (options.quick or options.cells or options.no_accuracy or len(options.only) < len(PRECISIONS)
                    or "openvino" not in options.peers)
    print_verdict(missed, is_whole)
    return 1 if missed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LaneError as error:
        sys.exit(f"bench-encoder: {error}")
