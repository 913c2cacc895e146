"""What the harness adds to a kernel: `execute` with one that does nothing, in seconds per tile."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

from ._case import WrongMapError
from ._here import known_here

if TYPE_CHECKING:
    from fractbench.backend import Tile
    from fractbench.map import Map

SIDE = 64


class Ready:
    """A kernel whose accumulators, (pixels,) each, were there before it ran."""

    name, tile = "ready", 256

    def __init__(self, answer: dict[str, Any]) -> None:
        """Keep the answer."""
        self._answer = answer

    def run(self, tile: Tile) -> dict[str, Any]:
        """Return a tile's part of it."""
        end = tile.start + tile.count
        return {name: array[tile.start : end] for name, array in self._answer.items()}

    def trajectory(self, tile: Tile) -> Any:
        """Return the first accumulator as one step."""
        return next(iter(self.run(tile).values()))[None]


class Execute:
    """A map of 64 x 64 pixels in tiles of 16, 256 and 4096."""

    params = ((16, 256, 4096),)
    param_names = ("tile",)
    version = "1"
    number = 1
    rounds = 4
    repeat = (5, 20, 1.0)
    timeout = 60.0
    made: Map | None = None

    def setup(self, tile: int) -> None:
        """Make the answer; no two pixels of it are alike."""
        with known_here():
            from fractbench.execute import execute
            from fractbench.request import Request
        import numpy as np

        self.plan, self.execute = Request(size=SIDE, steps=10).plan(), execute
        pixels, names = self.plan.grid.pixels, self.plan.problem.accumulators
        self.answer = {
            name: np.arange(pixels, dtype=np.float32) + np.float32(0.5 * place)
            for place, name in enumerate(names)
        }
        self.kernel = Ready(self.answer)
        self.tiles = -(-pixels // tile)

    def timer(self) -> float:
        """Return the clock in seconds per tile; asv takes it around a map."""
        return perf_counter() / self.tiles

    def time_tile(self, tile: int) -> None:
        """Make the map."""
        self.made = self.execute(self.plan, self.kernel, tile=tile)

    def teardown(self, tile: int) -> None:
        """Hold the map to the answer.

        Raises:
            WrongMapError: a pixel is not where it belongs.
        """
        made, self.made = self.made, None
        if made is None:
            return
        for name, array in self.answer.items():
            if not (made.accumulators[name].ravel() == array).all():
                raise WrongMapError(f"{name}: pixels are not where they belong")
