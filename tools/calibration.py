"""What prove_calibration.py measures: four parts, each a function that yields Markdown lines."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from fractbench.agreement.judge import UndecidedError
from fractbench.agreement.makers import StrictMaker, strict_maker
from fractbench.agreement.reading import Reading
from fractbench.agreement.trial import Judges, free_problems
from fractbench.agreement.verdict import Verdict
from fractbench.arithmetic.contract import Arithmetic, arithmetic, arithmetics
from fractbench.backend import Backend, Device, Kernel
from fractbench.execute import execute
from fractbench.grid import Grid
from fractbench.plan import Plan
from fractbench.problems.catalogue import problem
from fractbench.registry import load, statuses
from fractbench.window import Window

ROOT = Path(__file__).resolve().parents[1]
SIDE, STEPS = 16, 50
VIEWS = ("start", "published:4", "published:9")
SIZES = [digits * 10.0**-power for power in range(3, 17) for digits in (3, 1)]
SCANS = [*(("rate of v", "float32", view) for view in VIEWS),
         *((what, "float64", "start") for what in ("rate of v", "scale"))]  # fmt: skip
HONEST = 200


class Court:
    """Judges of all plans that a part meets."""

    def __init__(self, maker: StrictMaker | None = None) -> None:
        """Take the fastest strict kernels of this host."""
        self.maker, self._judges = maker or strict_maker(), Judges()

    def verdict(self, plan: Plan, kernel: Kernel) -> Verdict:
        """Judge one kernel's map."""
        return self._judges.of(plan, self.maker)(Reading.of(execute(plan, kernel)))


@lru_cache
def wrong_free() -> Any:
    """Return the tests' module of wrong kernels."""
    sys.path.insert(0, str(ROOT / "tests"))
    return importlib.import_module("wrong_free")


def plan_of(name: str, view: str, how: Arithmetic) -> Plan:
    """Return a small plan of a published window."""
    chosen = problem(name).with_steps(STEPS)
    return Plan(chosen, Grid(chosen.view(view), SIDE, SIDE), how)


def with_knobs(plan: Plan, **knobs: Any) -> Kernel:
    """Return the tests' free kernel, turned."""
    made: Kernel = wrong_free().FreeKernel(
        plan.problem, plan.arithmetic, wrong_free().Knobs(**knobs)
    )
    return made


def table(*heads: str) -> list[str]:
    """Return the head of a table; all columns but the first are numbers."""
    return [f"| {' | '.join(heads)} |", "| --- |" + " ---: |" * (len(heads) - 1)]


def real(court: Court) -> Iterator[str]:
    """Judge every free kernel of this host on every problem and view."""
    yield from table("device, kernel, dtype", "passed", "wrong", "strayed", "least p", "shift")
    for state in (s for s in statuses() if s.available):
        backend = load(state.name)
        for device in state.devices:
            for how in (a for a in arithmetics() if not a.exact):
                for kernel in backend.offers(problem("tanh"), device, how):
                    found = list(_everywhere(court, backend, device, how, kernel))
                    yield f"| {device} {kernel} {how.dtype} | {_summary(found)} |"


def _everywhere(
    court: Court, backend: Backend, device: Device, how: Arithmetic, kernel: str
) -> Iterator[Verdict]:
    for name in ["tanh"] if how.narrow else free_problems():
        plans = [plan_of(name, view, how) for view in VIEWS]
        made = backend.prepare(plans[0].problem, device, how, kernel)
        for plan in plans:
            found = court.verdict(plan, made)
            print(device, kernel, how.dtype, name, plan.grid.window, found, flush=True)
            yield found


def _summary(found: list[Verdict]) -> str:
    least = min(c.chance for v in found for c in (v.wrong, v.strayed, v.flips))
    cells = (f"{sum(v.passed for v in found)} of {len(found)}",
             str(max(v.wrong.found for v in found)), str(max(v.strayed.found for v in found)),
             f"{least:.2g}", f"{max(v.shift for v in found):.2g}")  # fmt: skip
    return " | ".join(cells)


def wrong(court: Court) -> Iterator[str]:
    """Judge every wrong kernel on the start window of every problem that it applies to."""
    yield from table("wrong kernel", "float32: failed", "float64: failed", "passed")
    for name, knobs in wrong_free().WRONG.items():
        tasks = [task for task in free_problems() if wrong_free().applies(problem(task), knobs)]
        cells, passed = [], []
        for dtype in ("float32", "float64"):
            missed = list(_missed(court, name, tasks, dtype))
            passed += [f"{task} {dtype}" for task in missed]
            cells.append(f"{len(tasks) - len(missed)} of {len(tasks)}")
        yield f"| {name} | {' | '.join(cells)} | {', '.join(passed)} |"


def _missed(court: Court, name: str, tasks: list[str], dtype: str) -> Iterator[str]:
    """Yield the problems on which a wrong kernel passes."""
    for task in tasks:
        plan = plan_of(task, "start", arithmetic("free", dtype))
        found = court.verdict(plan, with_knobs(plan, **vars(wrong_free().WRONG[name])))
        print(name, dtype, task, found, flush=True)
        if found.passed:
            yield task


def scan(court: Court) -> Iterator[str]:
    """Find the smallest relative error of a rate, or of the scale, that fails."""
    yield from table("problem", *(" ".join(column) for column in SCANS))
    for name in free_problems():
        cells = [
            smallest(court, plan_of(name, view, arithmetic("free", dtype)), what)
            for what, dtype, view in SCANS
        ]
        yield f"| {name} | {' | '.join(cells)} |"


def smallest(court: Court, plan: Plan, what: str) -> str:
    """Return the smallest error, of `SIZES`, that fails; found by bisection."""
    kind = plan.arithmetic.format.dtype.type
    sizes = [size for size in SIZES if kind(1 + size) != 1]
    low, high = 0, len(sizes)
    while low < high:
        middle = (low + high) // 2
        knobs = wrong_free().SCANNED[what](sizes[middle])
        found = court.verdict(plan, with_knobs(plan, **vars(knobs)))
        low, high = (low, middle) if found.passed else (middle + 1, high)
    least = f"{sizes[low - 1]:.0e}" if low else "none"
    print(what, plan.problem.name, plan.grid.window, plan.arithmetic.dtype, least, flush=True)
    return least


def honest(court: Court) -> Iterator[str]:
    """Judge an honest kernel of another order of summation on each of many ensembles."""
    rng = np.random.default_rng(20240206)
    alarms: list[str] = []
    shifts: list[float] = []
    chances: list[float] = []
    refused = 0
    while len(shifts) < HONEST:
        try:
            plan = _random_plan(rng)
            kernel = with_knobs(plan, order=int(rng.integers(1 << 30)))
            found = court.verdict(plan, kernel)
        except UndecidedError:
            refused += 1
            continue
        about = f"{plan.problem.spec} {plan.grid.window} {plan.arithmetic.dtype}: {found}"
        print(about, flush=True)
        shifts.append(found.shift)
        chances.append(min(c.chance for c in (found.wrong, found.strayed, found.flips)))
        if not found.passed:
            alarms.append(about)
    yield (
        f"{len(alarms)} false alarms in {HONEST} ensembles. Least p {min(chances):.2g}, "
        f"{sum(c < 0.05 for c in chances)} below 0.05; largest shift {max(shifts):.2g}, median "
        f"{np.median(shifts):.2g}. {refused} windows with too few settled pixels were refused."
    )
    yield from (f"- {alarm}" for alarm in alarms)


def _random_plan(rng: np.random.Generator) -> Plan:
    """Return a plan whose window holds a boundary: a published one, moved by up to its width.

    Every fourth is in float64, and the steps, the size and the depth are drawn too.
    """
    chosen = problem(str(rng.choice(free_problems()))).with_steps(int(rng.integers(30, 80)))
    intervals = chosen.view(f"published:{rng.integers(0, 11)}").intervals
    low, high = (np.array([float(i[end]) for i in intervals]) for end in (0, 1))
    width = high[0] - low[0]
    x, y = (low + high) / 2 + rng.uniform(-width, width, 2)
    window = Window.around(f"{x:.9f},{y:.9f}", f"{width:.9f}")
    how = arithmetic("free", "float64" if rng.random() < 0.25 else "float32")
    side = int(rng.integers(14, 20))
    return Plan(chosen, Grid(window, side, side), how)
