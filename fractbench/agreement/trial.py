"""trial: a `free` kernel on a small window of a problem -> a Verdict.

The window is the problem's `start`, whose pixels pass through every regime from no learning to
overflow, unless another view is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fractbench.agreement.ensemble import ensemble
from fractbench.agreement.judge import Judge, UndecidedError
from fractbench.agreement.makers import StrictMaker
from fractbench.agreement.reading import Reading
from fractbench.agreement.verdict import Verdict
from fractbench.arithmetic.contract import Arithmetic
from fractbench.backend import Backend, Device
from fractbench.errors import (
    BackendUnavailableError,
    CanaryError,
    FractbenchError,
    UsageError,
)
from fractbench.execute import execute
from fractbench.grid import Grid, grid_of, parse_size
from fractbench.map import Map
from fractbench.plan import Plan, map_key
from fractbench.problems.base import Problem
from fractbench.problems.catalogue import names, problem

FAST, SLOW = (24, 60), (16, 40)
"""Side and steps of a trial where the members take a second, and where they take many."""


@dataclass(frozen=True)
class Trial:
    """One kernel on one problem: its map and the verdict, or why there is none.

    `trouble` is for the person who sees it; `shared` is what a report may say of it, since a
    library's own text may hold a path.
    """

    device: str
    kernel: str
    dtype: str
    problem: str
    grid: Grid
    verdict: Verdict | None = None
    made: Map | None = None
    trouble: str = ""
    shared: str = ""

    @property
    def passed(self) -> bool:
        """Whether the kernel ran and is as good as rounding allows."""
        return self.verdict is not None and self.verdict.passed


@dataclass
class Judges:
    """Judges by plan: the ensemble of a plan serves all its kernels, whoever made it."""

    held: dict[str, Judge | UndecidedError] = field(default_factory=dict)

    def of(self, plan: Plan, maker: StrictMaker) -> Judge:
        """Return the Judge of a plan, whatever its contract.

        Raises:
            UndecidedError: the window tells too little.
            UsageError: the problem has no `free` contract.
        """
        strict = Arithmetic("strict", plan.arithmetic.format)
        key = map_key(plan.problem, plan.grid, strict)
        if key not in self.held:
            try:
                self.held[key] = Judge.of(ensemble(plan, maker))
            except UndecidedError as error:
                self.held[key] = error
        found = self.held[key]
        if isinstance(found, UndecidedError):
            raise found
        return found


def free_problems() -> list[str]:
    """Return the names of the problems that have a `free` contract."""
    return [name for name in names() if "free" in problem(name).contracts]


def trial_grid(chosen: Problem, view: str, size: str) -> Grid:
    """Return a named window of a problem in a size as one types it.

    Raises:
        UsageError: there is no such view, or the size is none.
    """
    return grid_of(chosen, chosen.view(view), parse_size(size, len(chosen.axes)))


def trial_plan(
    chosen: Problem,
    arithmetic: Arithmetic,
    maker: StrictMaker,
    view: str = "start",
    size: str | None = None,
) -> Plan:
    """Return the small plan on which `verify` judges a problem's kernels.

    Raises:
        UsageError: there is no such view, or the size is none.
    """
    quick = chosen.with_steps(FAST[1])
    side, steps = FAST if maker.fast(quick, arithmetic.format) else SLOW
    return Plan(chosen.with_steps(steps), trial_grid(chosen, view, size or str(side)), arithmetic)


def judge_kernel(
    backend: Backend, device: Device, plan: Plan, kernel: str, maker: StrictMaker, judges: Judges
) -> Trial:
    """Run a kernel over a plan and judge its map; a device or window that refuses is a trouble.

    Raises:
        UsageError: the request is wrong, for every other kernel as well.
    """
    about = (str(device), kernel, plan.arithmetic.dtype, plan.problem.spec, plan.grid)
    try:
        prepared = backend.prepare(plan.problem, device, plan.arithmetic, kernel)
        judge = judges.of(plan, maker)
        made = execute(plan, prepared)
    except (CanaryError, UndecidedError) as error:
        return Trial(*about, trouble=str(error), shared=str(error))
    except BackendUnavailableError as error:
        return Trial(*about, trouble=str(error), shared="cannot be used here")
    except FractbenchError:
        raise
    except Exception as error:
        # As in verify: the text of a stranger's error may hold a path; its type does not.
        kind = f"raised {type(error).__name__}"
        return Trial(*about, trouble=kind, shared=kind)
    return Trial(*about, judge(Reading.of(made)), made)


def free_kernels(
    backend: Backend, device: Device, chosen: Problem, arithmetic: Arithmetic, kernel: str
) -> list[str]:
    """Return the free kernels that a device offers, only the named one if one is named."""
    if "free" not in chosen.contracts:
        raise UsageError(
            f"{chosen.name} has no free contract, its kernels are judged by digests; type one of: "
            + ", ".join(free_problems())
        )
    offered = backend.offers(chosen, device, arithmetic)
    return [name for name in offered if kernel in ("auto", name)]
