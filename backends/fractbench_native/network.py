"""NetworkKernel: the fused kernel of the one-hidden-layer network, every batch mode and offset."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.contract import Arithmetic
from fractbench.backend import Tile
from fractbench.measure import ACCUMULATORS, LAST
from fractbench.problems.mlp import Mlp
from fractbench.problems.mlp_draws import BATCH
from fractbench_native.compiler import Compiler
from fractbench_native.kernel import FusedKernel, filled
from fractbench_native.library import library

ACTIVATIONS = {"tanh": 0, "relu": 1, "identity": 2}
OFFSETS = {"none": 0, "once": 1, "drift": 2}
SCALES = ("scale", "inverse_width", "inverse_samples", "slope")


class NetworkKernel(FusedKernel):
    """A vector of pixels trains inside the caches; finished pixels give their lanes to others."""

    accumulators = ACCUMULATORS

    def __init__(
        self,
        problem: Mlp,
        arithmetic: Arithmetic,
        *,
        early_exit: bool = True,
        using: Compiler | None = None,
        defines: dict[str, int] | None = None,
    ) -> None:
        """Compile the text for the problem's width, activation and batch mode."""
        super().__init__(problem.steps, arithmetic, early_exit, problem.cost)
        batch = 0 if not problem.minibatch else 2 if "order" in problem.draws.kinds else 1
        chosen = {"WIDTH": problem.width, "ACTIVATION": ACTIVATIONS[problem.activation],
                  "BATCH": batch, **(defines or {})}  # fmt: skip
        self._library = library("network", arithmetic, chosen, using)
        self._problem, self._format = problem, arithmetic.format
        inputs = problem.inputs(arithmetic.format)
        shared, k = inputs["shared"], inputs["constants"]
        self._X = np.ascontiguousarray(shared["X"][..., 0].T)
        self._Y = np.ascontiguousarray(shared["Y"][:, 0])
        self._W = np.ascontiguousarray(shared["W"][..., 0])
        self._v = np.ascontiguousarray(shared["v"][:, 0])
        self._order = np.ascontiguousarray(inputs["frames"].get("order", []), np.int32)
        self._scales = {name: float(k[name]) for name in SCALES}

    def _task(self, tile: Tile, out: NDArray[Any], losses: NDArray[Any] | None) -> Any:
        given = tile.pixels
        order = given.get("frames", {}).get("order", self._order)
        own = "W" in given
        arrays = {
            "X": self._X, "Y": self._Y, "W": given["W"] if own else self._W,
            "v": given["v"] if own else self._v, "x": given["x"], "y": given["y"],
            "order": np.asarray(order, np.int32), "out": out, "losses": losses,
        }  # fmt: skip
        return filled(
            _TASKS[self._format.name], arrays, pixels=tile.count, samples=self._problem.count,
            batch=BATCH, steps=self._steps, late=min(LAST, self._steps),
            offset=OFFSETS[self._problem.offset], own_weights=own, early_exit=self.early_exit,
            **self._scales,
        )  # fmt: skip


def _structure(real: Any) -> type[ctypes.Structure]:
    """Return the structure ``Task`` of network.cpp for a real type."""
    pointers = ("X", "Y", "W", "v", "x", "y", "order", "out", "losses")
    sizes = ("pixels",)
    counts = ("samples", "batch", "steps", "late", "offset", "own_weights", "early_exit")

    class Task(ctypes.Structure):
        _fields_ = (
            *((name, ctypes.c_void_p) for name in pointers),
            *((name, ctypes.c_int64) for name in sizes),
            *((name, ctypes.c_int32) for name in counts),
            *((name, real) for name in SCALES),
        )

    return Task


_TASKS = {"float32": _structure(ctypes.c_float), "float64": _structure(ctypes.c_double)}
