"""TunedKernel: all pixels of a block share one GEMM, in buffers that stay in the cache.

When to use it: for the fastest maps that NumPy makes.

Measured (2 cores of an AMD EPYC with 1 MiB of L2 each, width 16, 272 samples, float32; us per
pixel-step of one core, 7.2 in all): the two GEMMs 2.1 and 1.5 (70 GFLOP/s), tanh 1.1, the products
with v and with the errors 0.4 each, the derivative 1.8. float64 runs at 0.42 of this rate.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from fractbench.backend import Tile
from fractbench.free import Pixels, Training, blocks, part, pixels
from fractbench.machine import cores
from fractbench.ready import ready
from fractbench_numpy.blas import one_blas_thread
from fractbench_numpy.descent import Descent
from fractbench_numpy.sums import Sums

Floats = NDArray[np.floating]
T = TypeVar("T")

CACHE = 1 << 19
"""Bytes that the hidden units of a block may take, half of the L2 here; its pixels follow.
Measured: 16 to 128 pixels of 17 kB are within 10 %, 8 give 0.73 of the best rate."""
BLOCKS = 4
"""Blocks per core in a tile, so that a core that is busy elsewhere does not hold up a tile."""


class TunedKernel:
    """Trains blocks of pixels, one block a thread; float32 or float64 throughout.

    NumPy releases the GIL in products and in elementwise passes.
    """

    name = "tuned"

    def __init__(self, net: Training) -> None:
        """Choose the block, in pixels, and the number of threads."""
        self._net, self._threads = net, cores()
        one = net.width * max(net.samples, net.width) * net.y.dtype.itemsize
        self.block = max(1, CACHE // one)
        self.tile = self.block * self._threads * BLOCKS

    def run(self, tile: Tile) -> dict[str, Floats]:
        """Return the accumulators, each (count,)."""
        found = self._each(pixels(tile), self._sums)
        ready()
        return {name: np.concatenate([sums[name] for sums in found]) for name in found[0]}

    def trajectory(self, tile: Tile) -> Floats:
        """Return the losses, (steps, count)."""
        return np.concatenate(self._each(pixels(tile), self._losses), axis=1)

    def _each(self, px: Pixels, job: Callable[[Pixels], T]) -> list[T]:
        """Do a job for every block of pixels, as even as they can be, and keep their order."""
        parts = [part(px, *cut) for cut in blocks(len(px.x), self.block, self._threads)]
        with one_blas_thread(), ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(job, parts))

    def _sums(self, px: Pixels) -> dict[str, Floats]:
        sums = Sums(self._net, len(px.x))
        with np.errstate(all="ignore"):
            for loss in Descent(self._net, px).losses():
                sums.observe(loss)
        return sums.result()

    def _losses(self, px: Pixels) -> Floats:
        with np.errstate(all="ignore"):
            return np.array(list(Descent(self._net, px).losses()))
