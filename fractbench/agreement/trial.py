"""trial: a `free` kernel on a small window of a problem -> a Verdict.

The window is the problem's `start`, whose pixels pass through every regime from no learning to
overflow.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fractbench.agreement.ensemble import ensemble
from fractbench.agreement.judge import Judge
from fractbench.agreement.makers import StrictMaker
from fractbench.agreement.reading import Reading
from fractbench.agreement.verdict import Verdict
from fractbench.arithmetic.contract import Arithmetic
from fractbench.backend import Backend, Device
from fractbench.errors import FractbenchError, UsageError
from fractbench.execute import execute
from fractbench.grid import Grid
from fractbench.map import Map
from fractbench.plan import Plan, map_key
from fractbench.problems.base import Problem
from fractbench.problems.catalogue import names, problem

FAST, SLOW = (24, 60), (16, 40)
"""Side and steps of a trial where the members take a second, and where they take many."""


@dataclass(frozen=True)
class Trial:
    """One kernel on one problem: its map and the verdict, or why there is none."""

    device: str
    kernel: str
    dtype: str
    problem: str
    verdict: Verdict | None = None
    made: Map | None = None
    trouble: str = ""

    @property
    def passed(self) -> bool:
        """Whether the kernel ran and is as good as rounding allows."""
        return self.verdict is not None and self.verdict.passed


@dataclass
class Judges:
    """Judges by plan: the ensemble of a plan serves all its kernels, whoever made it."""

    held: dict[str, Judge] = field(default_factory=dict)

    def of(self, plan: Plan, maker: StrictMaker) -> Judge:
        """Return the Judge of a plan, whatever its contract.

        Raises:
            UsageError: the problem has no `free` contract, or the window tells too little.
        """
        strict = Arithmetic("strict", plan.arithmetic.format)
        key = map_key(plan.problem, plan.grid, strict)
        if key not in self.held:
            self.held[key] = Judge.of(ensemble(plan, maker))
        return self.held[key]


def free_problems() -> list[str]:
    """Return the names of the problems that have a `free` contract."""
    return [name for name in names() if "free" in problem(name).contracts]


def trial_plan(chosen: Problem, arithmetic: Arithmetic, fast: bool) -> Plan:
    """Return the small plan on which `verify` judges a problem's kernels."""
    side, steps = FAST if fast else SLOW
    return Plan(chosen.with_steps(steps), Grid(chosen.view("start"), side, side), arithmetic)


def judge_kernel(
    backend: Backend, device: Device, plan: Plan, kernel: str, maker: StrictMaker, judges: Judges
) -> Trial:
    """Run a kernel over a plan and judge its map.

    Raises:
        FractbenchError: the request or the device is refused.
    """
    about = (str(device), kernel, plan.arithmetic.dtype, plan.problem.spec)
    judge = judges.of(plan, maker)
    try:
        made = execute(plan, backend.prepare(plan.problem, device, plan.arithmetic, kernel))
    except FractbenchError:
        raise
    except Exception as error:
        # As in verify: the text of a stranger's error may hold a path; its type does not.
        return Trial(*about, trouble=f"raised {type(error).__name__}")
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
