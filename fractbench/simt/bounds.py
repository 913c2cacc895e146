"""Bounds: how many pixels a tile and a launch may have, from what the device can do in a while."""

from __future__ import annotations

from dataclasses import dataclass

from fractbench.problems.mlp import Mlp
from fractbench.problems.mlp_draws import BATCH

MOST, INDEX = 1 << 16, (1 << 31) - 1
"""Pixels of a launch, whose state takes a kilobyte each, and the largest index of an array."""
CAUTION = 32
"""While a device's rate is unknown, a launch has this part of a tile's work."""


@dataclass(frozen=True)
class Bounds:
    """`tile` and `launch` in pixels, `first` in pixel-steps: those of a first launch."""

    tile: int
    launch: int
    first: int


def bounds(problem: Mlp, work: int, group: int) -> Bounds:
    """Return the Bounds of a Problem.

    Args:
        problem: what is trained.
        work: pixel-steps of width 16 and 272 samples that a tile may have.
        group: pixels that a group trains; tiles are whole groups.
    """
    first = max(1, int(work / (CAUTION * problem.cost)))
    # Pixels' own orders are the longest array: an index has 32 bits.
    ordered = problem.steps * BATCH if "order" in problem.draws.kinds else 1
    launch = max(1, min(MOST, INDEX // ordered, max(first, group)))
    tile = max(1, int(work / (problem.steps * problem.cost * group))) * group
    return Bounds(tile, launch, first)
