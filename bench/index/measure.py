"""Rounds of turns, and what they come to."""

import sys
from collections import defaultdict
from dataclasses import dataclass
from statistics import median

from lanes import LaneError

TARGETS = (0.9, 0.95, 0.99)


@dataclass(frozen=True)
class Point:
    """Of one index at one search parameter; the medians of its rounds."""

    param: str
    recall: float
    qps: float
    least_hits: int


def take_turns(lanes, rounds):
    """{(index, kind, filter): [Point]}, fast ones first, and sentences about lanes that failed.
    In every round each index measures all of its points; every other round goes backwards."""
    seen, failed = defaultdict(lambda: defaultdict(list)), []
    for number in range(rounds):
        for lane in lanes if number % 2 == 0 else lanes[::-1]:
            if lane.name in failed:
                continue
            print(f"round {number + 1} of {rounds}: {lane.name}", file=sys.stderr, flush=True)
            try:
                for line in lane.search():
                    key = lane.name, line["queries"], float(line["filter"])
                    seen[key][str(line["param"])].append(line)
            except LaneError as error:
                failed.append(lane.name)
                print(f"{lane.name} drops out: {error}", flush=True)
    return {key: sorted((Point(param, median(line["recall"] for line in lines),
                               median(line["qps"] for line in lines),
                               min(line["least_hits"] for line in lines))
                         for param, lines in by_param.items()), key=lambda point: -point.qps)
            for key, by_param in seen.items()}


def best_at(points, recall):
    """The fastest point with at least that recall, never one between two points; or None."""
    return max((p for p in points or () if p.recall >= recall), key=lambda p: p.qps, default=None)


def rate_at(points, recall):
    best = best_at(points, recall)
    return best.qps if best else None


def frontier(points):
    """Those that no other point beats in both recall and speed, by recall."""
    kept = []
    for point in sorted(points, key=lambda p: (-p.qps, -p.recall)):
        if not kept or point.recall > kept[-1].recall:
            kept.append(point)
    return kept
