"""How a machine of two cores may be used."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mode:
    threads: int  # that work together on one call
    streams: int  # calls at the same time


MODES = {"1-thread": Mode(1, 1), "2-threads": Mode(2, 1), "2-streams": Mode(1, 2)}
