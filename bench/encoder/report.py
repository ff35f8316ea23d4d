"""The table, for people and for docs/performance.md."""

from goals import BEST_OF, Ratio, best_mode, middle
from lanes import PEERS, PRECISIONS
from modes import MODES


def limits(peaks):
    """{precision: operations per second} from (precision, instruction, rate): the best
    instruction, where a wider format may serve a narrower one when it is faster."""
    found, best = {}, 0
    for precision in PRECISIONS:
        best = max([best] + [rate for p, _, rate in peaks if p == precision])
        found[precision] = best
    return found


def spread(rates):
    known = [rate for rate in rates if rate]
    return 50 * (max(known) - min(known)) / middle(known)


def rate_text(rates):
    rate = middle(rates)
    return f"{rate:.{1 if rate < 100 else 0}f} ±{spread(rates):.0f}%" if rate else "-"


def share_text(cell, program, rate, limit):
    return f"{100 * rate * cell.gigaflop(program) * 1e9 / limit:.0f}%" if limit else "-"


def rows(cell, rates, limits_by_threads):
    """Lists of words: precision, program, the modes; then for each number of threads, in the
    best mode, the share of the limit and weft's ratio."""
    for precision, name in ((p, n) for p in PRECISIONS for n in ("weft", *PEERS) if (n, p) in rates):
        lane, ours = rates[name, precision], rates.get(("weft", precision), {})
        row = [precision, name] + [rate_text(lane.get(mode)) for mode in MODES]
        for threads, modes in BEST_OF.items():
            mode, our_mode = best_mode(lane, modes), best_mode(ours, modes)
            row.append(share_text(cell, name, middle(lane[mode]), limits_by_threads[threads][precision]))
            row.append(str(Ratio.of(ours[our_mode], lane[mode])) if our_mode and name != "weft" else "")
        yield row


def print_table(heading, body):
    widths = [max(len(row[i]) for row in [heading, *body]) for i in range(len(heading))]
    for row in [heading, ["-" * width for width in widths], *body]:
        print("| " + " | ".join(word.ljust(width) for word, width in zip(row, widths)) + " |")
    print(flush=True)


def print_cell(cell, rates, limits_by_threads, others):
    print(f"== {cell.title}: examples per second (others used {100 * others:.0f}% of the machine)")
    heading = ["", ""] + [mode.replace("-", " ") for mode in MODES]
    heading += [word for name in BEST_OF for word in (f"of limit, {name}", "weft / peer")]
    print_table(heading, list(rows(cell, rates, limits_by_threads)))


def print_limits(peaks_by_threads):
    print("== limits measured: 10^9 operations per second")
    names = list(dict.fromkeys(peak[:2] for peaks in peaks_by_threads.values() for peak in peaks))
    found = {threads: {peak[:2]: peak[2] for peak in peaks} for threads, peaks in peaks_by_threads.items()}
    print_table(["", "", *peaks_by_threads],
                [[*name, *(f"{found[t][name] / 1e9:.0f}" for t in peaks_by_threads)] for name in names])
