"""Problem: what is trained at every pixel, and everything that the rest must know about it.

Nothing outside this room knows a network: execute, map, digest and render see only what a Problem
declares here. To add one, derive from `Problem` and `Program` and register a builder in
catalogue.py; docs/problems.md walks through an example.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.formats import Format
from fractbench.arithmetic.ops import Array, Ops
from fractbench.draws import FIXED, Draws
from fractbench.errors import UsageError, nearest
from fractbench.tree import Tree
from fractbench.window import Window

Sums = Mapping[str, NDArray[np.floating]]


@dataclass(frozen=True)
class Axis:
    """One hyperparameter: its meaning, its scale, and the range that the guard bands allow.

    On a log10 axis window numbers, `low` and `high` are exponents of ten.
    """

    label: str
    scale: Literal["log10", "linear"]
    low: str
    high: str


@dataclass(frozen=True)
class Class:
    """One entry of a Problem's legend; a pixel's class is its index in `Problem.classes`."""

    name: str
    converged: bool
    color: str


PUBLISHED_CLASSES = (Class("diverged", False, "#d53e4f"), Class("converged", True, "#3288bd"))


MAX_STEPS = 1_000_000


def within(problem: str, what: str, value: int, most: int) -> None:
    """Refuse a count below 1 or above `most`.

    Raises:
        UsageError: it is one.
    """
    if not 1 <= value <= most:
        raise UsageError(f"{what} {value} is not allowed for {problem}; type 1 to {most}")


class Program(ABC):
    """The kernel text of a family: pure functions of Ops and Trees, written once for all backends.

    A subclass is a frozen dataclass of static choices only (an activation's name, a mode), so that
    two equal Programs are one compiled kernel. `fixed` holds ``constants``, ``shared`` arrays and
    per-step ``frames``; `pixels` holds ``x``, ``y`` (shape (pixels,)) and per-pixel draws.
    """

    @abstractmethod
    def start(self, ops: Ops, fixed: Tree, pixels: Tree) -> dict[str, Array]:
        """Return the state before the first step; its entry ``signal`` is what is watched."""

    @abstractmethod
    def step(self, ops: Ops, state: Tree, frame: Tree, args: Tree) -> dict[str, Array]:
        """Return the state after one step; `args` is (fixed, pixels), `frame` one step's row."""


@dataclass(frozen=True)
class Problem(ABC):
    """One trainable thing; immutable, so that `dataclasses.replace` makes variants."""

    name: str
    steps: int
    draws: Draws = FIXED

    classes: ClassVar[tuple[Class, ...]] = PUBLISHED_CLASSES
    contracts: ClassVar[tuple[str, ...]] = ("strict",)
    """The contracts that mean something here; `fma` lists its places for networks only."""
    accumulators: ClassVar[tuple[str, ...]]
    palette: ClassVar[Literal["published", "classes"]] = "published"

    def __post_init__(self) -> None:
        """Refuse a number of steps that no one can mean."""
        within(self.name, "steps", self.steps, MAX_STEPS)

    @property
    def spec(self) -> str:
        """The name with every option that is not the default, canonical: ``tanh:width=8``."""
        return self.name

    @property
    @abstractmethod
    def axes(self) -> tuple[Axis, ...]:
        """One axis, whose map has one row, or two: x, then y."""

    @property
    def drawable(self) -> tuple[str, ...]:
        """What ``--draws per-pixel=`` may draw anew for every pixel."""
        return ()

    @property
    def drawn_bytes(self) -> int:
        """Bytes that the draws of one pixel take while they are made."""
        return 0

    @property
    @abstractmethod
    def title(self) -> str:
        """A line for captions and listings."""

    @property
    @abstractmethod
    def views(self) -> Mapping[str, Window]:
        """Named windows; every Problem has ``start``."""

    def view(self, name: str) -> Window:
        """Return a named window.

        Raises:
            UsageError: there is no such view.
        """
        if name in self.views:
            return self.views[name]
        raise UsageError(
            f"{self.name} has no view {name!r}{nearest(name, self.views)}; "
            f"it has: {self.views_in_short}"
        )

    @property
    def views_in_short(self) -> str:
        """The views' names in a line, a ladder by its first and last frame."""
        ladder = [name for name in self.views if name.startswith("published:")]
        plain = [name for name in self.views if name not in ladder]
        return ", ".join([*plain, *([f"{ladder[0]}..{len(ladder) - 1}"] if ladder else [])])

    @property
    @abstractmethod
    def program(self) -> Program:
        """The kernel text."""

    @abstractmethod
    def inputs(self, fmt: Format) -> dict[str, Tree]:
        """Return ``constants``, ``shared`` and ``frames`` as host arrays, guard bands applied."""

    @abstractmethod
    def readout(self, sums: Sums) -> tuple[NDArray[np.floating], NDArray[np.uint8]]:
        """Return value and class from the accumulators, elementwise and exactly."""

    def pixel_draws(
        self, fmt: Format, columns: NDArray[np.int64], rows: NDArray[np.int64]
    ) -> dict[str, NDArray[np.generic]]:
        """Return what is drawn for each pixel, last axis pixels; depends on their places alone."""
        return {}

    def notes(self) -> list[str]:
        """Return sentences that a reader of the map must know."""
        return []

    def seeded(self, seed: int) -> Problem:
        """Return the Problem with its own draws made from another seed."""
        raise UsageError(
            f"{self.name} draws nothing, so --seed {seed} has no meaning; leave it out"
        )

    def with_steps(self, steps: int) -> Problem:
        """Return the Problem trained for another number of steps."""
        return dataclasses.replace(self, steps=steps)

    def with_draws(self, draws: Draws) -> Problem:
        """Return the Problem with per-pixel draws.

        Raises:
            UsageError: the Problem has nothing of that kind to draw.
        """
        for kind in draws.kinds:
            if kind not in self.drawable:
                raise UsageError(
                    f"{self.name} has no {kind} to draw per pixel; "
                    + (
                        f"it can draw {' or '.join(self.drawable)}"
                        if self.drawable
                        else "type --draws fixed"
                    )
                )
        return dataclasses.replace(self, draws=draws)
