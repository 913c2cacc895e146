"""Request: what a person asked for, in words -> a Plan."""

from __future__ import annotations

import operator
import os
from dataclasses import dataclass
from pathlib import Path

from fractbench.arithmetic.contract import PERTURBED, Arithmetic, arithmetic
from fractbench.draws import Draws, check_seed
from fractbench.errors import UsageError
from fractbench.grid import TooFineError, check_axes, grid_of, parse_size
from fractbench.plan import Plan
from fractbench.presets import preset
from fractbench.problems.base import Problem
from fractbench.problems.catalogue import problem
from fractbench.window import Window


@dataclass(frozen=True)
class Request:
    """The options of `fractbench run` that decide which map is made; None means the default."""

    problem: str | Problem = "tanh"
    contract: str = "strict"
    dtype: str = "float32"
    preset: str = "quick"
    size: int | str | tuple[int, int] | None = None
    steps: int | None = None
    view: str | None = None
    window: str | None = None
    center: str | tuple[object, ...] | None = None
    width: str | float | None = None
    draws: str = "fixed"
    seed: int | None = None

    def __post_init__(self) -> None:
        """Bring every option to its type; Problems, NumPy's integers and numbers are welcome."""
        if isinstance(self.problem, Problem):
            object.__setattr__(self, "problem", self.problem.spec)
        for name in ("problem", "contract", "dtype", "preset", "draws"):
            words(getattr(self, name), name)
        for name in ("view", "window"):
            if getattr(self, name) is not None:
                words(getattr(self, name), name)
        for name in ("steps", "seed"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, integer(getattr(self, name), name))
        preset(self.preset)

    def plan(self) -> Plan:
        """Return the Plan.

        A strict float32 window finer than float32 becomes a deep zoom where the Problem has one.

        Raises:
            UsageError: something asked for is not allowed.
        """
        chosen = self._problem()
        window = self._window(chosen)
        grid = grid_of(chosen, window, self._size(chosen))
        how = arithmetic(self.contract, self.dtype)
        try:
            return Plan(chosen, grid, how)
        except TooFineError:
            # What float32 cannot hold, differences from a reference can, where a Problem has them.
            if PERTURBED not in chosen.contracts:
                raise
            if how != Arithmetic():
                raise UsageError(
                    f"{grid.window.short} is finer than {how.dtype} can resolve in {grid.width} x "
                    f"{grid.height} pixels; type a wider window, or leave out --contract and "
                    "--dtype for the deep zoom"
                ) from None
            return Plan(chosen, grid, arithmetic(PERTURBED))

    def _problem(self) -> Problem:
        chosen = problem(str(self.problem))
        steps = preset(self.preset).trained(chosen) if self.steps is None else self.steps
        chosen = chosen.with_steps(steps)
        draws = Draws.parse(self.draws, self.seed)
        if draws.kinds:
            return chosen.with_draws(draws)
        return chosen if self.seed is None else chosen.seeded(check_seed(self.seed))

    def _window(self, chosen: Problem) -> Window:
        told = [name for name in ("view", "window", "center") if getattr(self, name) is not None]
        if len(told) > 1:
            raise UsageError(f"--{told[0]} and --{told[1]} both choose the window; type one")
        if (self.center is None) != (self.width is None):
            raise UsageError("--center and --width need each other; type both, or --window")
        if self.center is not None and self.width is not None:
            pair = self.center if isinstance(self.center, tuple) else (self.center,)
            window = Window.around(",".join(str(part) for part in pair), str(self.width))
            check_axes(chosen, window, f"centre {self.center}", ("--center X", "--center X,Y"))
            return window
        if self.window is not None:
            return Window.parse(self.window)
        return chosen.view(self.view or "start")

    def _size(self, chosen: Problem) -> tuple[int, int]:
        if self.size is None:
            return preset(self.preset).size(chosen)
        if isinstance(self.size, tuple) and len(self.size) != 2:
            raise UsageError(f"size {self.size} is no (width, height); type two integers")
        text = "x".join(str(n) for n in self.size) if isinstance(self.size, tuple) else self.size
        return parse_size(str(text), len(chosen.axes))


def words(value: object, name: str) -> str:
    """Return a text option.

    Raises:
        UsageError: it is no text.
    """
    if not isinstance(value, str):
        raise UsageError(f"{name} {value!r} is no text; type a name in quotes")
    return value


def integer(value: object, name: str) -> int:
    """Return an integer option of any integer type.

    Raises:
        UsageError: it is no integer.
    """
    if isinstance(value, bool | float) or not hasattr(value, "__index__"):
        raise UsageError(f"{name} {value!r} is no integer; type a whole number")
    return operator.index(value)


def folder(value: object) -> Path:
    """Return a folder option.

    Raises:
        UsageError: it is no path.
    """
    if not isinstance(value, str | os.PathLike):
        raise UsageError(f"out {value!r} is no folder; type a path")
    return Path(value)
