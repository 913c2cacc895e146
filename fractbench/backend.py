"""Backend, Device and Kernel: what a framework is to fractbench (`api` = 1).

To add a Backend, publish an entry point in the group ``fractbench.backends`` that names an instance
of a subclass of `Backend`:

    class Tiny(Backend):
        name = "tiny"
        install = "pip install fractbench-tiny"

        def version(self): ...              # of the framework; imports it
        def devices(self): ...              # what is there, best first
        def ops(self, device, fmt): ...     # an Ops for that device

That gives every Problem under ``strict`` in float32, and in the dtypes that `formats` names. A
Backend with kernels of its own also overrides `kernels` and `prepare`. Nothing may be imported
from the framework before one of these methods is called. docs/backends.md has an example that the
tests run.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.contract import PERTURBED, Arithmetic, arithmetics
from fractbench.arithmetic.formats import Format
from fractbench.arithmetic.ops import Ops
from fractbench.errors import BackendUnavailableError, UsageError, nearest
from fractbench.problems.base import Problem
from fractbench.tree import map_tree

API = 1
"""The version of this module's protocols; a Backend that declares another is refused."""


@dataclass(frozen=True)
class Device:
    """A thing a Backend runs on; `name` is what one types after the colon: ``cpu``, ``cuda:0``."""

    backend: str
    name: str
    chip: str = ""

    def __str__(self) -> str:
        """Return ``backend:device``."""
        return f"{self.backend}:{self.name}"


@dataclass(frozen=True)
class Tile:
    """A run of consecutive pixels with everything drawn for them.

    `pixels` holds ``x`` and, with two axes, ``y``, both (count,), and per-pixel draws whose last
    axis is the pixel.
    """

    start: int
    count: int
    pixels: Mapping[str, Any]

    def parts(self, most: int) -> Iterator[Tile]:
        """Yield Tiles of at most so many pixels that make up this one."""
        if self.count <= most:
            yield self
            return
        for first in range(0, self.count, most):
            count = min(most, self.count - first)
            cut = slice(first, first + count)
            yield Tile(
                self.start + first, count, map_tree(itemgetter((..., cut)), dict(self.pixels))
            )


@dataclass(frozen=True)
class Probe:
    """A fixed piece of work that shows what a Device can do through its framework.

    `run(n)` does it n times and returns only when the device has done it; `work` is what one time
    counts for, in the unit of its kind.
    """

    run: Callable[[int], None]
    work: float


PROBES = {
    "multiply_add": "floating-point operations, in registers; products fused where it fuses them",
    "multiply_then_add": "floating-point operations, in registers; products and sums both rounded",
    "gemm": "floating-point operations of one large matrix product",
    "copy": "bytes read and written by copies of arrays far larger than any cache",
    "launch": "launches: the smallest operation, started and waited for",
}
"""The kinds of Probes, and the units of their work."""


class Kernel(Protocol):
    """A Backend's implementation of one Problem under one Arithmetic on one Device."""

    name: str
    """``ops``, ``fused``, ``whole``, ``published``, ``idiomatic`` or ``tuned``.

    ``fused`` kernels may leave overflowed pixels early, and then have an attribute `early_exit`
    that is true; ``whole`` ones run every step, as rooflines need it. Any Kernel may have an
    attribute `note`: one line for the user, such as why it is not a faster one.
    """
    tile: int
    """The number of pixels that it likes to take at once."""

    def run(self, tile: Tile) -> dict[str, NDArray[Any]]:
        """Return the Problem's accumulators, each (count,), complete and on the host."""

    def trajectory(self, tile: Tile) -> NDArray[np.floating]:
        """Return the watched signal (the loss) of every step, shape (steps, count)."""


class Backend(ABC):
    """One framework or compiler; see the module's text."""

    name: ClassVar[str]
    api: int = API
    install: ClassVar[str] = ""
    """The exact command that installs what is missing."""

    @abstractmethod
    def version(self) -> str:
        """Return the framework's version; the first call imports it."""

    @abstractmethod
    def devices(self) -> Sequence[Device]:
        """Return the Devices that are there now, the preferred one first."""

    @abstractmethod
    def ops(self, device: Device, fmt: Format) -> Ops:
        """Return the framework's Ops on a Device."""

    def note(self) -> str:
        """Return what a user must know of the devices found, or nothing."""
        return ""

    def formats(self, device: Device) -> Sequence[str]:
        """Return the dtypes that a Device has in hardware: float32, and perhaps float64."""
        return ("float32",)

    def kernels(self, problem: Problem, device: Device, arithmetic: Arithmetic) -> Sequence[str]:
        """Return the names of the Kernels that `prepare` knows, the fastest proven one first.

        The device's dtypes and the Problem's contracts were asked before (see `offers`).
        """
        return ("ops",) if arithmetic.contract == "strict" else ()

    def offers(self, problem: Problem, device: Device, arithmetic: Arithmetic) -> Sequence[str]:
        """Return the names of the Kernels for an Arithmetic.

        There are none if the device lacks the dtype, or the contract means nothing to the Problem.
        """
        if arithmetic.format.name not in self.formats(device):
            return ()
        if arithmetic.contract not in problem.contracts:
            return ()
        if arithmetic.contract == PERTURBED:
            # The deep zoom runs the kernels of `strict` on differences: fractbench/zoom/.
            strict = Arithmetic("strict", arithmetic.format)
            return (PERTURBED,) if self.kernels(problem, device, strict) else ()
        return self.kernels(problem, device, arithmetic)

    def tile(self, problem: Problem, device: Device) -> int:
        """Return the pixels that an ``ops`` Kernel takes at once."""
        return 256

    def prepare(
        self, problem: Problem, device: Device, arithmetic: Arithmetic, kernel: str = "auto"
    ) -> Kernel:
        """Compile, upload and check whatever is needed, so that `Kernel.run` only runs.

        Raises:
            CanaryError: the device does not compute as the contract demands.
            UsageError: there is no Kernel of that name.
        """
        from fractbench.kernel import OpsKernel

        self.check_kernel(problem, device, arithmetic, kernel)
        ops = self.ops(device, arithmetic.format)
        return OpsKernel(problem, ops, arithmetic, self.tile(problem, device), str(device))

    def probe(self, kind: str, device: Device, fmt: Format) -> Probe | None:
        """Return the Probe of a kind in `PROBES`, or None if the framework has no way to run it."""
        return None

    def precision(self, device: Device) -> dict[str, str]:
        """Return the settings, as in force now, that decide how the framework rounds and runs.

        Neither names nor values may hold anything of the person or the machine's paths.
        """
        return {}

    def threads(self, device: Device) -> int | None:
        """Return the host's threads that kernels on a CPU use, None on other devices."""
        return None

    def peak_memory(self, device: Device) -> int | None:
        """Return the most bytes that the device held since the process began, if it is counted."""
        return None

    def check_kernel(
        self, problem: Problem, device: Device, arithmetic: Arithmetic, kernel: str
    ) -> None:
        """Refuse an Arithmetic or a Kernel's name that is not offered here.

        Raises:
            UsageError: it is not.
        """
        wanted = arithmetic.format.name
        if wanted not in self.formats(device):
            able = [str(d) for d in self.devices() if wanted in self.formats(d)]
            instead = f" or --backend {able[-1]}" if able else ""
            raise UsageError(
                f"{device} has no {wanted}; type --dtype {self.formats(device)[0]}{instead}"
            )
        known = self.offers(problem, device, arithmetic)
        if kernel in known or (known and kernel == "auto"):
            return
        if arithmetic.contract == PERTURBED and known:
            raise UsageError(
                f"a deep zoom has no kernel {kernel!r}: it takes the fastest there is; type "
                "--kernel auto"
            )
        others = {a: names for a in arithmetics() if (names := self.offers(problem, device, a))}
        fitting = [str(a) for a, names in others.items() if kernel in ("auto", *names)]
        if not known:
            fitting = fitting or [str(a) for a in others]
        if fitting:
            what = "kernel" if kernel == "auto" else f"kernel {kernel!r}"
            raise UsageError(
                f"{device} has no {what} for {problem.spec} under {arithmetic}; "
                f"type {' or '.join(fitting)}"
            )
        if not known:
            raise UsageError(
                f"{device} has no kernel for {problem.spec}; type fractbench backends -v to see "
                "what there is"
            )
        names = ("auto", *known)
        raise UsageError(
            f"{device} has no kernel {kernel!r}{nearest(kernel, names)} for {problem.spec}; "
            f"type --kernel {' or --kernel '.join(names)}"
        )

    def device(self, name: str | None) -> Device:
        """Return the named Device, or the preferred one; a named one never falls back.

        Raises:
            UsageError: it is not there.
            BackendUnavailableError: no Device is.
        """
        found = self.devices()
        if not found:
            raise BackendUnavailableError(f"{self.name} finds no device; {self.install}")
        if name is None:
            return found[0]
        for device in found:
            if name in (device.name, device.name.removesuffix(":0")):
                return device
        there = ", ".join(str(d) for d in found)
        raise UsageError(
            f"{self.name} has no device {name!r} here{nearest(name, [d.name for d in found])}; "
            f"there is: {there}"
        )
