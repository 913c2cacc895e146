"""arrays: a Problem's inputs in the form in which the text takes them.

Entry ``train`` takes, in this order: X (samples, width), Y (samples), W (width, width), v (width),
x and y (pixels) and order (steps, batch); W, v and order have a last axis of pixels where each has
its own. Then state and sums of the launch before, `place` (whence a slot takes them), `pixel` (of
a slot), `counts` and `scales`. No array is shorter than 8: MLX passes shorter ones otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.contract import Arithmetic
from fractbench.backend import Tile
from fractbench.problems.mlp import Mlp
from fractbench.simt.launcher import Buffer, Launcher

SHORTEST = 8
SCALES = ("scale", "inverse_width", "inverse_samples", "slope")


@dataclass(frozen=True)
class Given:
    """A tile on the device: X to order and the scales; whether pixels have weights of their own."""

    arrays: tuple[list[Buffer], Buffer]
    own: bool


class Inputs:
    """Uploads what all tiles share once, and each tile's own arrays when it comes."""

    def __init__(self, problem: Mlp, arithmetic: Arithmetic, launcher: Launcher) -> None:
        """Upload the shared arrays."""
        self._launcher, self._dtype = launcher, arithmetic.format.dtype
        inputs = problem.inputs(arithmetic.format)
        shared, k = inputs["shared"], inputs["constants"]
        self._data = [self._up(shared["X"][..., 0].T), self._up(shared["Y"][:, 0])]
        self._weights = [self._up(shared["W"][..., 0]), self._up(shared["v"][:, 0])]
        order = np.asarray(inputs["frames"].get("order", []), np.int32)
        self._order = launcher.upload(padded(order))
        self._scales = self._up(np.array([float(k[name]) for name in SCALES]))

    def of(self, tile: Tile) -> Given:
        """Upload a tile's rates, and its weights and order where they are its own."""
        given = tile.pixels
        own = "W" in given
        weights = [self._up(given["W"]), self._up(given["v"])] if own else self._weights
        rates = [self._up(given["x"]), self._up(given["y"])]
        order = given.get("frames", {}).get("order")
        if order is not None:
            order = self._launcher.upload(padded(np.asarray(order, np.int32)))
        arrays = [*self._data, *weights, *rates, self._order if order is None else order]
        return Given((arrays, self._scales), own)

    def _up(self, array: NDArray[Any]) -> Buffer:
        return self._launcher.upload(padded(np.asarray(array, self._dtype)))


def padded(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array's numbers in C order, with zeros after them up to the shortest length."""
    flat = np.ravel(array)
    return np.concatenate([flat, np.zeros(max(0, SHORTEST - flat.size), flat.dtype)])


def counts(*values: int) -> NDArray[np.int32]:
    """Return the integers of a launch, in the order of the enumeration in source/train.h."""
    return padded(np.array(values, np.int32))
