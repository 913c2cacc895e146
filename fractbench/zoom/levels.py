"""Levels: the power-of-two scale 2**(-16 L) of a pixel's difference, and how L falls."""

from __future__ import annotations

import math

from fractbench.arithmetic.guard import guard
from fractbench.arithmetic.ops import Array, Ops
from fractbench.problems.network import Activation
from fractbench.tree import Tree

BITS = 16
"""A level is a factor of 2**16."""
KNOWN = 4
"""From this level on sigma counts as 0: what it multiplies is below 2**-52 of what it is added
to."""
GATES = 7
"""From this level on no gate of relu turns. Before it one may, however small the difference: that
changes the slope by 1, which is 1/sigma in units of the difference, 2**96 at most."""
LIMIT = 12
"""A difference that exceeds 2**12 goes down by levels, to above 2**-4."""


def inverses_of(activation: Activation) -> int:
    """Return from which level on 1/sigma counts as 0; one step brings a level less at most."""
    return GATES if activation == "relu" else KNOWN


def sigma_of(ops: Ops, k: Tree, level: Array) -> tuple[Array, Array]:
    """Return sigma and 1/sigma of every pixel, each 0 from some level on."""
    sigma, inverse = k["zero"], k["zero"]
    for n, number in enumerate(k["inverses"]):
        here = ops.equal(level, k["levels"][n])
        if n < KNOWN:
            sigma = ops.select(here, k["sigmas"][n], sigma)
        inverse = ops.select(here, number, inverse)
    return sigma, inverse


def lowered(ops: Ops, k: Tree, state: Tree) -> dict[str, Array]:
    """Return the state with differences beyond the limit brought down, all of a pixel's alike."""
    size = ops.select(
        ops.less(largest(ops, state["W"]), largest(ops, state["v"])),
        largest(ops, state["v"]),
        largest(ops, state["W"]),
    )
    level, factor = state["level"], k["one"]
    for _ in range(len(k["inverses"]) - 1):
        down = ops.select(ops.less(k["zero"], level), size, k["zero"])
        beyond = ops.less(k["limit"], down)
        factor = ops.select(beyond, ops.mul(factor, k["sigmas"][1]), factor)
        size = ops.select(beyond, ops.mul(size, k["sigmas"][1]), size)
        level = ops.select(beyond, ops.sub(level, k["one"]), level)
    out = {name: guard(ops, k, ops.mul(state[name], factor), "state") for name in ("W", "v")}
    rates = {name: guard(ops, k, ops.mul(state[name], factor), "tiny") for name in ("x", "y")}
    return out | rates | {"level": level}


def largest(ops: Ops, values: Array) -> Array:
    """Return the largest magnitude over all axes but the last; where there is NaN, perhaps less.

    A pixel with NaN is lost anyway: all of it is NaN one step later.
    """
    a = ops.absolute(values).reshape((math.prod(values.shape[:-1]), values.shape[-1]))
    while a.shape[0] > 1:
        half = -(-a.shape[0] // 2)
        low, high = a[: a.shape[0] - half], a[half:]
        paired = ops.select(ops.less(low, high), high, low)
        a = paired if a.shape[0] % 2 == 0 else ops.concat([paired, a[half - 1 : half]])
    return a[0]
