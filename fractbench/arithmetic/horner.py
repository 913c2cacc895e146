"""horner: a polynomial with each product and each sum rounded, highest power first."""

from __future__ import annotations

from collections.abc import Sequence

from fractbench.arithmetic.ops import Array, Ops


def horner(ops: Ops, coefficients: Sequence[Array], t: Array) -> Array:
    """Evaluate the polynomial at `t`; `coefficients` holds two or more, highest power first."""
    value = ops.add(ops.mul(coefficients[0], t), coefficients[1])
    for coefficient in coefficients[2:]:
        value = ops.add(ops.mul(value, t), coefficient)
    return value
