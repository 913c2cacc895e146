"""missed: what a tracer overlooked, against the full map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fractbench.tracing.cells import Places, among
from fractbench.tracing.known import Classes
from fractbench.tracing.traced import Traced


@dataclass(frozen=True)
class Missed:
    """Boundary blocks of a full map, those that were missed, and pixels filled wrongly."""

    blocks: int
    missed: int
    wrong: int
    pixels: int

    @property
    def share(self) -> float:
        """The share of boundary blocks that were missed; 0 where there is no boundary."""
        return self.missed / self.blocks if self.blocks else 0.0

    @property
    def wrong_share(self) -> float:
        """The share of all pixels that `dense` gives another class than the full map."""
        return self.wrong / self.pixels


def missed(traced: Traced, full: Classes) -> Missed:
    """Compare a traced boundary with the classes of the full map, (height, width).

    Raises:
        ValueError: the full map has another size.
    """
    if full.shape != (traced.height, traced.width):
        raise ValueError(f"the map has shape {full.shape}, the traced one {traced.height} rows")
    blocks = boundary(full)
    seen = among(blocks, traced.keys)
    wrong = np.count_nonzero(traced.dense() != full)
    return Missed(blocks.size, int(np.count_nonzero(~seen)), int(wrong), full.size)


def boundary(classes: Classes) -> Places:
    """Return the keys of the 2 x 2 blocks that hold more than one class."""
    first = classes[:-1, :-1]
    differ = (classes[:-1, 1:] != first) | (classes[1:, :-1] != first)
    return np.flatnonzero(differ | (classes[1:, 1:] != first)).astype(np.int64)
