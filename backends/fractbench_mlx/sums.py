"""The accumulators of fractbench/measure.py in MLX, made in step order, always at least float32."""

from __future__ import annotations

from typing import Any

import mlx.core as mx
import numpy as np
from numpy.typing import NDArray

from fractbench.measure import CAP, LEAST
from fractbench.ready import ready

Array = Any


def start(pixels: int, dtype: Any) -> list[Array]:
    """Return loss_0, sum_v, sum_inverse and last before the first step: +0, (pixels,)."""
    return [mx.zeros((pixels,), dtype) for _ in range(4)]


def observe(sums: list[Array], loss: Array, first: Array, late: Array) -> list[Array]:
    """Add one step's losses (pixels,); `first` and `late` are boolean scalars."""
    loss_0, sum_v, sum_inverse, last = sums
    loss_0 = mx.where(first, loss, loss_0)
    v = mx.where(loss == loss_0, 1.0, loss / loss_0)
    # A comparison with NaN is false, so the cap takes NaN too.
    v = mx.where(mx.logical_and(v < CAP, mx.isfinite(loss_0)), v, CAP)
    small = v < LEAST
    inverse = mx.where(small, 1 / LEAST, 1 / mx.where(small, 1.0, v))
    return [loss_0, sum_v + v, sum_inverse + inverse, mx.where(late, last + v, last)]


def result(sums: list[Array]) -> dict[str, NDArray[Any]]:
    """Wait for the accumulators and return them by name."""
    mx.eval(sums)
    ready()
    _, sum_v, sum_inverse, last = (np.array(a) for a in sums)
    low = np.zeros_like(sum_inverse)
    return {"sum_v": sum_v, "sum_inverse": sum_inverse, "sum_inverse_low": low, "last": last}
