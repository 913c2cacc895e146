"""How a million pixel-steps' time depends on the map's size and the tile's, and peak memory."""

from __future__ import annotations

from ._here import BACKENDS
from ._maps import square, warm_square
from ._suite import Suite

PROBLEM, STEPS = "tanh:width=8", 4
SIZES = (16, 32, 64, 128)
SMALL, MIDDLE = 32, 64
Digests = dict[int, str]


class Squares(Suite):
    """Maps of a small network that the host has made once; no suite of its own."""

    def setup_cache(self) -> Digests:
        """Return the digest of the host's map for every size."""
        from fractbench.reference import reference_map

        return {size: reference_map(square(PROBLEM, size, STEPS)).digest for size in SIZES}


class Sizes(Squares):
    """Square maps from 16 to 128 pixels a side: the time should be the same for all."""

    params = (BACKENDS, SIZES)
    param_names = ("backend", "size")
    version = "1"

    def setup(self, digests: Digests, backend: str, size: int) -> None:
        """Prove the kernel on the map."""
        self.take(warm_square(backend, PROBLEM, size, STEPS, digests[size]))

    def time_million_pixel_steps(self, *params: object) -> None:
        """Run the kernel over all tiles."""
        self.run()


class Memory(Squares):
    """The map of 64 pixels a side in a process of its own, framework included."""

    params = (BACKENDS,)
    param_names = ("backend",)
    version = "1"

    def setup(self, digests: Digests, backend: str) -> None:
        """Prove the kernel on the map."""
        self.take(warm_square(backend, PROBLEM, MIDDLE, STEPS, digests[MIDDLE]))

    def peakmem_map(self, *params: object) -> None:
        """Run the kernel over all tiles."""
        self.run()


class Tiles(Squares):
    """The map of 32 pixels a side in tiles of 64, 256 and 1024 pixels."""

    params = (BACKENDS, (64, 256, 1024))
    param_names = ("backend", "tile")
    version = "1"

    def setup(self, digests: Digests, backend: str, tile: int) -> None:
        """Prove the kernel on the map in such tiles."""
        self.take(warm_square(backend, PROBLEM, SMALL, STEPS, digests[SMALL], tile))

    def time_million_pixel_steps(self, *params: object) -> None:
        """Run the kernel over all tiles."""
        self.run()
