"""two_sum: a sum and its rounding error, for compensated accumulation (Knuth, TAOCP 2, 4.2.2)."""

from __future__ import annotations

from fractbench.arithmetic.ops import Array, Ops


def two_sum(ops: Ops, a: Array, b: Array) -> tuple[Array, Array]:
    """Return s = fl(a + b) and e with s + e = a + b exactly, unless a + b overflows."""
    s = ops.add(a, b)
    virtual = ops.sub(s, a)
    error = ops.add(ops.sub(a, ops.sub(s, virtual)), ops.sub(b, virtual))
    return s, error
