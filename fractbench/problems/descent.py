"""The kernel text of gradient descent on cosine-perturbed quadratics.

The gradients: additive 2x - sum_l (2 pi e / l) sin(2 pi x / l); multiplicative
2x (1 + e sum cos) - |x|^2 (2 pi e / l) sin(2 pi x / l); coupled 2a + 0.6b - p, 2b + 0.6a + p with
p = (2 pi e / l) sin(2 pi (a - b) / l). Layout: x is (coordinates, pixels).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fractbench.arithmetic.fold import fold_left
from fractbench.arithmetic.guard import guard
from fractbench.arithmetic.ops import Array, Ops
from fractbench.arithmetic.sin2pi import cos2pi, sin2pi
from fractbench.problems.base import Program
from fractbench.tree import Tree

Kind = Literal["additive", "multiplicative", "coupled"]


@dataclass(frozen=True)
class DescentProgram(Program):
    """Static choice of the text: which loss."""

    kind: Kind

    def start(self, ops: Ops, fixed: Tree, pixels: Tree) -> dict[str, Array]:
        """Return the start, nothing summed, every pixel inside."""
        k, start, count = fixed["constants"], fixed["shared"]["start"], pixels["x"].shape[0]
        zero = ops.broadcast(k["zero"], (count,))
        one = ops.broadcast(k["one"], (count,))
        x = ops.broadcast(start, (start.shape[0], count))
        return {"x": x, "signal": zero, "inside": one, "steps_inside": zero, "sum_loss": zero}

    def step(self, ops: Ops, state: Tree, frame: Tree, args: Tree) -> dict[str, Array]:
        """Take the loss before the update, then step."""
        fixed, pixels = args
        k, x = fixed["constants"], state["x"]
        loss, gradient = getattr(self, self.kind)(ops, k, x)
        below = ops.either(ops.less(loss, k["bound"]), ops.equal(loss, k["bound"]))
        inside = ops.select(below, state["inside"], k["zero"])
        kept = ops.select(ops.equal(inside, k["one"]), loss, k["zero"])
        rates = pixels["x"][None]
        if self.kind == "coupled":
            rates = ops.concat([rates, pixels["y"][None]])
        moved = ops.sub(x, ops.mul(rates, gradient))
        return {
            "x": guard(ops, k, moved, "state"),
            "signal": loss,
            "inside": inside,
            "steps_inside": ops.add(state["steps_inside"], inside),
            "sum_loss": ops.add(state["sum_loss"], kept),
        }

    def additive(self, ops: Ops, k: Tree, x: Array) -> tuple[Array, Array]:
        """Return sum_i (x_i^2 + e sum_l cos(2 pi x_i / l)) and its gradient."""
        terms, gradient = ops.mul(x, x), ops.mul(k["two"], x)
        for wave in k["waves"]:
            angle = ops.mul(x, wave["frequency"])
            terms = ops.add(terms, ops.mul(k["epsilon"], cos2pi(ops, k, angle)))
            gradient = ops.sub(gradient, ops.mul(wave["pull"], sin2pi(ops, k, angle)))
        return _sum(ops, terms), gradient

    def multiplicative(self, ops: Ops, k: Tree, x: Array) -> tuple[Array, Array]:
        """Return |x|^2 (1 + e sum_i sum_l cos(2 pi x_i / l)) and its gradient."""
        square = _sum(ops, ops.mul(x, x))
        factor, sines = k["one"], None
        for wave in k["waves"]:
            angle = ops.mul(x, wave["frequency"])
            factor = ops.add(factor, ops.mul(k["epsilon"], _sum(ops, cos2pi(ops, k, angle))))
            pull = ops.mul(wave["pull"], sin2pi(ops, k, angle))
            sines = pull if sines is None else ops.add(sines, pull)
        slope = ops.mul(ops.mul(k["two"], x), factor)
        return ops.mul(square, factor), ops.sub(slope, ops.mul(square, sines))

    def coupled(self, ops: Ops, k: Tree, x: Array) -> tuple[Array, Array]:
        """Return a^2 + 0.6 ab + b^2 + e (1 + cos(2 pi (a - b) / l)) and its gradient."""
        a, b, wave = x[0], x[1], k["waves"][0]
        angle = ops.mul(ops.sub(a, b), wave["frequency"])
        bowl = ops.add(ops.mul(a, a), ops.mul(k["coupling"], ops.mul(a, b)))
        bowl = ops.add(bowl, ops.mul(b, b))
        bump = ops.mul(k["epsilon"], ops.add(k["one"], cos2pi(ops, k, angle)))
        pull = ops.mul(wave["pull"], sin2pi(ops, k, angle))
        down_a = ops.sub(ops.add(ops.mul(k["two"], a), ops.mul(k["coupling"], b)), pull)
        down_b = ops.add(ops.add(ops.mul(k["two"], b), ops.mul(k["coupling"], a)), pull)
        return ops.add(bowl, bump), ops.concat([down_a[None], down_b[None]])


def _sum(ops: Ops, terms: Array) -> Array:
    return fold_left(ops, [terms[i] for i in range(terms.shape[0])])
