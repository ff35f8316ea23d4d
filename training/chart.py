"""Draw the validation curve of a run as an SVG.

    python chart.py --work WORK --out .

Writes history.json (every validation of the run) and curve.svg.
"""

import argparse
import json
from pathlib import Path

WIDTH, HEIGHT, LEFT, TOP = 710, 320, 50, 20
PLOT_W, PLOT_H = 400, 250
SERIES = (("precision@10 type", "#2a6f97"), ("precision@10 colour and type", "#e07a5f"),
          ("precision@10 colour and type, ten or more", "#c9a227"),
          ("recall@10 name", "#3d405b"), ("recall@10 name+attributes", "#81b29a"))


def svg(history):
    """The chart of [{"minutes": m, metric: value in 0..1, ...}, ...]."""
    last = max(h["minutes"] for h in history)

    def point(h, name):
        return f"{LEFT + PLOT_W * h['minutes'] / last:.1f},{TOP + PLOT_H * (1 - h[name]):.1f}"

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']
    for tenth in range(0, 11, 2):
        y = round(TOP + PLOT_H * (1 - tenth / 10))
        parts.append(f'<path d="M{LEFT} {y}h{PLOT_W}" stroke="#ddd"/><text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{tenth / 10}</text>')
    for share in (0, 0.5, 1):
        parts.append(f'<text x="{LEFT + PLOT_W * share}" y="{TOP + PLOT_H + 18}" text-anchor="middle">{share * last:.0f}</text>')
    parts.append(f'<text x="{LEFT + PLOT_W / 2}" y="{TOP + PLOT_H + 38}" text-anchor="middle">minutes of 2 CPU cores</text>')
    for row, (name, colour) in enumerate(SERIES):
        line = " ".join(point(h, name) for h in history)
        y = TOP + 12 + 20 * row
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{p.split(",")[0]}" cy="{p.split(",")[1]}" r="3" fill="{colour}"/>' for p in line.split()]
        parts.append(f'<text x="{LEFT + PLOT_W + 12}" y="{y}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", default="work")
    parser.add_argument("--out", default=".")
    args = parser.parse_args()
    history = json.loads((Path(args.work) / "history.json").read_text())
    (Path(args.out) / "history.json").write_text(json.dumps(history, indent=1) + "\n")
    (Path(args.out) / "curve.svg").write_text(svg(history))


if __name__ == "__main__":
    main()
