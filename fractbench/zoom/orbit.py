"""Orbit: the training of one reference pixel, step by step, as the differences need it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fractbench.zoom.place import Place

Rows = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Orbit:
    """A reference: its place, its rates of W and v, and what its training passed through.

    `frames`, first axis steps, float32: ``u``, ``h`` and the slope ``q`` (units, samples, 1); the
    error ``e`` and ``d`` = slope e (samples, 1); ``v`` (units, 1) before the step; the gradients
    ``gW`` (units, units, 1) and ``gv`` (units, 1). Each was rounded once from `bits` of precision,
    by way of float64.
    """

    place: Place
    rates: tuple[float, float]
    frames: Rows
    bits: int
    converged: bool


class Recorder:
    """Gathers frames, rounded to float32, as an orbit is computed."""

    def __init__(self, steps: int) -> None:
        """Prepare for a number of steps."""
        self._steps = steps
        self.frames: Rows = {}

    def add(self, step: int, **found: NDArray[np.float64]) -> None:
        """Keep what belongs to one step."""
        for name, array in found.items():
            if name not in self.frames:
                self.frames[name] = np.zeros((self._steps, *array.shape), np.float32)
            self.frames[name][step] = array


def converged(losses: NDArray[np.float64], steps: int) -> bool:
    """Return the class by the published measure of a training's losses, as far as they go.

    A training that was broken off, or whose loss is no number, did not converge.
    """
    if len(losses) < steps or not np.all(np.isfinite(losses)):
        return False
    return bool(np.mean(np.minimum(losses / losses[0], 1e6)[-20:]) < 1)
