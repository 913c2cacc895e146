"""The accumulators of fractbench/measure.py in PyTorch, made in step order, at least float32."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fractbench.free import Training
from fractbench.measure import CAP, LEAST
from fractbench.ready import ready
from fractbench_torch.scope import wait

Array = Any
Sums = tuple[Array, Array, Array, Array]
"""loss_0, sum_v, sum_inverse and last, each (pixels,)."""


def start(like: Array) -> Sums:
    """Return the accumulators before the first step: +0, of the shape and dtype of an array."""
    zero = torch.zeros_like(like)
    return zero, zero.clone(), zero.clone(), zero.clone()


def observe(sums: Sums, loss: Array, step: Array, net: Training) -> Sums:
    """Add one step's losses (pixels,); `step` is a scalar tensor that counts from 0."""
    loss_0, sum_v, sum_inverse, last = sums
    loss_0 = torch.where(step == 0, loss, loss_0)
    v = torch.where(loss == loss_0, 1.0, loss / loss_0)
    # A comparison with NaN is false, so the cap takes NaN too.
    v = torch.where((v < CAP) & torch.isfinite(loss_0), v, CAP)
    small = v < LEAST
    inverse = torch.where(small, 1 / LEAST, 1.0 / torch.where(small, 1.0, v))
    late = step >= net.steps - net.late
    return loss_0, sum_v + v, sum_inverse + inverse, torch.where(late, last + v, last)


def result(sums: Sums, count: int) -> dict[str, NDArray[Any]]:
    """Wait for the accumulators and return those of the first `count` pixels by name."""
    wait(sums[0].device)
    ready()
    _, sum_v, sum_inverse, last = (a[:count].cpu().numpy() for a in sums)
    low = np.zeros_like(sum_inverse)
    return {"sum_v": sum_v, "sum_inverse": sum_inverse, "sum_inverse_low": low, "last": last}
