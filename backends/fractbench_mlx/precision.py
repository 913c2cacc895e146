"""Precision: the two types that a free kernel computes in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.contract import Arithmetic


@dataclass(frozen=True)
class Precision:
    """`narrow` is the type of data, weights and products, `wide` that of rates, losses and sums."""

    wide: Any
    narrow: Any

    @classmethod
    def of(cls, arithmetic: Arithmetic) -> Precision:
        """Return an Arithmetic's types; they are the same one unless it has a narrow variant."""
        return cls(getattr(mx, arithmetic.format.name), getattr(mx, arithmetic.dtype))

    def store(self, array: NDArray[np.floating]) -> Any:
        """Upload an array and round it to the narrow type."""
        return mx.array(array, dtype=self.wide).astype(self.narrow)
