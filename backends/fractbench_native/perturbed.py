"""PerturbedKernel: the fused kernel of a network's difference from a reference orbit."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.contract import Arithmetic
from fractbench.backend import Tile
from fractbench.measure import LAST
from fractbench.problems.mlp_draws import BATCH
from fractbench.tree import Tree
from fractbench.zoom.levels import KNOWN, inverses_of
from fractbench.zoom.perturbed import Perturbed
from fractbench_native.compiler import Compiler
from fractbench_native.kernel import FusedKernel, filled
from fractbench_native.library import library
from fractbench_native.network import ACTIVATIONS, OFFSETS, SCALES

COST = 2.0
"""What a pixel-step costs, about, in those of the network itself."""
PER_UNIT = ("u", "h", "q")
HELD = ("e", "d", "v", "gW", "gv")
LIMITS = ("limit", "band_change", "top")
SHARED = ("level", "rate_W", "rate_v")


class PerturbedKernel(FusedKernel):
    """A vector of pixels trains beside the orbit, whose rows are read once for all its lanes.

    A pixel-step takes 1.5 to 1.9 times as long as the network's own (tanh, width 16, 272 samples).
    """

    accumulators = Perturbed.accumulators

    def __init__(
        self,
        problem: Perturbed,
        arithmetic: Arithmetic,
        *,
        early_exit: bool = True,
        using: Compiler | None = None,
        defines: dict[str, int] | None = None,
    ) -> None:
        """Compile the text for the base's width, activation and batch mode."""
        base = problem.base
        super().__init__(problem.steps, arithmetic, early_exit, COST * base.cost)
        chosen = {"WIDTH": base.width, "ACTIVATION": ACTIVATIONS[base.activation],
                  "BATCH": int(base.minibatch), "KNOWN": KNOWN,
                  "INVERSES": inverses_of(base.activation),
                  **(defines or {})}  # fmt: skip
        self._library = library("perturbed", arithmetic, chosen, using)
        self._base = base
        inputs = problem.inputs(arithmetic.format)
        k, shared = inputs["constants"], inputs["shared"]
        self._arrays = arrays_of(inputs)
        self._numbers = {name: float(k[name]) for name in (*SCALES, *LIMITS)}
        self._numbers |= {name: float(shared[name][0]) for name in SHARED}

    def _task(self, tile: Tile, out: NDArray[Any], losses: NDArray[Any] | None) -> Any:
        arrays = {**self._arrays, "x": tile.pixels["x"], "y": tile.pixels["y"], "out": out,
                  "losses": losses}  # fmt: skip
        return filled(
            Task, arrays, pixels=tile.count, samples=self._base.count, batch=BATCH,
            steps=self._steps, late=min(LAST, self._steps), offset=OFFSETS[self._base.offset],
            early_exit=self.early_exit, **self._numbers,
        )  # fmt: skip


def arrays_of(inputs: Tree) -> dict[str, NDArray[Any]]:
    """Return the arrays that all pixels share, as perturbed.cpp reads them: units last."""
    k, frames = inputs["constants"], inputs["frames"]
    arrays = {"X": np.ascontiguousarray(inputs["shared"]["X"][..., 0].T)}
    for name in PER_UNIT:
        arrays[name] = np.ascontiguousarray(frames[name][..., 0].swapaxes(1, 2))
    arrays |= {name: np.ascontiguousarray(frames[name]) for name in HELD}
    arrays |= {name: np.array(k[name]) for name in ("sigmas", "inverses")}
    order = frames.get("order", np.zeros((0, BATCH)))
    return arrays | {"order": np.ascontiguousarray(order, np.int32)}


class Task(ctypes.Structure):
    """The structure ``Task`` of perturbed.cpp."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("X", "x", "y", "order", *PER_UNIT, *HELD)),
        *((name, ctypes.c_void_p) for name in ("sigmas", "inverses", "out", "losses")),
        ("pixels", ctypes.c_int64),
        *((n, ctypes.c_int32) for n in ("samples", "batch", "steps", "late", "offset")),
        ("early_exit", ctypes.c_int32),
        *((name, ctypes.c_float) for name in SCALES),
        *((name, ctypes.c_float) for name in (*SHARED, *LIMITS)),
    )
