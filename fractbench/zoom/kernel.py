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
from fractbench.zoom.orbit import Orbit
from fractbench.zoom.precision import bits_for
from fractbench.zoom.references import References

NOISE = 0.05
"""The share of pixels whose class one ulp changes above which a picture is noise."""
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
        self._held = [self._neighbours(self._references.first())]
        self.tile, self._trained, self._doubtful = self._held[0].tile, 0, 0

    def _neighbours(self, orbit: Orbit) -> Neighbours:
        columns, rows = self._references.columns(), self._references.rows()
        return Neighbours(cast(Mlp, self._plan.problem), orbit, columns, rows, self._maker)

    def _beside(self, number: int) -> Neighbours | None:
        if number == len(self._held):
            orbit = self._references.get(number)
            if orbit is None:
                return None
            self._held.append(self._neighbours(orbit))
        return self._held[number]

    def run(self, tile: Tile) -> dict[str, NDArray[Any]]:
        """Return the accumulators of a tile's pixels, and ``doubt``; see fractbench.plan.DOUBT."""
        columns, rows = tile.pixels["x"], tile.pixels["y"]
        out, changes = self._held[0].train(columns, rows)
        self._trained += len(changes)
        self._doubtful += int(np.count_nonzero(changes))
        doubt = changes.astype(np.float32)
        for number in range(1, REFERENCES):
            where = np.flatnonzero(changes)
            if not len(where):
                break
            beside = self._beside(number)
            if beside is None:
                doubt[where] = REFERENCES
                break
            again, still = beside.train(columns[where], rows[where])
            settled = where[~still]
            for name, array in out.items():
                array[settled] = again[name][~still]
            changes[settled] = False
            doubt[where[still]] += 1
        return {**out, DOUBT: doubt}

    @property
    def told(self) -> str:
        """The line that a reader of what this object has trained must see; empty before that."""
        if not self._trained:
            return ""
        share = self._doubtful / self._trained
        line = f"one ulp changes the class of {share:.2%} of {self._trained:,} pixels trained now"
        return line if share <= NOISE else f"{line}: the boundary is noise"

    @property
    def facts(self) -> dict[str, int]:
        """The references' precision."""
        return {"bits": self.bits}

    def trajectory(self, tile: Tile) -> NDArray[Any]:
        """Return the loss of every step beside the first reference, (steps, count)."""
        return self._held[0].trajectory(tile.pixels["x"], tile.pixels["y"])
