"""The tables, for people and for docs/performance.md, and the curves."""

from data import FILTERS, KINDS
from goals import GOAL_BEST, MUST_OTHER, MUST_SVS, ratio
from measure import TARGETS, best_at, frontier, rate_at

NOTES = f"""- One thread, k = 10. A rate is queries in a second of the processor, the median of the rounds,
  in which the indexes take turns; "never" means that no search parameter got there. Rates are
  never read between two points: the best point with at least that recall counts.
- Peers answer their own batch call, in a form that takes the queries one after another, so
  that Python costs them nothing. LeanVec alone turns the queries of a batch together.
- "x" is weft's rate over the peer's at recall 0.95 and 0.99. weft must have {MUST_SVS} x SVS and
  {MUST_OTHER:.0f} x every other, and wants {GOAL_BEST} x the best.
- Builds had two threads; "cpu" counts both. Bytes are all that the index keeps of a vector (for
  peers the size of the saved file), so their float or refining copy of the rows too.
- With a filter the peers are measured in one round, weft in all.
- No filter: hnswlib calls Python for each row, USearch's and SVS's packages have none.
"""


def rate_text(rate):
    return f"{rate:,.0f}" if rate else "never"


def ratio_text(ours, theirs):
    found = ratio(ours, theirs)
    return f"{found:.2f}" if found else "-"


def speed_rows(points, built):
    for name, about in built.items():
        row = [name]
        for kind in KINDS:
            some, ours = points.get((name, kind, 0.0)), points.get(("weft", kind, 0.0))
            row.append(" / ".join(rate_text(rate_at(some, target)) for target in TARGETS))
            row.append("" if name == "weft" else
                       " / ".join(ratio_text(rate_at(ours, t), rate_at(some, t)) for t in TARGETS[1:]))
        yield [*row, f"{about['build_s']:,.1f}", f"{about['build_cpu_s']:,.1f}", f"{about['bytes_per_vector']:,.0f}"]


def filter_text(points, target):
    """Rate and recall of the fastest point with that recall, else of the most exact one."""
    best = best_at(points, target) or max(points, key=lambda p: p.recall)
    return f"{best.qps:,.0f} ({best.recall:.3f}, {best.least_hits} hits)"


def filter_rows(points, built):
    for name in built:
        if any((name, kind, float(share)) in points for kind in KINDS for share in FILTERS[1:]):
            cells = [points.get((name, kind, float(share))) for kind in KINDS for share in FILTERS[1:]]
            yield [name, *(filter_text(some, 0.99) if some else "-" for some in cells)]


def table(heading, body):
    widths = [max(len(row[i]) for row in [heading, *body]) for i in range(len(heading))]
    return "\n".join("| " + " | ".join(word.ljust(width) for word, width in zip(row, widths)) + " |"
                     for row in [heading, ["-" * width for width in widths], *body]) + "\n"


def tables(rows, points, built, about):
    """Markdown for one size."""
    targets = " / ".join(f"{t:.2f}"[1:] for t in TARGETS)
    heading = ["", f"image queries a second at {targets}", "x", f"text queries at {targets}", "x",
               "build s", "cpu s", "bytes"]
    text = f"## {rows:,} rows of 512\n\n{about}\n\n{table(heading, list(speed_rows(points, built)))}"
    filtered = list(filter_rows(points, built))
    if filtered:
        heading = ["", *(f"{kind}, {100 * float(s):.0f} %" for kind in KINDS for s in FILTERS[1:])]
        text += f"\nWith a filter that allows a share of the rows: queries a second at recall 0.99 (recall, fewest hits), or at the most there is:\n\n{table(heading, filtered)}"
    return text


def draw(rows, points, built, path):
    """Recall against queries a second, a panel for each kind of query."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, len(KINDS), figsize=(13, 5.5), sharey=True)
    for kind, panel in zip(KINDS, panels):
        for i, name in enumerate(built):
            curve = [p for p in frontier(points.get((name, kind, 0.0), [])) if p.recall >= 0.8]
            style = {"color": "black", "linewidth": 2.5, "zorder": 9} if name == "weft" else {"color": f"C{i % 10}"}
            panel.plot([p.recall for p in curve], [p.qps for p in curve], marker=".", label=name,
                       linestyle="-" if i < 10 else "--", **style)
        panel.set(title=f"{kind} queries, {rows:,} rows", xlabel="recall@10", xlim=(0.8, 1.002), yscale="log")
        panel.grid(True, which="both", alpha=0.25)
    panels[0].set_ylabel("queries a second, one thread")
    panels[-1].legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    figure.savefig(path, bbox_inches="tight")
    pyplot.close(figure)
