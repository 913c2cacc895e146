"""cost: predicted pixel-steps per second, from the instructions of a step. Nothing is measured.

A step takes as long as the scarcest of four things: a scheduler issues one instruction a clock for
32 lanes; its units for float32 arithmetic, and those for comparing, selecting and integers, may
take longer than a clock for 32 lanes; a core's threadgroup memory serves all its schedulers, lane
exchanges too. Latency, caches, clocks that fall under load and pixels that wait for their
neighbours are left out, so that the figure is a limit rather than an expectation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fractbench.errors import UsageError

GROUP = 32
"""Lanes of a warp or SIMD group."""
ARITHMETIC = ("fused", "product", "sum")
SECOND = ("compare", "integer")
"""Kinds of fractbench/simt/sass/count.py that have units of their own on NVIDIA's chips."""
MEMORY = {"load of 128 bits": 4, "load": 1, "exchange": 1}
"""Clocks of a core's threadgroup memory for 32 lanes, which take 128 bytes a clock."""


@dataclass(frozen=True)
class Chip:
    """A GPU: its cores (multiprocessors), each with four schedulers, and their clock in Hz.

    `arithmetic` and `second` are the clocks that an instruction for 32 lanes keeps a scheduler's
    units; 0 where nothing but the issue limits them. `memory` tells whether MEMORY is known of it.
    """

    name: str
    cores: int
    clock: float
    arithmetic: int = 1
    second: int = 0
    memory: bool = False
    schedulers: int = 4

    @property
    def peak(self) -> float:
        """Operations per second in float32, two for a multiply-add."""
        return 2 * GROUP * self.cores * self.schedulers * self.clock / self.arithmetic


@dataclass(frozen=True)
class Prediction:
    """Pixel-steps per second, the scarcest thing, and how much of its time is used to issue."""

    rate: float
    limit: str
    issued: float

    def share(self, operations: int, peak: float) -> float:
        """Return the part of a peak that the published count of operations makes at this rate."""
        return self.rate * operations / peak


def added(parts: Iterable[tuple[float, Mapping[str, float]]]) -> dict[str, float]:
    """Return the instructions of a step by kind: counts times how often they run, summed."""
    whole: dict[str, float] = {}
    for times, counts in parts:
        for kind, count in counts.items():
            whole[kind] = whole.get(kind, 0.0) + times * count
    return whole


def predict(chip: Chip, counts: Mapping[str, float], lanes: int) -> Prediction:
    """Return the predicted rate of a chip whose lanes run so many instructions in a step.

    Args:
        chip: the GPU.
        counts: instructions of a lane in a step, by kind.
        lanes: those that train one pixel.

    Raises:
        UsageError: a count is negative, there are none, or lanes do not divide 32.
    """
    if lanes < 1 or GROUP % lanes:
        raise UsageError(f"lanes is {lanes}; those of a pixel have to divide {GROUP}")
    if not sum(counts.values()) or min(counts.values()) < 0:
        raise UsageError(f"instructions are {dict(counts)}; a step has some and none is negative")

    def held(kinds: Iterable[str]) -> float:
        return sum(counts.get(kind, 0.0) for kind in kinds)

    memory = sum(clocks * counts.get(kind, 0.0) for kind, clocks in MEMORY.items())
    clocks = {
        "issue": sum(counts.values()),
        "float32 units": chip.arithmetic * held(ARITHMETIC),
        "integer units": chip.second * held(SECOND),
        "threadgroup memory": chip.schedulers * memory if chip.memory else 0.0,
    }
    limit = max(clocks, key=lambda name: clocks[name])
    pixels = chip.cores * chip.schedulers * GROUP / lanes
    return Prediction(pixels * chip.clock / clocks[limit], limit, clocks["issue"] / clocks[limit])
