"""TunedKernel: all pixels of a block share one GEMM; a compiled step, block by block.

When to use it: for the fastest maps that PyTorch makes under `free`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from fractbench.backend import Tile
from fractbench.free import Pixels, Training, blocks, part, pixels
from fractbench.held import Block
from fractbench_torch import sums
from fractbench_torch.descent import descend, fixed, start
from fractbench_torch.held import block, data
from fractbench_torch.loop import Loop, State, many_shapes, many_shapes_in_worker
from fractbench_torch.scope import one_thread, scoped

Array = Any
T = TypeVar("T")

CPU_OPTIONS = {"cpp_wrapper": True, "cpp.threads": 1}
"""Of the compiler: a C++ wrapper, which releases the GIL, and no threads inside a step."""


class TunedKernel:
    """Trains blocks of pixels of one size, `threads` of them at a time.

    In float32 and float64 everything has that dtype. In bfloat16 and float16 weights, data,
    activations, products and gradients are narrow; errors, losses, rates, updates before they are
    rounded and accumulators are float32. In tf32 the GPU's matrix units round what they multiply.
    """

    name = "tuned"

    def __init__(
        self, net: Training, products: str, device: str, block: int, threads: int, tile: int
    ) -> None:
        """Upload the network; `block` counts pixels."""
        self.tile, self.block, self.threads = tile, block, threads
        self._net, self._device = net, torch.device(device)
        self._tf32 = products == "tf32"
        self._products = net.y.dtype.name if self._tf32 else products
        self._data = data(net, self._products, self._device)
        self._loop = Loop(partial(descend, net), self._device, CPU_OPTIONS)
        self._compiled = False

    def run(self, tile: Tile) -> dict[str, NDArray[Any]]:
        """Return the accumulators, each (count,)."""

        def job(px: Block, count: int) -> dict[str, NDArray[Any]]:
            return sums.result(self._train(px, None)[2:6], count)

        found = self._each(pixels(tile), job)
        return {name: np.concatenate([f[name] for f in found]) for name in found[0]}

    def trajectory(self, tile: Tile) -> NDArray[Any]:
        """Return the losses, (steps, count)."""

        def job(px: Block, count: int) -> NDArray[Any]:
            seen: list[Array] = []
            self._train(px, seen)
            return np.asarray(torch.stack(seen).cpu().numpy())[:, :count]

        return np.concatenate(self._each(pixels(tile), job), axis=1)

    def _train(self, px: Block, seen: list[Array] | None) -> State:
        net, given = self._net, self._data
        return self._loop(start(net, given, px), fixed(net, given, px), net.steps, seen)

    def _each(self, px: Pixels, job: Callable[[Block, int], T]) -> list[T]:
        """Do a job for every block, one block a thread, the first one alone until it compiled."""

        def one(cut: tuple[int, int]) -> T:
            held = part(px, *cut, padded=self.block)
            with scoped(self._device, self._tf32):
                return job(block(held, self._products, self._device), cut[1])

        cuts = blocks(len(px.x), self.block)
        if self._device.type != "cpu":
            with many_shapes():
                return [one(cut) for cut in cuts]
        alone = 0 if self._compiled else 1
        workers = ThreadPoolExecutor(self.threads, initializer=_ready)
        with one_thread(), many_shapes(), workers as pool:
            first = [pool.submit(one, cut).result() for cut in cuts[:alone]]
            self._compiled = True
            return first + list(pool.map(one, cuts[alone:]))


def _ready() -> None:
    """Set the worker's own count; what PyTorch compiled under another one it compiles anew."""
    torch.set_num_threads(1)
    many_shapes_in_worker()
