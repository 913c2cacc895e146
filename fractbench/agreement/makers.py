"""makers: who runs an Ensemble's strict members, the fastest that is proven here.

`native` where it is available, else the Backend under test, else the host. Strict maps do not
depend on it. A Backend is taken only if it gives its golden, so that a kernel is never judged by
members that share its mistakes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from fractbench.arithmetic.contract import Arithmetic
from fractbench.backend import Backend, Device, Kernel
from fractbench.errors import FractbenchError
from fractbench.goldens import goldens
from fractbench.plan import Plan
from fractbench.proof import prove
from fractbench.reference import reference_kernel
from fractbench.registry import load, points, status

FAST = "native"


@dataclass
class StrictMaker:
    """Prepares strict kernels for plans; `names` tells, by dtype, who did."""

    candidates: list[tuple[Backend, Device]]
    names: dict[str, str] = field(default_factory=dict)

    def __call__(self, plan: Plan) -> Kernel:
        """Return a kernel of the first candidate that has one and is proven."""
        for backend, device in self.candidates:
            try:
                kernel = _kernel(backend, device, plan)
            except FractbenchError:
                # A compiler that fails, or a device that refuses itself: the next one will do.
                kernel = None
            if kernel is not None:
                self.names[plan.arithmetic.dtype] = str(device)
                return kernel
        self.names[plan.arithmetic.dtype] = "host"
        return reference_kernel(plan)

    @property
    def fast(self) -> bool:
        """Whether millions of pixel-steps are a matter of seconds."""
        return any(backend.name == FAST for backend, _ in self.candidates)


def strict_maker(backend: Backend | None = None, device: Device | None = None) -> StrictMaker:
    """Return the maker for this host and, if one is under test, its Backend."""
    candidates = list(_native())
    if backend is not None and device is not None:
        candidates.append((backend, device))
    return StrictMaker(candidates)


def _native() -> Iterator[tuple[Backend, Device]]:
    if FAST in points() and (state := status(FAST)).available:
        yield load(FAST), state.devices[0]


def _kernel(backend: Backend, device: Device, plan: Plan) -> Kernel | None:
    offered = backend.offers(plan.problem, device, plan.arithmetic)
    if not offered or not proven(backend, device, plan.arithmetic):
        return None
    return backend.prepare(plan.problem, device, plan.arithmetic)


def proven(backend: Backend, device: Device, arithmetic: Arithmetic) -> bool:
    """Return whether a device gives the golden of an arithmetic; one that has none is not proven.

    Raises:
        FractbenchError: the device's canary refuses it.
    """
    wanted = (arithmetic.contract, arithmetic.dtype)
    if wanted not in {(g.contract, g.dtype) for g in goldens()}:
        return False
    return prove(backend, device, lambda _: None, arithmetic=arithmetic) == "proven"
