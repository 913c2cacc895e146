"""Fakes for harness tests: a Backend whose Kernel computes nothing, and a scripted clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import Format
from fractbench.arithmetic.host import HostOps
from fractbench.arithmetic.ops import Ops
from fractbench.backend import Backend, Device, Kernel, Tile
from fractbench.kernel import OpsKernel
from fractbench.problems.base import Problem


class ScriptedClock:
    """Returns the given times one after the other."""

    def __init__(self, times: Iterable[float]) -> None:
        self._times = iter(times)

    def __call__(self) -> float:
        return next(self._times)


class FakeKernel:
    """Gives every pixel accumulators that depend on its place alone, and counts its tiles."""

    name = "fake"
    tile = 16

    def __init__(self, problem: Problem, before: Callable[[int], None] = lambda _: None) -> None:
        self._names, self._before = problem.accumulators, before
        self.starts: list[int] = []

    def run(self, tile: Tile) -> dict[str, np.ndarray]:
        """Return x + n y in the n-th accumulator; `before` may interrupt."""
        self._before(len(self.starts))
        self.starts.append(tile.start)
        x, y = tile.pixels["x"], tile.pixels.get("y", tile.pixels["x"])
        return {name: x + np.float32(n) * y for n, name in enumerate(self._names)}

    def trajectory(self, tile: Tile) -> np.ndarray:
        """Return one step of the first accumulator."""
        return self.run(tile)[self._names[0]][None]


class HostBackend(Backend):
    """The host's Ops under another name; `spoil` may change each Kernel it prepares."""

    name = "host"
    install = "pip install something"

    def __init__(self, spoil: Callable[[OpsKernel], Any] = lambda _: None, ops: Any = HostOps):
        self._spoil, self._make_ops = spoil, ops

    def version(self) -> str:
        return "1.0"

    def devices(self) -> Sequence[Device]:
        return (Device(self.name, "cpu", "a chip"),)

    def ops(self, device: Device, fmt: Format) -> Ops:
        return self._make_ops(fmt)

    def prepare(
        self, problem: Problem, device: Device, arithmetic: Arithmetic, kernel: str = "auto"
    ) -> Kernel:
        made = super().prepare(problem, device, arithmetic, kernel)
        assert isinstance(made, OpsKernel)
        self._spoil(made)
        return made


class Point:
    """An entry point that loads an object or raises."""

    def __init__(self, name: str, thing: Any) -> None:
        self.name, self._thing = name, thing

    def load(self) -> Any:
        if isinstance(self._thing, Exception):
            raise self._thing
        return self._thing


def register(monkeypatch: Any, *backends: tuple[str, Any]) -> None:
    """Make the registry find the given backends, and nothing else, for one test."""
    found = {name: Point(name, thing) for name, thing in backends}
    monkeypatch.setattr("fractbench.registry.points", lambda: found)
