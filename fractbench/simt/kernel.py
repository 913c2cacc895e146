"""SimtKernel: the one kernel text behind the Kernel protocol, whatever launches it."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.contract import Arithmetic
from fractbench.backend import Tile
from fractbench.measure import ACCUMULATORS, LAST
from fractbench.problems.mlp import Mlp
from fractbench.problems.mlp_draws import BATCH
from fractbench.ready import ready
from fractbench.simt import canary
from fractbench.simt.arrays import Inputs, counts, padded
from fractbench.simt.launcher import Buffer, Launcher, Make
from fractbench.simt.slices import Slices
from fractbench.simt.variant import Shape, variant

MOST, INDEX = 1 << 16, (1 << 31) - 1
"""Pixels of a launch, whose state takes a kilobyte each, and the largest index of an array."""
SUMS, OVER = 8, 6
"""What a pixel's row of `sums` holds, and the place of the flag; see source/train.h."""


class SimtKernel:
    """A group of lanes trains a few pixels in registers; between launches finished ones leave.

    Pixels that are still in training are compacted by the host: it reads a row of 8 numbers for
    each of them after a launch, and the next launch takes their state from the places it names.
    """

    def __init__(
        self,
        problem: Mlp,
        arithmetic: Arithmetic,
        make: Make,
        shape: Shape,
        *,
        device: str = "",
        early_exit: bool = True,
        slices: Callable[[int], Slices] = Slices,
    ) -> None:
        """Compile the text, let it answer the canary, and upload what all tiles share.

        Args:
            problem: of a width that `fits`.
            arithmetic: `strict` or `fma`.
            make: compiles a Variant and returns its Launcher.
            shape: how pixels are laid out.
            device: the device's name in a refusal.
            early_exit: whether pixels whose rest is known leave (``fused``) or not (``whole``).
            slices: makes the Slices of a run of so many steps.

        Raises:
            KernelUnavailableError: it cannot be compiled or loaded here.
            CanaryError: the device does not compute as the contract demands.
        """
        self.name = "fused" if early_exit else "whole"
        self.early_exit = early_exit
        self.variant = variant(problem, arithmetic, shape)
        self._launcher: Launcher = make(self.variant)
        canary.check(self._launcher, self.variant, arithmetic, device)
        self._inputs = Inputs(problem, arithmetic, self._launcher)
        self._problem, self._dtype = problem, arithmetic.format.dtype
        self._slices = slices
        cost = (problem.count + BATCH * problem.minibatch) * problem.width**2 / (272 * 16**2)
        groups = max(1, int(self._launcher.work / (problem.steps * cost * self.variant.pixels)))
        self._most = most(problem)
        self.tile = min(self._most, groups * self.variant.pixels)

    def run(self, tile: Tile) -> dict[str, NDArray[Any]]:
        """Return the accumulators of a tile's pixels, each (count,)."""
        parts = [self._train(part, watch=False)[0] for part in tile.parts(self._most)]
        ready()
        return dict(zip(ACCUMULATORS, np.concatenate(parts, axis=1), strict=True))

    def trajectory(self, tile: Tile) -> NDArray[Any]:
        """Return the loss of every step, (steps, count)."""
        parts = [self._train(part, watch=True)[1] for part in tile.parts(self._most)]
        return np.concatenate(parts, axis=1)

    def _train(self, tile: Tile, watch: bool) -> tuple[NDArray[Any], NDArray[Any]]:
        steps, slices = self._problem.steps, self._slices(self._problem.steps)
        out = np.zeros((len(ACCUMULATORS), tile.count), self._dtype)
        losses = np.zeros((steps if watch else 0, tile.count), self._dtype)
        given = self._inputs.of(tile)
        live = place = np.arange(tile.count, dtype=np.int32)
        state = sums = self._launcher.upload(np.zeros(8, self._dtype))
        done = 0
        while live.size:
            end, began = slices.next(done, live.size), perf_counter()
            span = counts(live.size, tile.count, done, end, steps, min(LAST, steps),
                          self.early_exit and not watch, watch, given.own)  # fmt: skip
            state, sums, seen = self._launch(given.arrays, [state, sums, place, live, span], watch)
            self._launcher.wait()
            slices.took((end - done) * live.size, perf_counter() - began)
            rows = self._launcher.download(sums).reshape(-1, SUMS)[: live.size]
            if watch:
                part = self._launcher.download(seen)[: (end - done) * tile.count]
                losses[done:end] = part.reshape(-1, tile.count)
            over = (rows[:, OVER] != 0) | (end == steps)
            out[:, live[over]] = rows[over, : len(ACCUMULATORS)].T
            live, place, done = live[~over], np.flatnonzero(~over).astype(np.int32), end
        return out, losses

    def _launch(
        self, shared: tuple[list[Buffer], Buffer], own: list[Any], watch: bool
    ) -> list[Buffer]:
        """Start a slice: state, sums and losses of its slots."""
        data, scales = shared
        state, sums, place, live, span = own
        upload = self._launcher.upload
        inputs = [*data, state, sums, upload(padded(place)), upload(padded(live)), upload(span)]
        _, pixels, first, end, *_ = span.tolist()
        outputs = [
            (max(8, live.size * self.variant.state), "real"),
            (live.size * SUMS, "real"),
            (max(8, (end - first) * pixels if watch else 0), "real"),
        ]
        groups = -(-live.size // self.variant.pixels)
        return self._launcher.launch("train", [*inputs, scales], outputs, groups)


def most(problem: Mlp) -> int:
    """Return the pixels that one launch may have: their own orders are the longest array."""
    ordered = problem.steps * BATCH if "order" in problem.draws.kinds else 1
    return max(1, min(MOST, INDEX // ordered))
