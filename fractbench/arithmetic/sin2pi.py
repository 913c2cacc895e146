"""sin2pi, cos2pi: sine and cosine of 2 pi x by exact reduction and an odd polynomial."""

from __future__ import annotations

from fractbench.arithmetic.horner import horner
from fractbench.arithmetic.ops import Array, Ops
from fractbench.tree import Tree


def sin2pi(ops: Ops, k: Tree, x: Array) -> Array:
    """Return sin(2 pi x) to a few ulp; x - round(x) is exact, and so is folding at a quarter."""
    r = ops.sub(x, ops.nearest(x))
    folded = ops.sub(k["half"], ops.absolute(r))
    folded = ops.select(ops.less(r, k["zero"]), ops.mul(folded, k["minus_one"]), folded)
    return _odd(ops, k, ops.select(ops.less(k["quarter"], ops.absolute(r)), folded, r))


def cos2pi(ops: Ops, k: Tree, x: Array) -> Array:
    """Return cos(2 pi x) = sin(2 pi (1/4 - |r|)), r = x - round(x), to a few ulp."""
    r = ops.sub(x, ops.nearest(x))
    return _odd(ops, k, ops.sub(k["quarter"], ops.absolute(r)))


def _odd(ops: Ops, k: Tree, r: Array) -> Array:
    return ops.mul(r, horner(ops, k["sin2pi"], ops.mul(r, r)))
