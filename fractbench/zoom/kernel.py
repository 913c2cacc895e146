"""DeepKernel: a whole window in differences from references; the Kernel of a deep zoom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from fractbench.backend import Backend, Device, Tile
from fractbench.plan import DOUBT, Plan
from fractbench.problems.mlp import Mlp
from fractbench.zoom.neighbours import Neighbours
from fractbench.zoom.precision import bits_for
from fractbench.zoom.references import References

REFERENCES = 3
"""Beside how many references a pixel is trained until one ulp does not change its class."""


def silent(line: str) -> None:
    """Report nothing."""


class DeepKernel:
    """Trains pixels beside the first reference, and doubtful ones beside further ones.

    The accumulators of a pixel are those beside the first reference from which one ulp does not
    change its class, or from the first of all where there is none. Which references there are
    depends on the window alone.
    """

    name = "perturbed"

    def __init__(
        self, plan: Plan, backend: Backend, device: Device, say: Callable[[str], None] = silent
    ) -> None:
        """Find the first reference and prepare its Kernels.

        Raises:
            BackendUnavailableError: the window needs python-flint, which is not installed.
            UsageError: nothing in the window converges.
        """
        self._plan, self._maker = plan, (backend, device)
        window, size = plan.grid.window, (plan.grid.width, plan.grid.height)
        ends = [window.bounds(axis) for axis in range(2)]
        spacing = min(
            (high - low) / max(n - 1, 1) for (low, high), n in zip(ends, size, strict=True)
        )
        self.bits = bits_for(spacing)
        say(f"deep zoom: float32 differences from references of {self.bits} bits")
        self._references = References(cast(Mlp, plan.problem), plan.grid, self.bits, say)
        self._held: dict[int, Neighbours] = {}
        self.tile = self._beside(0).tile

    def _beside(self, number: int) -> Neighbours:
        if number not in self._held:
            found = self._references
            self._held[number] = Neighbours(
                cast(Mlp, self._plan.problem), found[number], found.columns(), found.rows(),
                self._maker,
            )  # fmt: skip
        return self._held[number]

    def run(self, tile: Tile) -> dict[str, NDArray[Any]]:
        """Return the accumulators of a tile's pixels, and ``doubt``; see fractbench.plan.DOUBT."""
        columns, rows = tile.pixels["x"], tile.pixels["y"]
        out, changes = self._beside(0).train(columns, rows)
        doubt = changes.astype(np.float32)
        for number in range(1, REFERENCES):
            where = np.flatnonzero(changes)
            if not len(where):
                break
            again, still = self._beside(number).train(columns[where], rows[where])
            settled = where[~still]
            for name, array in out.items():
                array[settled] = again[name][~still]
            changes[settled] = False
            doubt[where[still]] += 1
        return {**out, DOUBT: doubt}

    @property
    def facts(self) -> dict[str, int]:
        """The references' precision, and how many of them there are so far."""
        return {"bits": self.bits, "references": len(self._held)}

    def trajectory(self, tile: Tile) -> NDArray[Any]:
        """Return the loss of every step beside the first reference, (steps, count)."""
        return self._beside(0).trajectory(tile.pixels["x"], tile.pixels["y"])
