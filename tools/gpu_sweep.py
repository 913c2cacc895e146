"""Group shapes of the GPU text on one device: each proven on a golden and in place, then timed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.bits import differing_bits
from fractbench.arithmetic.contract import Arithmetic
from fractbench.backend import Device, Kernel
from fractbench.bench.clock import Clock, WallClock
from fractbench.bench.failure import FailedError
from fractbench.bench.opened import Opened
from fractbench.bench.proving import spread
from fractbench.bench.timing import timed_pass
from fractbench.bench.work import Found, Work
from fractbench.errors import UsageError
from fractbench.execute import execute
from fractbench.goldens import Golden, goldens
from fractbench.plan import Plan
from fractbench.problems.mlp import Mlp
from fractbench.reference import reference_kernel
from fractbench.request import Request
from fractbench.simt.kernel import SimtKernel
from fractbench.simt.launcher import Make
from fractbench.simt.variant import Shape

LANES, TOGETHER, THREADS = (4, 8, 16), (1, 2, 3), (64, 128, 256)
CONTRACTS = ("strict", "fma")
CASE = ("tanh", "odd")
"""A golden whose size is no multiple of any group's."""
PASSES = 3
"""Timed maps of each shape, of which the best counts."""
Prepare = Callable[[Plan, Shape], Kernel]


@dataclass(frozen=True)
class Tried:
    """A shape under a contract: pixel-steps per second, or what is wrong with it."""

    device: str
    contract: str
    shape: Shape
    rate: float | None = None
    trouble: str = ""

    def row(self) -> tuple[str, ...]:
        """Return a line of the table: COLUMNS."""
        shape = self.shape
        numbers = (shape.lanes, shape.pixels * shape.lanes, shape.together)
        rate = "-" if self.rate is None else f"{self.rate:,.0f}"
        return (self.device, self.contract, *map(str, numbers), rate, self.trouble or "-")


COLUMNS = ("device", "contract", "lanes", "threads", "groups together", "pixel-steps/s", "trouble")


def shapes(device: Device) -> Iterator[Shape]:
    """Yield every shape; only CUDA's text knows how many groups are to fit together."""
    cuda = device.name.startswith("cuda")
    for lanes in LANES:
        for threads in THREADS:
            for together in TOGETHER if cuda else TOGETHER[:1]:
                yield Shape(lanes, threads // lanes, together)


def sweep(
    device: Device, size: str, steps: int, prepare: Prepare, clock: Clock | None = None
) -> Iterator[Tried]:
    """Try every shape under both contracts; whatever fails is a row with its trouble.

    Args:
        device: where.
        size: of the map of `tanh` that is timed, as one types it.
        steps: of its training.
        prepare: makes the kernel of a plan in a shape.
        clock: of the times.
    """
    for contract in CONTRACTS:
        plan = Request("tanh", contract, size=size, steps=steps).plan()
        for shape in shapes(device):
            tried = partial(Tried, str(device), contract, shape)
            try:
                yield tried(timed(plan, shape, prepare, clock or WallClock()))
            except Exception as error:
                # Compilers and drivers fail in ways of their own, and none may end the sweep.
                text = str(error).strip() or type(error).__name__
                yield tried(trouble=text.splitlines()[0].replace("|", "/")[:200])


def timed(plan: Plan, shape: Shape, prepare: Prepare, clock: Clock) -> float:
    """Return a shape's pixel-steps per second, after it gave a golden and the host's bits.

    Raises:
        FailedError: it did not, or a timed map is not the first one.
    """
    golden = _golden(plan.arithmetic)
    digest = execute(golden.plan(), prepare(golden.plan(), shape)).digest
    if digest != golden.digest:
        raise FailedError("mismatch", f"wrong digest of {golden.problem} {golden.case}: {digest}")
    kernel = prepare(plan, shape)
    work = Work(plan, kernel)
    _, found = timed_pass(work, kernel, work.offset(0), clock)
    _compare(plan, found)
    opened = Opened(work, kernel, work.map(found), clock)
    best = min(opened.next_pass()[0].host for _ in range(PASSES))
    return plan.grid.pixels * plan.problem.steps / max(best, 1) * 1e9


def every_step(plan: Plan, shape: Shape, make: Make, device: Device) -> Kernel:
    """Return the kernel `whole` of a plan in a shape."""
    assert isinstance(plan.problem, Mlp)
    return SimtKernel(
        plan.problem, plan.arithmetic, make, shape, device=str(device), early_exit=False
    )


def maker(device: Device) -> Make:
    """Return what compiles a Variant for a device through its backend's launcher.

    Raises:
        UsageError: the backend has none there.
    """
    kind = device.name.partition(":")[0]
    if device.backend == "torch" and kind != "cpu":
        from fractbench_torch.launcher import maker as torch_maker

        return torch_maker(device.name)
    if device.backend == "opencl":
        from fractbench_opencl.launcher import OpenclLauncher

        return partial(OpenclLauncher, device=device.name)
    if device.backend == "mlx" and kind != "cpu":
        import mlx.core as mx

        from fractbench_mlx.launcher import MlxLauncher

        place = mx.Device(mx.gpu, int(device.name.partition(":")[2] or 0))
        return partial(MlxLauncher, device=place, dialect="metal" if kind == "metal" else "cuda")
    raise UsageError(f"{device} has no launcher of the GPU text; type another of --devices")


def best(tried: list[Tried]) -> list[Tried]:
    """Return the fastest shape of each device and contract."""
    found: dict[tuple[str, str], Tried] = {}
    for one in tried:
        key = (one.device, one.contract)
        if one.rate is not None and one.rate > (found[key].rate or 0 if key in found else 0):
            found[key] = one
    return list(found.values())


def _golden(arithmetic: Arithmetic) -> Golden:
    wanted = (*CASE, arithmetic.contract, arithmetic.dtype)
    return next(g for g in goldens() if (g.problem, g.case, g.contract, g.dtype) == wanted)


def _compare(plan: Plan, found: Found) -> None:
    """Compare pixels spread over a map with the host's, bit by bit.

    Raises:
        FailedError: they differ.
    """
    places, expected = _expected(plan)
    for name, values in expected.items():
        wrong = int(differing_bits(found[name][places], values).sum())
        if wrong:
            raise FailedError("mismatch", f"{wrong} of {len(places)} pixels are not the host's")


@lru_cache(maxsize=4)
def _expected(plan: Plan) -> tuple[NDArray[np.int64], Found]:
    """Return places of a map, and what the host makes there; it serves all shapes."""
    places = spread(plan, plan.grid.pixels)
    return places, reference_kernel(plan).run(plan.gather(places))
