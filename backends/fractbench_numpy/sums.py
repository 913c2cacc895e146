"""Sums: the accumulators of fractbench/measure.py in plain NumPy, made in step order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fractbench.free import Training
from fractbench.measure import CAP, LEAST

Floats = NDArray[np.floating]


class Sums:
    """What a block of pixels has added up so far; every array is (pixels,)."""

    def __init__(self, net: Training, pixels: int) -> None:
        """Start at +0, before the first loss."""
        zero = np.zeros(pixels, net.y.dtype)
        self.sum_v, self.sum_inverse, self.last = zero, zero.copy(), zero.copy()
        self.sum_inverse_low = zero.copy()
        self._loss_0 = zero
        self._finite = np.zeros(pixels, bool)
        self._step, self._late = 0, net.steps - net.late

    def observe(self, loss: Floats) -> None:
        """Add one step's losses, (pixels,)."""
        if self._step == 0:
            self._loss_0, self._finite = loss.copy(), np.isfinite(loss)
        v = np.where(loss == self._loss_0, 1, loss / self._loss_0)
        # A comparison with NaN is false, so the cap takes NaN too.
        v = np.where((v < CAP) & self._finite, v, CAP).astype(loss.dtype)
        small = v < LEAST
        self.sum_v += v
        self.sum_inverse += np.where(small, 1 / LEAST, 1 / np.where(small, 1, v))
        if self._step >= self._late:
            self.last += v
        self._step += 1

    def result(self) -> dict[str, Floats]:
        """Return the accumulators by name."""
        return {
            "sum_v": self.sum_v,
            "sum_inverse": self.sum_inverse,
            "sum_inverse_low": self.sum_inverse_low,
            "last": self.last,
        }
