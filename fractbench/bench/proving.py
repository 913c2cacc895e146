"""prove_map: the first map of a case is proven before anything is timed.

Exact contracts: the timed kernel gives the golden; the whole map has the digest that `native` gives
where that is here, not itself under test and fast enough; pixels spread over the map have the bits
of the host's reference, which shares no code with either. The benchmark's parent then compares
digests between devices. `free`: the kernel passes the agreement check on the problem's trial
window, and classes are the strict ones but for what rounding may flip.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fractbench.agreement.makers import FAST, strict_maker
from fractbench.agreement.trial import Judges, judge_kernel, trial_plan
from fractbench.arithmetic.bits import differing_bits
from fractbench.arithmetic.contract import Arithmetic
from fractbench.backend import Backend, Device
from fractbench.bench.failure import FailedError
from fractbench.bench.work import Work
from fractbench.execute import execute
from fractbench.plan import Plan
from fractbench.problems.base import Problem, Sums
from fractbench.proof import first
from fractbench.reference import reference_kernel
from fractbench.verify import verify

CHECKED, STEPS = 1024, 32_000
"""Pixels that are compared with the host's, at most, and pixel-steps that this may take: some
seconds of the published problem."""
EMULATED = 8
"""How many times slower the host is at `fma`, which it emulates."""
WITNESSED = 4_000_000
"""Pixel-steps of a whole map that `native` makes for comparison: about as many seconds."""
FLIPS, NARROW_FLIPS, CHANCE = 0.02, 0.10, 3
"""Share of classes that may differ under `free`, in narrow types, and pixels on top of it, as far
as they are a sixteenth at most."""


@dataclass(frozen=True)
class Proof:
    """What was done: pixels compared, and the judge's numbers under `free`."""

    checked: int
    judged: str | None


def prove_map(
    backend: Backend, device: Device, kernel: str, work: Work, found: Sums
) -> Proof:  # fmt: skip
    """Compare a case's first map with what it must be.

    Raises:
        FailedError: `mismatch`, with what differs.
    """
    plan = work.plan
    judged = None
    if plan.arithmetic.exact:
        prove_kernel(backend, device, kernel, plan.arithmetic)
    else:
        judged = judge(backend, device, kernel, plan.problem.with_steps(1), plan.arithmetic)
    exact = plan if plan.arithmetic.exact else strict(plan)
    places = spread(plan, work.tile)
    _compare(plan, found, reference_kernel(exact).run(exact.gather(places)), places, "the host's")
    whole = witness(backend, exact)
    if whole is not None:
        places = np.arange(plan.grid.pixels)
        _compare(plan, found, whole, places, f"those of {FAST}")
    return Proof(len(places), judged)


@lru_cache(maxsize=64)
def prove_kernel(backend: Backend, device: Device, kernel: str, arithmetic: Arithmetic) -> None:
    """Hold a kernel to the golden of a first use, anew in every process.

    Raises:
        FailedError: it does not give it.
    """
    outcome = verify(backend, device, [first(arithmetic)], kernel=kernel)
    if outcome.mismatches or outcome.refusal:
        what = outcome.refusal or f"{device} does not give the golden of {outcome.mismatches[0]}"
        raise FailedError("mismatch", f"{what}; type fractbench verify --backend {device}")


@lru_cache(maxsize=16)
def witness(backend: Backend, plan: Plan) -> Sums | None:
    """Return the whole map's accumulators, each (pixels,), as `native` makes them.

    None if it is not here, is itself under test, or would take too long, and for a deep zoom, whose
    kernels belong to its window: there the host's pixels alone decide.
    """
    if backend.name == FAST or plan.perturbed or plan.grid.pixels * plan.problem.steps > WITNESSED:
        return None
    maker = strict_maker()
    kernel = maker(plan)
    if maker.names[plan.arithmetic.dtype] == "host":
        return None
    return {name: a.ravel() for name, a in execute(plan, kernel).accumulators.items()}


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


def _compare(
    plan: Plan, found: Sums, expected: Sums, places: NDArray[np.int64], whose: str
) -> None:
    """Compare the pixels at some places with the expected ones, bit by bit or class by class.

    Raises:
        FailedError: they differ.
    """
    mine = {name: found[name][places] for name in expected}
    if plan.arithmetic.exact:
        wrong = np.zeros(len(places), bool)
        for name, values in expected.items():
            wrong |= differing_bits(mine[name], values)
        allowed, what = 0, "pixels"
    else:
        wrong = plan.problem.readout(mine)[1] != plan.problem.readout(expected)[1]
        share = NARROW_FLIPS if plan.arithmetic.narrow else FLIPS
        allowed = int(share * len(places) + min(CHANCE, len(places) // 16))
        what = "classes"
    if wrong.sum() > allowed:
        raise FailedError(
            "mismatch",
            f"{wrong.sum()} of {len(places)} {what} differ from {whose}, first pixel "
            f"{places[wrong][0]} in row order",
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
