"""FusedKernel: what the fused kernels share: chunks over threads, and the call into a library."""

from __future__ import annotations

import ctypes
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.contract import Arithmetic
from fractbench.backend import Tile
from fractbench.ready import ready
from fractbench_native.threads import chunks, share, threads

LANES = 16
"""Chunks are multiples of it, so that vectors are full whatever their width."""
CHUNK = 512
"""Pixels that finished ones make room in: of 512, the last half-filled vector costs a few %."""
WORK = 1 << 20
"""Pixel-steps of a tile and thread: a second or three between two signs of progress."""


class FusedKernel(ABC):
    """A pixel's whole training without leaving the processor's caches."""

    accumulators: ClassVar[tuple[str, ...]]
    _library: ctypes.CDLL

    def __init__(
        self, steps: int, arithmetic: Arithmetic, early_exit: bool, cost: float = 1.0
    ) -> None:
        """Choose the threads, and tiles and chunks that keep them busy but not for long.

        `cost` is that of a pixel-step, 1 for width 16 and 272 samples.
        """
        self.early_exit = early_exit
        self.name = "fused" if early_exit else "whole"
        self.workers = threads()
        pixels = max(1, int(WORK / (steps * cost * LANES))) * LANES
        self.chunk = min(CHUNK, pixels)
        self.tile = pixels * self.workers
        self._steps, self._dtype = steps, arithmetic.format.dtype

    @abstractmethod
    def _task(self, tile: Tile, out: NDArray[Any], losses: NDArray[Any] | None) -> Any:
        """Return the structure that tells the library what to do; it keeps its arrays alive."""

    def run(self, tile: Tile) -> dict[str, NDArray[Any]]:
        """Return the accumulators of a tile's pixels, each (count,)."""
        out = self._call(tile, None)
        return dict(zip(self.accumulators, out, strict=True))

    def trajectory(self, tile: Tile) -> NDArray[Any]:
        """Return the loss of every step, (steps, count)."""
        losses = np.zeros((self._steps, tile.count), self._dtype)
        self._call(tile, losses)
        return losses

    def _call(self, tile: Tile, losses: NDArray[Any] | None) -> NDArray[Any]:
        out = np.zeros((len(self.accumulators), tile.count), self._dtype)
        task = self._task(tile, out, losses)

        def work(first: int, count: int) -> None:
            span = ctypes.c_int64(first), ctypes.c_int64(count)
            if self._library.fb_run(ctypes.byref(task), *span):
                raise MemoryError(f"no memory for {count} pixels")

        share(work, chunks(tile.count, self.workers, LANES, self.chunk), self.workers)
        ready()
        return out


def filled(
    kind: type[ctypes.Structure], arrays: Mapping[str, NDArray[Any] | None], **numbers: float
) -> Any:
    """Return a structure with the addresses of arrays, which it keeps alive, and with numbers."""
    held = {n: None if a is None else np.ascontiguousarray(a) for n, a in arrays.items()}
    pointers = {n: None if a is None else a.ctypes.data for n, a in held.items()}
    task: Any = kind(**pointers, **numbers)
    task.arrays = held
    return task
