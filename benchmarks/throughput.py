"""Seconds per million pixel-steps of every backend, problem and contract; smaller is better."""

from __future__ import annotations

from ._here import BACKENDS
from ._maps import warm_golden
from ._suite import Suite


class Networks(Suite):
    """Networks of width 16 on 16 x 16 pixels, 12 steps, under every contract."""

    params = (BACKENDS, ("tanh", "minibatch"), ("strict", "fma", "free"))
    param_names = ("backend", "problem", "contract")
    version = "1"

    def setup(self, backend: str, problem: str, contract: str) -> None:
        """Prove the kernel on the golden map."""
        self.take(warm_golden(backend, problem, "boundary", contract))

    def time_million_pixel_steps(self, *params: object) -> None:
        """Run the kernel over all tiles."""
        self.run()


class Controls(Suite):
    """Problems without a network: 48 x 48 pixels, or 1025 in a row, 40 or 100 steps."""

    params = (BACKENDS, ("mandelbrot", "quadratic-additive"))
    param_names = ("backend", "problem")
    version = "1"

    def setup(self, backend: str, problem: str) -> None:
        """Prove the kernel on the golden map."""
        self.take(warm_golden(backend, problem, "quick"))

    def time_million_pixel_steps(self, *params: object) -> None:
        """Run the kernel over all tiles."""
        self.run()
