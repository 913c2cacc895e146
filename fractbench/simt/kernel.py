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
from fractbench.ready import ready
from fractbench.simt import canary
from fractbench.simt.arrays import Inputs, counts, padded
from fractbench.simt.bounds import bounds
from fractbench.simt.constants import SUMS
from fractbench.simt.failure import stopped
from fractbench.simt.launcher import Buffer, Launcher, Make
from fractbench.simt.slices import Slices
from fractbench.simt.variant import Shape, variant

OVER = 6
"""The place of the flag in a pixel's row of `sums`; see source/state.h."""


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
        slices: Callable[[int, int], Slices] = Slices,
    ) -> None:
        """Compile the text, let it answer the canary, and upload what all tiles share.

        Args:
            problem: of a width that `fits`.
            arithmetic: `strict` or `fma`.
            make: compiles a Variant and returns its Launcher.
            shape: how pixels are laid out.
            device: the device's name in a refusal.
            early_exit: whether pixels whose rest is known leave (``fused``) or not (``whole``).
            slices: makes the Slices of a run of so many steps, given the pixel-steps of the first.

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
        self._device = device
        self._bounds = bounds(problem, self._launcher.work, self.variant.pixels)
        self.tile = self._bounds.tile

    def run(self, tile: Tile) -> dict[str, NDArray[Any]]:
        """Return the accumulators of a tile's pixels, each (count,).

        Raises:
            FractbenchError: the device fails; the text is one line.
        """
        with stopped(self._device):
            parts = [self._train(part, False)[0] for part in tile.parts(self._bounds.launch)]
            ready()
        return dict(zip(ACCUMULATORS, np.concatenate(parts, axis=1), strict=True))

    def trajectory(self, tile: Tile) -> NDArray[Any]:
        """Return the loss of every step, (steps, count).

        Raises:
            FractbenchError: the device fails; the text is one line.
        """
        with stopped(self._device):
            parts = [self._train(part, True)[1] for part in tile.parts(self._bounds.launch)]
        return np.concatenate(parts, axis=1)

    def _train(self, tile: Tile, watch: bool) -> tuple[NDArray[Any], NDArray[Any]]:
        steps = self._problem.steps
        slices = self._slices(steps, self._bounds.first)
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
