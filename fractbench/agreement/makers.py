"""makers: who runs an Ensemble's strict members, the fastest that is proven here.

`native` where it is available, else the Backend under test, else the host. Strict maps do not
depend on it. A Backend is taken only if it gives its golden, so that a kernel is never judged by
members that share its mistakes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import FLOAT64, Format
from fractbench.backend import Backend, Device, Kernel
from fractbench.errors import FractbenchError, UsageError
from fractbench.goldens import goldens
from fractbench.plan import Plan
from fractbench.problems.base import Problem
from fractbench.proof import prove
from fractbench.reference import reference_kernel
from fractbench.registry import load, points, status

FAST = "native"
Key = tuple[Device, Problem, Arithmetic]


@dataclass
class StrictMaker:
    """Prepares strict kernels for plans; `names` tells, by dtype, who did.

    `held` keeps what a candidate made, or that it made nothing, so that it is asked once.
    """

    candidates: list[tuple[Backend, Device]]
    names: dict[str, str] = field(default_factory=dict)
    held: dict[Key, Kernel | None] = field(default_factory=dict)

    def __call__(self, plan: Plan) -> Kernel:
        """Return a kernel of the first candidate that has one and is proven.

        Raises:
            UsageError: what a person set, such as a number of threads, is wrong.
        """
        for backend, device in self.candidates:
            kernel = self._kernel(backend, device, plan.problem, plan.arithmetic)
            if kernel is not None:
                self.names[plan.arithmetic.dtype] = str(device)
                return kernel
        self.names[plan.arithmetic.dtype] = "host"
        return reference_kernel(plan)

    def fast(self, problem: Problem, fmt: Format) -> bool:
        """Whether `native` makes every member, so that millions of pixel-steps take seconds.

        Raises:
            UsageError: what a person set is wrong.
        """
        native = [(b, d) for b, d in self.candidates if b.name == FAST]
        wanted = [Arithmetic("strict", member) for member in dict.fromkeys((fmt, FLOAT64))]
        return bool(native) and all(self._kernel(*native[0], problem, one) for one in wanted)

    def _kernel(
        self, backend: Backend, device: Device, problem: Problem, arithmetic: Arithmetic
    ) -> Kernel | None:
        key = (device, problem, arithmetic)
        if key not in self.held:
            try:
                self.held[key] = _kernel(backend, device, problem, arithmetic)
            except UsageError:
                raise
            except FractbenchError:
                # A compiler that fails, or a device that refuses itself: the next one will do.
                self.held[key] = None
        return self.held[key]


def strict_maker(backend: Backend | None = None, device: Device | None = None) -> StrictMaker:
    """Return the maker for this host and, if one is under test, its Backend."""
    candidates = list(_native())
    if backend is not None and device is not None:
        candidates.append((backend, device))
    return StrictMaker(candidates)


def _native() -> Iterator[tuple[Backend, Device]]:
    if FAST in points() and (state := status(FAST)).available:
        yield load(FAST), state.devices[0]


def _kernel(
    backend: Backend, device: Device, problem: Problem, arithmetic: Arithmetic
) -> Kernel | None:
    if not backend.offers(problem, device, arithmetic) or not proven(backend, device, arithmetic):
        return None
    return backend.prepare(problem, device, arithmetic)


def proven(backend: Backend, device: Device, arithmetic: Arithmetic) -> bool:
    """Return whether a device gives the golden of an arithmetic; one that has none is not proven.

    Raises:
        FractbenchError: the device's canary refuses it.
    """
    wanted = (arithmetic.contract, arithmetic.dtype)
    if wanted not in {(g.contract, g.dtype) for g in goldens()}:
        return False
    return prove(backend, device, lambda _: None, arithmetic=arithmetic) == "proven"
