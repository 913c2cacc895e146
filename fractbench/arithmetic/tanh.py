"""tanh: an odd rational function without a division, exactly +-1 where tanh rounds to it.

Exact saturation matters: without it 1 - h*h never reaches 0 and the minibatch map loses 0.6 % of
its classes. The coefficients come from tools/derive_coefficients.py.
"""

from __future__ import annotations

from fractbench.arithmetic.formats import FLOAT64
from fractbench.arithmetic.horner import horner
from fractbench.arithmetic.ops import Array, Ops
from fractbench.arithmetic.reciprocal import newton_reciprocal
from fractbench.tree import Tree


def tanh(ops: Ops, k: Tree, x: Array) -> Array:
    """Return the hyperbolic tangent to 7 ulp, odd to the bit; NaN stays, infinities give +-1.

    Where |x| > `tanh_limit` the rational function may overflow; its value is never used there.
    """
    t = ops.mul(x, x)
    numerator = ops.mul(x, horner(ops, k["tanh_numerator"], t))
    denominator = horner(ops, k["tanh_denominator"], t)
    if ops.dtype == FLOAT64.name:
        numerator, denominator = doubled(ops, k, numerator, denominator)
    y = ops.mul(numerator, newton_reciprocal(ops, k, denominator))
    y = ops.select(ops.less(k["tanh_limit"], x), k["one"], y)
    return ops.select(ops.less(x, ops.mul(k["tanh_limit"], k["minus_one"])), k["minus_one"], y)


def doubled(ops: Ops, k: Tree, m: Array, d: Array) -> tuple[Array, Array]:
    """Return numerator and denominator of tanh(x), given those of tanh(x/2): 2 m d, m m + d d.

    Errors of m and d hardly matter where tanh is near 1, so short polynomials do for float64.
    """
    numerator = ops.mul(ops.mul(k["two"], m), d)
    return numerator, ops.add(ops.mul(m, m), ops.mul(d, d))
