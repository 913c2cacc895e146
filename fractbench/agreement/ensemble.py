"""Ensemble: strict runs of one plan whose hyperparameters are moved by one unit in the last place.

What its members do not agree on, rounding decides; what they agree on, a right kernel gives too.
Members: the plan itself, its eight neighbours one ulp away in x, y or both, and one more kind that
shows what the strict text's own rounding does, most of all its tanh, which may be 7 ulp off. For a
float32 plan that is strict float64. Above float64 there is nothing, so there it is four plans
`FAR` ulps away in x and y.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fractbench.agreement.reading import Reading, Reals
from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import FLOAT32, FLOAT64
from fractbench.backend import Kernel, Tile
from fractbench.errors import UsageError
from fractbench.execute import execute
from fractbench.plan import Plan

Move = tuple[int, int]
MOVES: tuple[Move, ...] = tuple((x, y) for x in (0, -1, 1) for y in (0, -1, 1))
"""(x, y) in ulps; the plan itself comes first."""
FAR = 8
CORNERS: tuple[Move, ...] = ((-FAR, -FAR), (-FAR, FAR), (FAR, -FAR), (FAR, FAR))

Maker = Callable[[Plan], Kernel]
"""maker(plan) -> a kernel that is proven under the plan's strict arithmetic."""


@dataclass(frozen=True)
class MovedPlan(Plan):
    """A Plan whose hyperparameters are `move` ulps off; its maps have no digest of their own."""

    move: Move = (0, 0)

    def tile(self, start: int, count: int) -> Tile:
        """Return the moved pixels."""
        tile = super().tile(start, count)
        moved = {
            name: stepped(tile.pixels[name], ulps)
            for name, ulps in zip("xy", self.move, strict=True)
        }
        return replace(tile, pixels={**tile.pixels, **moved})


def stepped(values: NDArray[np.floating], ulps: int) -> NDArray[np.floating]:
    """Return each number that many representable numbers farther up, or down."""
    way = values.dtype.type(np.copysign(np.inf, ulps))
    for _ in range(abs(ulps)):
        values = np.nextafter(values, way)
    return values


@dataclass(frozen=True)
class Ensemble:
    """The members' readings of one plan.

    `precision` is the number of significand bits of the format that is judged.
    """

    members: tuple[Reading, ...]
    steps: int
    precision: int

    @cached_property
    def classes(self) -> NDArray[np.uint8]:
        """Every member's classes, (members, pixels)."""
        return np.stack([m.classes for m in self.members])

    def measure(self, name: str) -> Reals:
        """Return every member's values of a measure, (members, pixels)."""
        return np.stack([getattr(m, name) for m in self.members])

    def without(self, index: int) -> Ensemble:
        """Return the ensemble with one member left out."""
        return replace(self, members=self.members[:index] + self.members[index + 1 :])


def ensemble(plan: Plan, maker: Maker) -> Ensemble:
    """Run the members of a plan of any contract; kernels come from `maker`.

    Raises:
        UsageError: the problem has no `free` contract, so digests alone judge it.
    """
    if "free" not in plan.problem.contracts:
        raise UsageError(
            f"{plan.problem.name} has no free contract, its kernels are judged by digests; "
            "type fractbench verify without --contract free"
        )
    fmt = plan.arithmetic.format
    strict = Plan(plan.problem, plan.grid, Arithmetic("strict", fmt))
    kernel = maker(strict)
    moves = MOVES if fmt is FLOAT32 else (*MOVES, *CORNERS)
    members = [
        Reading.of(execute(MovedPlan(strict.problem, strict.grid, strict.arithmetic, move), kernel))
        for move in moves
    ]
    if fmt is FLOAT32:
        wide = replace(strict, arithmetic=Arithmetic("strict", FLOAT64))
        members.append(Reading.of(execute(wide, maker(wide))))
    return Ensemble(tuple(members), plan.problem.steps, fmt.precision)
