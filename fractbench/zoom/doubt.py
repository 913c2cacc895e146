"""Doubt: how much of a deep map one ulp changes, and when that makes it noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.plan import DOUBT
from fractbench.zoom.kernel import NOISE, REFERENCES


@dataclass(frozen=True)
class Doubt:
    """Shares of a deep map's pixels.

    `flips`: one ulp of the first reference and of the difference changes the class; `unsettled`:
    so it does beside every reference. `references` is the most that a pixel was trained beside.
    """

    flips: float
    unsettled: float
    references: int

    @property
    def noise(self) -> str:
        """The sentence that a reader must see, or nothing."""
        if self.flips <= NOISE:
            return ""
        return (
            f"this picture is noise: the class of {self.flips:.1%} of its pixels hangs on one ulp "
            f"(at most {NOISE:.0%} may)"
        )


def doubt(accumulators: Mapping[str, NDArray[Any]]) -> Doubt | None:
    """Return the doubt about a map by its accumulators, or None if it is no deep one."""
    if DOUBT not in accumulators:
        return None
    counts = accumulators[DOUBT]
    most = min(int(counts.max()) + 1, REFERENCES)
    return Doubt(float(np.mean(counts > 0)), float(np.mean(counts >= REFERENCES)), most)
