"""measure: losses -> accumulators, step by step on the device; accumulators -> value and class.

The published measure (Sohl-Dickstein 2024, arXiv 2402.06184, section 2): v_t = loss_t / loss_0,
capped at 1e6; a pixel has converged if the mean of its last 20 v is below 1; it is painted by
-sum v if it converged, by sum 1/v if not. The published code caps a non-finite loss before the
division and a finite one after it; here one cap follows the division, which gives other classes
only where loss_0 > 1e6, and no NaN pixels.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.ops import Array, Ops
from fractbench.arithmetic.reciprocal import reciprocal
from fractbench.arithmetic.two_sum import two_sum
from fractbench.tree import Tree

ACCUMULATORS = ("sum_v", "sum_inverse", "sum_inverse_low", "last")
LAST = 20
"""Steps at the end that decide the class; all of them where there are fewer."""
CAP = 1e6
"""What v is capped at; where the loss is NaN v is this, too."""
LEAST = 2.0**-100
"""Below it v counts as 0, whose inverse is taken for 2**100."""


def late_steps(steps: int) -> NDArray[np.bool_]:
    """Return, for every step, whether it is one of the last `LAST`."""
    return np.arange(steps) >= steps - min(LAST, steps)


def start(ops: Ops, k: Tree, pixels: int) -> dict[str, Array]:
    """Return the accumulators before the first step: +0, shape (pixels,)."""
    return {name: ops.broadcast(k["zero"], (pixels,)) for name in ACCUMULATORS}


def relative(ops: Ops, k: Tree, loss: Array, loss_0: Array, inverse_0: Array) -> Array:
    """Return v: the loss relative to the first one, in {0} and [2**-100, cap]; NaN becomes cap."""
    v = ops.select(ops.equal(loss, loss_0), k["one"], ops.mul(loss, inverse_0))
    v = ops.select(ops.less(v, k["cap"]), v, k["cap"])
    v = ops.select(ops.less(loss_0, k["band_huge"]), v, k["cap"])
    return ops.select(ops.less(v, k["band_tiny"]), k["zero"], v)


def observe(ops: Ops, k: Tree, sums: Tree, v: Array, late: Array) -> dict[str, Array]:
    """Add one step's v to the accumulators; `late` is a boolean scalar."""
    inverse = ops.select(ops.less(v, k["band_tiny"]), k["band_huge"], reciprocal(ops, k, v))
    inverse = ops.select(ops.equal(v, k["one"]), k["one"], inverse)
    high, error = two_sum(ops, sums["sum_inverse"], inverse)
    return {
        "sum_v": ops.add(sums["sum_v"], v),
        "sum_inverse": high,
        "sum_inverse_low": ops.add(sums["sum_inverse_low"], error),
        "last": ops.select(late, ops.add(sums["last"], v), sums["last"]),
    }


def readout(
    sums: Mapping[str, NDArray[np.floating]], steps: int
) -> tuple[NDArray[np.floating], NDArray[np.uint8]]:
    """Return value (-sum v where converged, else sum 1/v) and class (1 converged, 0 diverged)."""
    converged = sums["last"] < min(LAST, steps)
    value = np.where(converged, -sums["sum_v"], sums["sum_inverse"])
    return value, converged.astype(np.uint8)
