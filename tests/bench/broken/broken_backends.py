"""Backends that are wrong in every way that we could think of, for test_broken_backends.py.

They are found through the entry points beside this file, as a stranger's would be.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import Format
from fractbench.arithmetic.host import HostOps
from fractbench.arithmetic.ops import Ops
from fractbench.backend import Backend, Device, Kernel, Tile
from fractbench.kernel import OpsKernel
from fractbench.problems.base import Problem

Found = dict[str, np.ndarray]


class Honest:
    """The host's kernel; what is derived from it spoils the results."""

    name = "ops"
    tile = 32

    def __init__(self, problem: Problem, arithmetic: Arithmetic) -> None:
        self._inner = OpsKernel(problem, HostOps(arithmetic.format), arithmetic, 32, "broken")
        self._steps = problem.steps
        self.calls = 0

    def run(self, tile: Tile) -> Found:
        self.calls += 1
        return self.spoilt(tile, self._inner.run(tile))

    def trajectory(self, tile: Tile) -> np.ndarray:
        return self._inner.trajectory(tile)

    def spoilt(self, tile: Tile, found: Found) -> Found:
        return found

    @property
    def timed(self) -> bool:
        """Whether it is the benchmark's case that runs, no golden."""
        return self._steps == 7


class Unsynchronised(Honest):
    """Returns at once; the results arrive later."""

    def spoilt(self, tile: Tile, found: Found) -> Found:
        later = {name: np.zeros_like(array) for name, array in found.items()}

        def arrive() -> None:
            time.sleep(0.2)
            for name, array in found.items():
                later[name][:] = array

        if not self.timed:
            return found
        threading.Thread(target=arrive, daemon=True).start()
        return later


class Promise:
    """An array that is computed when somebody looks at it."""

    def __init__(self, array: np.ndarray) -> None:
        self._array = array

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        return self._array


class Deferred(Honest):
    """Returns promises instead of results."""

    def spoilt(self, tile: Tile, found: Found) -> Any:
        return {n: Promise(a) for n, a in found.items()} if self.timed else found


class Cached(Honest):
    """Computes each part of a map once, and gives it out again by its place."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._kept: dict[int, Found] = {}

    def spoilt(self, tile: Tile, found: Found) -> Found:
        return self._kept.setdefault(tile.start, found) if self.timed else found


class Zeros(Honest):
    """Does nothing."""

    def spoilt(self, tile: Tile, found: Found) -> Found:
        return {n: np.zeros_like(a) for n, a in found.items()} if self.timed else found


class Previous(Honest):
    """Gives the results of the tile before."""

    _before: Found | None = None

    def spoilt(self, tile: Tile, found: Found) -> Found:
        before, self._before = self._before, found
        return before if before is not None and self.timed else found


class Crashes(Honest):
    """Reads what is not there."""

    def spoilt(self, tile: Tile, found: Found) -> Found:
        if self.timed and self.calls > 6:
            import ctypes

            sys.stderr.write(f"reading at {os.path.expanduser('~')}/nothing\n")
            sys.stderr.flush()
            ctypes.string_at(0)
        return found


class Exits(Honest):
    """Ends the process politely."""

    def spoilt(self, tile: Tile, found: Found) -> Found:
        if self.timed and self.calls > 6:
            os._exit(0)
        return found


class Hangs(Honest):
    """Never comes back."""

    def spoilt(self, tile: Tile, found: Found) -> Found:
        if self.timed and self.calls > 6:
            time.sleep(3600)
        return found


class Leaks(Honest):
    """Keeps 64 MiB of each call."""

    held: list[np.ndarray] = []  # noqa: RUF012 - that is the leak

    def spoilt(self, tile: Tile, found: Found) -> Found:
        if self.timed:
            self.held.append(np.ones(8 << 20))
        return found


class FirstOnly(Honest):
    """Right when it is looked at first."""

    def spoilt(self, tile: Tile, found: Found) -> Found:
        if self.timed and self.calls > 2:
            found["sum_v"] = found["sum_v"] + np.float32(self.calls)
        return found


class Chatty(Honest):
    """Right, but it prints on the benchmark's own line."""

    def spoilt(self, tile: Tile, found: Found) -> Found:
        print('{"answer": {"host_ns": 1}}', flush=True)
        os.write(1, b'{"answer": null}\n')
        return found


class Unseeded(Honest):
    """Another rounding now and then."""

    def spoilt(self, tile: Tile, found: Found) -> Found:
        if self.timed and self.calls > 4 and self.calls % 3 == 0:
            found["last"] = np.nextafter(found["last"], np.float32(9))
        return found


class Broken(Backend):
    """The host's Ops, and one of the kernels above."""

    install = "pip install something"

    def __init__(self, kernel: type[Honest]) -> None:
        self.name = kernel.__name__.lower()  # type: ignore[misc]
        self._kernel = kernel

    def version(self) -> str:
        return "1.0"

    def devices(self) -> Sequence[Device]:
        return (Device(self.name, "cpu", "a chip"),)

    def ops(self, device: Device, fmt: Format) -> Ops:
        return HostOps(fmt)

    def prepare(
        self, problem: Problem, device: Device, arithmetic: Arithmetic, kernel: str = "auto"
    ) -> Kernel:
        self.check_kernel(problem, device, arithmetic, kernel)
        return self._kernel(problem, arithmetic)


class AbortsOnImport(Broken):
    """A library that ends the process as soon as it is loaded."""

    def version(self) -> str:
        os.abort()


honest = Broken(Honest)
unsynchronised = Broken(Unsynchronised)
deferred = Broken(Deferred)
cached = Broken(Cached)
zeros = Broken(Zeros)
previous = Broken(Previous)
crashes = Broken(Crashes)
exits = Broken(Exits)
hangs = Broken(Hangs)
leaks = Broken(Leaks)
first_only = Broken(FirstOnly)
chatty = Broken(Chatty)
unseeded = Broken(Unseeded)
aborts_on_import = AbortsOnImport(Honest)
