"""guard: a tiny number becomes +0, so that flushing hardware and IEEE hardware agree."""

from __future__ import annotations

from fractbench.arithmetic.ops import Array, Ops
from fractbench.tree import Tree


def guard(ops: Ops, k: Tree, value: Array, band: str) -> Array:
    """Return +0 where |value| lies below the named band of `k`, else the value; NaN stays."""
    return ops.select(ops.less(ops.absolute(value), k[f"band_{band}"]), k["zero"], value)
