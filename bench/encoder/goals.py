"""The cells that are measured, what must hold in them, and who holds it."""

from dataclasses import dataclass
from statistics import median

import subject

BATCHES = (1, 8, 32)
BEST_OF = {"1 thread": ("1-thread",), "2 threads": ("2-threads", "2-streams")}

# weft / OpenVINO, each in its best mode at the same precision.
MUST = {"image1": 1.3, "image8": 1.3, "image32": 1.4, "text8x1": 1.5, "text77x1": 1.5}
MUST_F32 = 1.0
GOAL = {"image1": {"bf16": 2.0, "int8": 2.0}, "image8": {"bf16": 2.0, "int8": 2.0},
        "image32": {"bf16": 2.0, "int8": 2.5}, "text8x1": {"bf16": 3.0, "int8": 3.0},
        "text77x1": {"bf16": 2.0, "int8": 2.0}, "padded77x1": {"bf16": 8.0, "int8": 8.0}}

# The least cosine to transformers in float32 over all inputs.
COSINE = {"f32": 0.99999, "bf16": 0.9995, "int8": 0.99}
RECALL_LOSS = 0.005


@dataclass(frozen=True)
class Cell:
    name: str
    title: str
    form: str         # of the peers' model, whose shape is fixed
    weft_source: str  # weft's inputs
    batch: int

    def gigaflop(self, program="openvino"):
        """Of one example, every token that this program is given through every layer."""
        is_short = program == "weft" and self.form != "image"
        return subject.gigaflop(self.weft_source if is_short else self.form)


def make_cells():
    """Lists of cells: those of a list differ for weft only, and the peers run once for all."""
    groups = [[Cell(f"image{b}", f"image, batch {b}", "image", "images", b)] for b in BATCHES]
    groups += [[Cell(f"text8x{b}", f"text of 8 tokens, batch {b}", "text8", "text8", b)] for b in BATCHES]
    groups += [[Cell(f"text77x{b}", f"text of 77 tokens, batch {b}", "text77", "text77", b),
                Cell(f"padded77x{b}", f"text of 8 tokens padded to 77, batch {b}", "text77", "text8", b)]
               for b in BATCHES]
    return groups


def required(cell, precision):
    """(must, goal); None where nothing is asked."""
    must = MUST.get(cell.name)
    if must and precision == "f32":
        must = MUST_F32
    return must, GOAL.get(cell.name, {}).get(precision)


def middle(rates):
    """Median over the rounds that took place; None when none did."""
    known = [rate for rate in rates or [] if rate]
    return median(known) if known else None


def best_mode(rates, modes):
    """Of {mode: [rate of each round]}."""
    known = [mode for mode in modes if middle(rates.get(mode))]
    return max(known, key=lambda mode: middle(rates[mode]), default=None)


@dataclass
class Ratio:
    """weft / peer over the rounds both took part in: the machine's drift cancels."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(ours, theirs):
        pairs = [a / b for a, b in zip(ours, theirs) if a and b]
        return Ratio(median(pairs), min(pairs), max(pairs)) if pairs else None

    def __str__(self):
        return f"{self.median:.2f} ({self.low:.2f}-{self.high:.2f})"


def judge(cell, precision, ours, theirs):
    """Sentences (kind, text) for what is missed: kind is "must" or "goal". ours and theirs
    are {mode: [rate of each round]}; ours is empty when weft has no such precision."""
    must, goal = required(cell, precision)
    for name, modes in BEST_OF.items():
        their_mode, our_mode = best_mode(theirs, modes), best_mode(ours, modes)
        if their_mode is None:
            continue
        ratio = Ratio.of(ours[our_mode], theirs[their_mode]) if our_mode else None
        for kind, least in (("must", must), ("goal", goal)):
            if least and (ratio is None or ratio.median < least):
                yield kind, f"{cell.title}, {precision}, {name}: {ratio or 'not there'} of {least}"
