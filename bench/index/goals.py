"""What must hold of weft beside its peers, and who holds it."""

from data import KINDS
from measure import rate_at

RECALLS = (0.95, 0.99)
MUST_SVS, MUST_OTHER = 1.1, 2.0   # x queries a second
GOAL_BEST = 1.5                   # x the best peer's
BYTES = 0.4 * 4                   # of a number, of a vector
FILTER_RECALL, K = 0.99, 10


def ratio(ours, theirs):
    return (ours or 0) / theirs if theirs else None


def family(name):
    return name.split("-")[0]


def judge_speed(points, names, kind, recall):
    """Against the best index of each family that gets there at all."""
    ours = rate_at(points.get(("weft", kind, 0.0)), recall)
    rates = {name: rate for name in names if (rate := rate_at(points.get((name, kind, 0.0)), recall))}
    best_of = {}
    for name, rate in rates.items():
        if rate > rates.get(best_of.get(family(name)), 0):
            best_of[family(name)] = name
    asked = [("must", name, MUST_SVS if which == "svs" else MUST_OTHER) for which, name in best_of.items()]
    if rates:
        asked.append(("goal", max(rates, key=rates.get), GOAL_BEST))
    if not ours:
        yield "must", f"{kind} queries: recall {recall} never reached"
    for which, name, least in asked:
        if ratio(ours, rates[name]) < least:
            yield which, f"{kind} queries, recall {recall}: {ratio(ours, rates[name]):.2f} of {least} x {name}"


def judge_build(points, built, names):
    """No slower than the fastest peer that reaches the recall, in seconds of the processor:
    those on the clock are a neighbour's too."""
    for recall in RECALLS:
        able = [name for name in names if built[name]["build_cpu_s"] > 1 and
                all(rate_at(points.get((name, kind, 0.0)), recall) for kind in KINDS)]
        if able:
            name = min(able, key=lambda n: built[n]["build_cpu_s"])
            found = ratio(built["weft"]["build_cpu_s"], built[name]["build_cpu_s"])
            if found > 1:
                yield "must", f"build: {found:.2f} x the time of {name}, the fastest with recall {recall}"


def judge_filters(points, rows):
    """Of weft's points with a filter one has the recall, and none has too few hits."""
    for (name, kind, share), some in points.items():
        if name != "weft" or not share:
            continue
        if max(p.recall for p in some) < FILTER_RECALL:
            yield "must", f"{kind} queries, filter {share}: recall {max(p.recall for p in some):.4f} of {FILTER_RECALL}"
        if min(p.least_hits for p in some) < min(K, round(share * rows)):
            yield "must", f"{kind} queries, filter {share}: only {min(p.least_hits for p in some)} hits of {K}"


def judge(points, built, rows, dim):
    """(kind, sentence) for all that is missed at one size: kind is must or goal."""
    if "weft" not in built or not any(name == "weft" for name, _, _ in points):
        return [("must", "weft was not measured")]
    names = [name for name in built if name != "weft"]
    missed = [miss for kind in KINDS for recall in RECALLS for miss in judge_speed(points, names, kind, recall)]
    missed += judge_build(points, built, names)
    if not any(share for name, _, share in points if name == "weft"):
        missed.append(("must", "filters were not measured"))
    missed += judge_filters(points, rows)
    found = built["weft"]["bytes_per_vector"]
    if found > BYTES * dim:
        missed.append(("must", f"{found:.0f} bytes a vector of {BYTES * dim:.0f}"))
    return missed
