"""ControlKernel: the fused kernels of the small problems: quadratics, Mandelbrot, Newton."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.contract import Arithmetic
from fractbench.backend import Tile
from fractbench.measure import LAST
from fractbench.problems.base import Problem
from fractbench.problems.mandelbrot import Mandelbrot
from fractbench.problems.newton import Newton
from fractbench.problems.quadratic import Quadratic
from fractbench_native.compiler import Compiler
from fractbench_native.kernel import FusedKernel, filled
from fractbench_native.library import library

KINDS = {"additive": 0, "multiplicative": 1, "coupled": 2}


class Task(ctypes.Structure):
    """The structure ``Task`` of iterate.h."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("x", "y", "constants", "out", "losses")),
        *((name, ctypes.c_int64) for name in ("pixels",)),
        *((name, ctypes.c_int32) for name in ("steps", "late", "early_exit")),
    )


class ControlKernel(FusedKernel):
    """Several vectors of pixels take turns at every step, to hide each other's latency."""

    def __init__(
        self,
        problem: Problem,
        arithmetic: Arithmetic,
        *,
        early_exit: bool = True,
        using: Compiler | None = None,
    ) -> None:
        """Compile the problem's text."""
        super().__init__(problem.steps, arithmetic, early_exit, cost=1 / 256)
        self.chunk = 1 << 14
        self.accumulators = problem.accumulators  # type: ignore[misc]
        text, defines, constants = described(problem, arithmetic)
        self._library = library(text, arithmetic, defines, using)
        self._constants = np.array(constants, arithmetic.format.dtype)

    def _task(self, tile: Tile, out: NDArray[Any], losses: NDArray[Any] | None) -> Any:
        arrays = {"x": tile.pixels["x"], "y": tile.pixels.get("y", tile.pixels["x"]),
                  "constants": self._constants, "out": out, "losses": losses}  # fmt: skip
        return filled(
            Task, arrays, pixels=tile.count, steps=self._steps, late=min(LAST, self._steps),
            early_exit=self.early_exit,
        )  # fmt: skip


def described(
    problem: Problem, arithmetic: Arithmetic
) -> tuple[str, dict[str, int], list[NDArray[Any]]]:
    """Return a problem's text, its choices, and its constants in the text's order.

    Raises:
        TypeError: there is no text for the problem.
    """
    inputs = problem.inputs(arithmetic.format)
    k = inputs["constants"]
    if isinstance(problem, Mandelbrot):
        return "mandelbrot", {}, []
    if isinstance(problem, Newton):
        roots = [part for root in k["roots"] for part in root]
        return "newton", {}, [k["third"], k["two_thirds"], k["near"], *roots]
    if isinstance(problem, Quadratic):
        waves, start = k["waves"], list(inputs["shared"]["start"][:, 0])
        defines = {"KIND": KINDS[problem.kind], "WAVES": len(waves), "DIMENSIONS": len(start)}
        head = [k[name] for name in ("epsilon", "coupling", "bound", "band_state")]
        tail = [wave[name] for name in ("frequency", "pull") for wave in waves]
        return "descent", defines, [*head, *tail, *start]
    raise TypeError(f"there is no fused kernel of {problem.name}")
