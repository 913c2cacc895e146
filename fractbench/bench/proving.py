"""prove_map: the first map of a case is proven before anything is timed.

Exact contracts: the device gives its golden, and pixels spread over all tiles have the bits of the
host's reference; the benchmark's parent then compares whole digests between devices. `free`: the
kernel passes the agreement check on the problem's trial window, and the classes of the spread
pixels are the strict host's, but for what rounding may flip.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fractbench.agreement.makers import strict_maker
from fractbench.agreement.trial import Judges, judge_kernel, trial_plan
from fractbench.arithmetic.bits import differing_bits
from fractbench.arithmetic.contract import Arithmetic
from fractbench.backend import Backend, Device
from fractbench.bench.failure import FailedError
from fractbench.bench.work import Work
from fractbench.plan import Plan
from fractbench.problems.base import Problem, Sums
from fractbench.proof import prove
from fractbench.reference import reference_kernel

CHECKED = 64
"""Pixels that are compared with the host's."""
STEPS = 16_000
"""Pixel-steps of the published problem that the comparison may take: a second or two."""
EMULATED = 8
"""How many times slower the host is at `fma`, which it emulates."""
FLIPS, NARROW_FLIPS, CHANCE = 0.02, 0.10, 3
"""Share of classes that may differ under `free`, in narrow types, and pixels on top of it."""


@dataclass(frozen=True)
class Proof:
    """What was done: pixels compared with the host, and the judge's numbers under `free`."""

    checked: int
    judged: str | None


def prove_map(
    backend: Backend, device: Device, kernel: str, work: Work, found: Sums
) -> Proof:  # fmt: skip
    """Compare a case's first map with the host.

    Raises:
        FailedError: `mismatch`, with what differs.
    """
    plan = work.plan
    if plan.arithmetic.exact:
        said: list[str] = []
        if prove(backend, device, said.append, arithmetic=plan.arithmetic) == "MISMATCH":
            raise FailedError("mismatch", f"{device} does not give the golden map; fractbench "
                              f"verify --backend {device} tells more")  # fmt: skip
    places = spread(plan, work.tile)
    judged = (
        None
        if plan.arithmetic.exact
        else judge(backend, device, kernel, plan.problem.with_steps(1), plan.arithmetic)
    )
    exact = plan if plan.arithmetic.exact else strict(plan)
    expected = reference_kernel(exact).run(exact.gather(places))
    if plan.arithmetic.exact:
        _same_bits(found, expected, places)
    else:
        _same_classes(plan, found, expected, places)
    return Proof(len(places), judged)


def strict(plan: Plan) -> Plan:
    """Return the plan of the same map under `strict`, in the same format."""
    return Plan(plan.problem, plan.grid, Arithmetic("strict", plan.arithmetic.format))


def spread(plan: Plan, tile: int) -> NDArray[np.int64]:
    """Return the places of pixels to compare: both ends, the rest evenly but off any beat."""
    slow = EMULATED if plan.arithmetic.contract == "fma" else 1
    count = int(min(CHECKED, max(8, STEPS / slow / plan.problem.steps), plan.grid.pixels))
    even = np.linspace(0, plan.grid.pixels - 1, count).round().astype(np.int64)
    jitter = np.random.default_rng(tile).integers(0, max(1, plan.grid.pixels // count), count)
    inner = (even[1:-1] + jitter[1:-1]) % plan.grid.pixels
    return np.unique(np.concatenate([even[:1], inner, even[-1:]]))


def _same_bits(
    found: Sums,
    expected: Sums,
    places: NDArray[np.int64],
) -> None:
    wrong = np.zeros(len(places), bool)
    for name, values in expected.items():
        wrong |= differing_bits(found[name][places], values)
    if wrong.any():
        raise FailedError(
            "mismatch",
            f"{wrong.sum()} of {len(places)} pixels differ from the host's, first pixel "
            f"{places[wrong][0]} in row order",
        )


def _same_classes(
    plan: Plan,
    found: Sums,
    expected: Sums,
    places: NDArray[np.int64],
) -> None:
    mine = plan.problem.readout({name: found[name][places] for name in expected})[1]
    flips = int(np.count_nonzero(mine != plan.problem.readout(expected)[1]))
    share = NARROW_FLIPS if plan.arithmetic.narrow else FLIPS
    if flips > share * len(places) + CHANCE:
        raise FailedError(
            "mismatch", f"{flips} of {len(places)} classes differ from those of the strict host"
        )


@lru_cache(maxsize=64)
def judge(
    backend: Backend, device: Device, kernel: str, problem: Problem, arithmetic: Arithmetic
) -> str:
    """Return the numbers of the agreement check, which serve all sizes and steps.

    Raises:
        FailedError: it did not pass.
    """
    maker = strict_maker(backend, device)
    plan = trial_plan(problem, arithmetic, maker)
    trial = judge_kernel(backend, device, plan, kernel, maker, Judges())
    if trial.verdict is None:
        raise FailedError("error", f"the agreement check could not judge it: {trial.shared}")
    if not trial.passed:
        raise FailedError("mismatch", f"the agreement check: {trial.verdict}")
    return str(trial.verdict)
