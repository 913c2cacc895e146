"""The accumulators of fractbench/measure.py in JAX, made in step order, at least float32."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from fractbench.free import Training
from fractbench.measure import CAP, LEAST
from fractbench.ready import ready

Array = Any
Sums = tuple[Array, Array, Array, Array]
"""loss_0, sum_v, sum_inverse and last, each (pixels,)."""


def start(like: Array) -> Sums:
    """Return the accumulators before the first step: +0, of the shape and dtype of an array."""
    zero = jnp.zeros_like(like)
    return zero, zero, zero, zero


def observe(sums: Sums, loss: Array, step: Array, net: Training) -> Sums:
    """Add one step's losses (pixels,); `step` counts from 0 and may be traced."""
    loss_0, sum_v, sum_inverse, last = sums
    loss_0 = jnp.where(step == 0, loss, loss_0)
    v = jnp.where(loss == loss_0, 1, loss / loss_0)
    # A comparison with NaN is false, so the cap takes NaN too.
    v = jnp.where((v < CAP) & jnp.isfinite(loss_0), v, CAP)
    small = v < LEAST
    inverse = jnp.where(small, 1 / LEAST, 1 / jnp.where(small, 1, v))
    late = step >= net.steps - net.late
    return loss_0, sum_v + v, sum_inverse + inverse, jnp.where(late, last + v, last)


def result(sums: Sums, count: int) -> dict[str, NDArray[Any]]:
    """Wait for the accumulators and return those of the first `count` pixels by name."""
    jax.block_until_ready(sums)
    ready()
    _, sum_v, sum_inverse, last = (np.array(a[:count]) for a in sums)
    low = np.zeros_like(sum_inverse)
    return {"sum_v": sum_v, "sum_inverse": sum_inverse, "sum_inverse_low": low, "last": last}
