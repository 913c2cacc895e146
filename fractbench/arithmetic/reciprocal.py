"""reciprocal: 1/x without a division, because XLA on GPUs does not round divisions correctly."""

from __future__ import annotations

from fractbench.arithmetic.coefficients import RECIPROCAL
from fractbench.arithmetic.ops import Array, Ops
from fractbench.tree import Tree


def newton_reciprocal(ops: Ops, k: Tree, x: Array) -> Array:
    """Return 1/x to about 2 ulp for normal x in (0, 2**100]; the rest is the caller's business.

    The first guess subtracts the bit pattern from a constant (it is off by -3 to 8 %); each Newton
    step r (2 - x r) squares the error.
    """
    r = ops.from_bits(ops.sub(k["reciprocal_magic"], ops.bits(x)))
    for _ in range(RECIPROCAL[ops.dtype]["newton"]):
        r = ops.mul(r, ops.sub(k["two"], ops.mul(x, r)))
    return r


def reciprocal(ops: Ops, k: Tree, x: Array) -> Array:
    """Return 1/x to about 2 ulp, and a defined answer for every input.

    Zeros and subnormal numbers give an infinity of their sign, infinities and numbers beyond 2**100
    a zero of their sign, NaN gives NaN.
    """
    a = ops.absolute(x)
    small = ops.less(a, k["smallest_normal"])
    large = ops.less(k["band_huge"], a)
    r = newton_reciprocal(ops, k, ops.select(ops.either(small, large), k["one"], a))
    r = ops.select(small, k["infinity"], r)
    r = ops.select(large, k["zero"], r)
    negative = ops.less(ops.bits(x), k["integer_zero"])
    return ops.select(negative, ops.mul(r, k["minus_one"]), r)
