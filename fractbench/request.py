"""Request: what a person asked for, in words -> a Plan."""

from __future__ import annotations

from dataclasses import dataclass

from fractbench.arithmetic.contract import arithmetic
from fractbench.draws import Draws, check_seed
from fractbench.errors import UsageError
from fractbench.grid import grid_of, parse_size
from fractbench.plan import Plan
from fractbench.presets import preset
from fractbench.problems.base import Problem
from fractbench.problems.catalogue import problem
from fractbench.window import Window


@dataclass(frozen=True)
class Request:
    """The options of `fractbench run` that decide which map is made; None means the default."""

    problem: str = "tanh"
    contract: str = "strict"
    dtype: str = "float32"
    preset: str = "quick"
    size: int | str | tuple[int, int] | None = None
    steps: int | None = None
    view: str | None = None
    window: str | None = None
    center: str | None = None
    width: str | None = None
    draws: str = "fixed"
    seed: int | None = None

    def plan(self) -> Plan:
        """Return the Plan.

        Raises:
            UsageError: something asked for is not allowed.
        """
        chosen = self._problem()
        window = self._window(chosen)
        grid = grid_of(chosen, window, self._size(chosen))
        return Plan(chosen, grid, arithmetic(self.contract, self.dtype))

    def _problem(self) -> Problem:
        chosen = problem(self.problem)
        steps = preset(self.preset).trained(chosen) if self.steps is None else self.steps
        if steps < 1:
            raise UsageError(f"steps {steps} is not allowed; type --steps with 1 or more")
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
            return Window.around(self.center, self.width)
        if self.window is not None:
            return Window.parse(self.window)
        return chosen.view(self.view or "start")

    def _size(self, chosen: Problem) -> tuple[int, int]:
        if self.size is None:
            return preset(self.preset).size(chosen)
        if isinstance(self.size, tuple):
            return self.size
        return parse_size(str(self.size), len(chosen.axes))
