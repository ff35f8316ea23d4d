"""Rounds of turns, and what they come to."""

import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from statistics import median

from lanes import LaneError

TARGETS = (0.9, 0.95, 0.99)
LEAST, NEAR = 0.88, 0.8


@dataclass(frozen=True)
class Point:
    """Of one index at one search parameter; the medians of its rounds."""

    param: str
    recall: float
    qps: float
    least_hits: int


def take_turns(lanes, rounds, with_filters, log):
    """{(index, kind, filter): [Point]}, fast ones first, and the names of lanes that failed.
    The first round measures all points, the others those that can matter and of the peers
    none with a filter; every other round goes backwards. What is measured goes into the log at once, so that
    a run that is cut short leaves something."""
    seen, failed, keep = defaultdict(lambda: defaultdict(list)), [], {}
    for number in range(rounds):
        for lane in lanes if number % 2 == 0 else lanes[::-1]:
            if lane.name in failed:
                continue
            print(f"round {number + 1} of {rounds}: {lane.name}", file=sys.stderr, flush=True)
            try:
                for line in lane.search(keep, with_filters):
                    key = lane.name, line["queries"], float(line["filter"])
                    seen[key][str(line["param"])].append(line)
                    print(json.dumps({"index": lane.name, "round": number + 1, **line}), file=log, flush=True)
            except LaneError as error:
                failed.append(lane.name)
                print(f"{lane.name} drops out: {error}", flush=True)
        if number == 0:
            keep = {key: worthwhile(some) for key, some in summary(seen).items() if key[2] == 0}
    return summary(seen), failed


def summary(seen):
    return {key: sorted((Point(param, median(line["recall"] for line in lines),
                               median(line["qps"] for line in lines),
                               min(line["least_hits"] for line in lines))
                         for param, lines in by_param.items()), key=lambda point: -point.qps)
            for key, by_param in seen.items()}


def best_at(points, recall):
    """The fastest point with at least that recall, never one between two points; or None."""
    return max((p for p in points or () if p.recall >= recall), key=lambda p: p.qps, default=None)


def worthwhile(points):
    """The search parameters that are, or in another round may be, the fastest at their recall."""
    return [p.param for p in points if p.recall >= LEAST and p.qps >= NEAR * best_at(points, p.recall).qps]


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
