"""verify: every golden on a Device -> what matched, and where the first mismatch began."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from fractbench.agreement import compare, first_step
from fractbench.arithmetic.contract import Arithmetic
from fractbench.backend import Backend, Device, Kernel
from fractbench.errors import CanaryError, FractbenchError, KernelUnavailableError
from fractbench.execute import execute
from fractbench.goldens import Golden
from fractbench.kernels import kernel_of
from fractbench.map import Map
from fractbench.plan import Plan
from fractbench.problems.base import Problem
from fractbench.reference import reference_kernel, reference_map


@dataclass(frozen=True)
class Mismatch:
    """A golden that a device does not give."""

    golden: Golden
    found: str
    pixels: int = 0
    pixel: tuple[int, int] | None = None
    step: int | None = None
    maps: tuple[Map, Map] | None = None
    """What was found and what the host expects, where they differ."""

    def __str__(self) -> str:
        """Return one line: the case, and the pixel and step where it began."""
        where = f"{self.golden.problem} {self.golden.case}{self.golden.suffix}"
        if self.pixel is None:
            return f"{where}: {self.found}"
        step = "in the accumulators only" if self.step is None else f"from step {self.step}"
        return f"{where}: {self.pixels} pixels, first {self.pixel} {step}"


@dataclass
class Outcome:
    """What became of all goldens on one device."""

    backend: str
    device: str
    version: str
    chip: str = ""
    matched: int = 0
    digests: dict[str, str] = field(default_factory=dict)
    mismatches: list[Mismatch] = field(default_factory=list)
    refusal: str = ""
    kernels: Counter[str] = field(default_factory=Counter)
    """How many goldens each kernel made; `auto` may have taken the place of a faster one."""
    notes: list[str] = field(default_factory=list)
    """Why a kernel was not the fastest one, or none could be had; lines for the user alone."""

    @property
    def total(self) -> int:
        """How many goldens were compared."""
        return self.matched + len(self.mismatches)

    @property
    def good(self) -> bool:
        """Whether something was compared and all of it matched."""
        return self.matched > 0 and not self.mismatches and not self.refusal

    def tell(self, note: str) -> None:
        """Keep a note, once."""
        if note and note not in self.notes:
            self.notes.append(note)


Report = Callable[[Golden], None]


class Kernels:
    """Prepared kernels by problem, because a compilation serves all goldens of a problem."""

    def __init__(self, backend: Backend, device: Device, kernel: str = "auto") -> None:
        """Start with none."""
        self._backend, self._device, self._kernel = backend, device, kernel
        self._held: dict[tuple[Problem, Arithmetic], Kernel] = {}

    def of(self, plan: Plan) -> Kernel:
        """Return the kernel for a plan's problem; a deep zoom's belongs to its window."""
        if plan.perturbed:
            return kernel_of(plan, self._backend, self._device, self._kernel)
        key = (plan.problem, plan.arithmetic)
        if key not in self._held:
            made = kernel_of(plan, self._backend, self._device, self._kernel)
            self._held[key] = made
        return self._held[key]


def verify(
    backend: Backend,
    device: Device,
    goldens: Iterable[Golden],
    report: Report = lambda _: None,
    kernel: str = "auto",
) -> Outcome:
    """Make every golden that a device's contracts and dtypes allow, and compare digests.

    A named kernel is held to those that it is offered for. A refusal by the canary ends it.
    """
    outcome = Outcome(backend.name, str(device), backend.version(), device.chip)
    kernels = Kernels(backend, device, kernel)
    for golden in goldens:
        plan = golden.plan()
        if not offered(backend, device, plan, kernel):
            continue
        report(golden)
        try:
            found = execute(plan, kernels.of(plan))
        except CanaryError as error:
            outcome.refusal = str(error)
            return outcome
        except KernelUnavailableError as error:
            outcome.tell(str(error))
            continue
        except FractbenchError:
            raise
        except Exception as error:
            # The text of a stranger's error may hold a path; its type does not.
            outcome.mismatches.append(Mismatch(golden, f"raised {type(error).__name__}"))
            continue
        kernel_made = kernels.of(plan)
        outcome.kernels[kernel_made.name] += 1
        outcome.tell(getattr(kernel_made, "note", ""))
        outcome.digests[f"{golden.problem} {golden.case}{golden.suffix}"] = found.digest
        if found.digest == golden.digest:
            outcome.matched += 1
        else:
            step = not outcome.mismatches
            outcome.mismatches.append(_locate(golden, plan, found, kernels, step))
    return outcome


def offered(backend: Backend, device: Device, plan: Plan, kernel: str = "auto") -> bool:
    """Return whether a device offers a kernel for a plan: the named one, or any."""
    names = backend.offers(plan.problem, device, plan.arithmetic)
    return bool(names) and kernel in ("auto", *names)


def _locate(golden: Golden, plan: Plan, found: Map, kernels: Kernels, step: bool) -> Mismatch:
    """Compare with the host's map; look for the step only where asked, since it trains again."""
    expected = reference_map(plan)
    agreement = compare(found, expected)
    if agreement.first is None:
        return Mismatch(golden, "agrees with this host, whose golden differs")
    began = None
    if step:
        began = first_step(plan, kernels.of(plan), reference_kernel(plan), agreement.first)
    return Mismatch(
        golden, found.digest, agreement.different, agreement.first, began, (found, expected)
    )


def choose(goldens: Sequence[Golden], problems: Sequence[str], long: bool) -> list[Golden]:
    """Return the goldens of the named problems (all if none is named), long ones only if asked."""
    wanted = set(problems)
    return [
        g for g in goldens
        if (not wanted or g.problem.partition(":")[0] in wanted or g.problem in wanted)
        and (long or not g.long)
    ]  # fmt: skip
