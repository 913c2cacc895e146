"""TunedKernel: all pixels of a block share one GEMM; the whole loop stays on the device.

When to use it: for the fastest maps that MLX makes. A GPU gets the whole step as one compiled
graph, and steps are queued ahead so that it never waits for Python (not measured: no GPU). A CPU
gets one block for every core, each on a stream of its own, with two small functions compiled;
compiling the whole step measured the same and costs seconds of g++.

Measured (2 cores of an AMD EPYC, width 16, 272 samples, float32; us per pixel-step of one core, 59
in all): the two GEMMs 20 each, the same in all seven layouts tried, because MLX's BLAS on Linux is
the reference one (7 GFLOP/s); tanh 5 (mx.tanh: 36); six other passes 2 to 3 each. Multiply-add in
compiled elementwise kernels reached 12 GFLOP/s, but only with four scalar factors a call, which is
2,200 calls a step. float64 runs at 0.73 of this rate, bfloat16 at 0.5, float16 at 0.25: CPUs
emulate them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import numpy as np
from numpy.typing import NDArray

from fractbench.backend import Tile
from fractbench.free import Pixels, Training, blocks, part, pixels
from fractbench.machine import cores
from fractbench_mlx import sums
from fractbench_mlx.descent import Descent
from fractbench_mlx.lanes import block_size, lanes
from fractbench_mlx.precision import Precision

Array = Any

DEPTH = 4
"""Steps that may wait in the queue, with their arrays. On the CPU 1 to 30 measured the same."""


@dataclass
class Block:
    """What belongs to a block of pixels on its lane."""

    lane: Any
    W: Array
    v: Array
    rates: tuple[Array, Array, Array]
    order: Array | None
    sums: list[Array]


class TunedKernel:
    """Trains blocks of pixels in step, one on every lane.

    In bfloat16 and float16 data, weights, hidden units, the GEMMs and the products with the hidden
    units have that type; sums, errors, losses, rates and the update before it is stored float32.
    """

    name = "tuned"

    def __init__(self, net: Training, precision: Precision, device: Any) -> None:
        """Upload the data; a GPU compiles at the first run."""
        on_cpu = device.type == mx.DeviceType.cpu
        self._device, self._net, self._wide = device, net, precision.wide
        self._lanes, self.block = cores() if on_cpu else 1, block_size(net, device)
        self.tile = self.block * self._lanes
        with mx.stream(device):
            self._descent = Descent(net, precision, device)
            self._flags = mx.array(False), mx.array(True)
            mx.eval(self._flags)
        self._step = self._descent.step if on_cpu else mx.compile(self._descent.step)
        self._observe = mx.compile(sums.observe, shapeless=True)

    def run(self, tile: Tile) -> dict[str, NDArray[Any]]:
        """Return the accumulators, each (count,)."""
        parts = self._train(tile, None)
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def trajectory(self, tile: Tile) -> NDArray[Any]:
        """Return the losses, (steps, count)."""
        seen: list[list[Array]] = []
        self._train(tile, seen)
        rows = [np.stack([np.array(loss) for loss in losses]) for losses in seen]
        return np.concatenate(rows, axis=1)

    def _train(self, tile: Tile, seen: list[list[Array]] | None) -> list[dict[str, NDArray[Any]]]:
        """Return the accumulators of every block; `seen` is given the losses of every block."""
        px, found = pixels(tile), []
        cut = [part(px, *c) for c in blocks(tile.count, self.block, self._lanes)]
        with mx.stream(self._device):
            for start in range(0, len(cut), self._lanes):
                group = cut[start : start + self._lanes]
                where = zip(lanes(self._device, len(group)), group, strict=True)
                held = [self._place(lane, px) for lane, px in where]
                if seen is not None:
                    seen += ([] for _ in held)
                self._descend(held, None if seen is None else seen[-len(held) :])
                found += [sums.result(block.sums) for block in held]
        return found

    def _place(self, lane: Any, px: Pixels) -> Block:
        """Upload a block of pixels."""
        order = self._net.order if px.order is None else px.order
        with mx.stream(lane):
            return Block(
                lane, *self._descent.weights(px), self._descent.rates(px),
                None if order is None else mx.array(order), sums.start(len(px.x), self._wide),
            )  # fmt: skip

    def _descend(self, held: list[Block], seen: list[list[Array]] | None) -> None:
        """Take all steps of some blocks, each on its lane; add their losses to `seen`."""
        net, queue = self._net, deque[list[Array]]()
        for step in range(net.steps):
            first, late = self._flags[step == 0], self._flags[step >= net.steps - net.late]
            made = [self._advance(block, step, first, late) for block in held]
            mx.async_eval(made, [(block.W, block.v, block.sums) for block in held])
            for losses, loss in zip(seen or (), made, strict=seen is not None):
                losses.append(loss)
            queue.append(made)
            if len(queue) > DEPTH:
                mx.eval(queue.popleft())

    def _advance(self, block: Block, step: int, first: Array, late: Array) -> Array:
        """Take one step of a block and return its loss."""
        with mx.stream(block.lane):
            batch = None if block.order is None else block.order[step]
            block.W, block.v, loss = self._step(block.W, block.v, block.rates, batch)
            block.sums = self._observe(block.sums, loss, first, late)
        return loss
