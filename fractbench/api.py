"""run: the whole way from a problem's name to a Map, for Python."""

from __future__ import annotations

import platform
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

from fractbench.backend import Backend, Device, Kernel
from fractbench.errors import UsageError
from fractbench.execute import Progress, execute, journal_of, silent, tile_size
from fractbench.files import writable_folder
from fractbench.journal import Journal
from fractbench.kernels import kernel_of, unheard
from fractbench.map import Map
from fractbench.plan import Plan
from fractbench.problems.base import Problem
from fractbench.proof import prove
from fractbench.registry import select
from fractbench.request import Request, folder, integer, words


@dataclass(frozen=True)
class Prepared:
    """A Plan with the Kernel that will make it."""

    plan: Plan
    backend: Backend
    device: Device
    kernel: Kernel
    seconds: float

    def journal(self, folder: Path, tile: int | None) -> Journal:
        """Return the Journal of this plan, made by this kernel, in a folder."""
        size = tile_size(self.plan, self.kernel, tile)
        return journal_of(self.plan, folder, size, self.made())

    def execute(
        self, tile: int | None = None, journal: Journal | None = None, progress: Progress = silent
    ) -> Map:
        """Run the kernel over the plan; the Map remembers who made it."""
        return execute(
            self.plan, self.kernel, tile=tile, journal=journal, progress=progress,
            made=self.made(),
        )  # fmt: skip

    def made(self) -> dict[str, Any]:
        """Return what the Map should remember of its making."""
        return {
            "backend": self.device.backend,
            "device": str(self.device),
            "chip": self.device.chip,
            "kernel": self.kernel.name,
            "backend_version": self.backend.version(),
            "fractbench_version": version("fractbench"),
            "python_version": platform.python_version(),
            "prepare_seconds": self.seconds,
            **getattr(self.kernel, "facts", {}),
        }


def prepare(
    request: Request,
    backend: str | None = None,
    kernel: str = "auto",
    ready: Callable[[Plan, Backend, Device], None] | None = None,
    say: Callable[[str], None] = unheard,
) -> Prepared:
    """Resolve a Request and prepare a Kernel for it; `ready` is called before the Kernel is made.

    `say` is told how a deep zoom finds its references.

    Raises:
        FractbenchError: the request, the backend or the device is not as it must be.
    """
    plan = request.plan()
    chosen, device = select(None if backend is None else words(backend, "backend"))
    kernel = words(kernel, "kernel")
    chosen.check_kernel(plan.problem, device, plan.arithmetic, kernel)
    if ready:
        ready(plan, chosen, device)
    begun = perf_counter()
    made = kernel_of(plan, chosen, device, kernel, say)
    return Prepared(plan, chosen, device, made, perf_counter() - begun)


def run(
    problem: str | Problem = "tanh",
    *,
    backend: str | None = None,
    kernel: str = "auto",
    tile: int | None = None,
    out: str | Path | None = None,
    progress: Progress = silent,
    **options: Any,
) -> Map:
    """Train a network at every pixel and return the Map.

    Args:
        problem: a specification, for example ``"tanh"`` or ``"relu:width=8"``, or a Problem.
        backend: ``"jax"``, ``"torch:cuda:0"``, ...; MLX if it works here, else NumPy.
        kernel: ``"auto"`` or a kernel's name.
        tile: pixels at a time.
        out: a folder that keeps finished tiles until the map is whole, so that the same call goes
            on where an interrupted one stopped.
        progress: is called with a number of finished pixels and whether they are fresh.
        **options: the other fields of `fractbench.request.Request`: contract, dtype, preset, size,
            steps, view, window, center, width, draws, seed.

    The first use of a device makes one golden map; a RuntimeWarning tells if it does not match.

    Raises:
        UsageError: something asked for is not allowed.
        BackendUnavailableError: the backend cannot be used here.
    """
    unknown = sorted(set(options) - set(Request.__dataclass_fields__))
    if unknown:
        raise UsageError(f"run() takes no option {unknown[0]!r}; see help(fractbench.run)")
    request = Request(problem=problem, **options)
    pixels = None if tile is None else integer(tile, "tile")
    if pixels is not None and pixels < 1:
        raise UsageError(f"tile {pixels} is not allowed; type 1 or more pixels")
    ready = prepare(request, backend, kernel, _prove)
    if note := getattr(ready.kernel, "note", ""):
        warnings.warn(note, RuntimeWarning, stacklevel=2)
    if out is None:
        return ready.execute(pixels, progress=progress)
    with ready.journal(writable_folder(folder(out)), pixels) as journal:
        made = ready.execute(pixels, journal, progress)
        journal.remove()
    return made


def _prove(plan: Plan, backend: Backend, device: Device) -> None:
    said: list[str] = []
    if prove(backend, device, said.append, arithmetic=plan.arithmetic) == "MISMATCH":
        warnings.warn(said[0], RuntimeWarning, stacklevel=4)
