"""Rule: what a tracer refines."""

from __future__ import annotations

from dataclasses import dataclass

from fractbench.errors import UsageError

MAX_GUARD = 64


@dataclass(frozen=True)
class Rule:
    """Coarse cells along the longer side at least, neighbours refined with every mixed cell.

    Attributes:
        coarse: a cell of the coarse lattice is the largest power of two of pixels that gives so
            many cells along the longer side.
        guard: cells around a mixed cell, in every direction and at every level, that are refined
            with it.
        follow: whether a cell beyond the band is looked at too where the boundary runs into it.
            Only proofs turn it off.

    The defaults are chosen from the table of missed cells in docs/tracing.md.
    """

    coarse: int = 256
    guard: int = 2
    follow: bool = True

    def __post_init__(self) -> None:
        """Refuse what no tracer can do."""
        if self.coarse < 1:
            raise UsageError(f"coarse {self.coarse} is not allowed; type --coarse 256 cells or so")
        if not 0 <= self.guard <= MAX_GUARD:
            raise UsageError(
                f"guard {self.guard} is not allowed; type --guard with 0 to {MAX_GUARD} cells"
            )

    def step(self, side: int) -> int:
        """Return the pixels from node to node of the coarse lattice, a power of two.

        Args:
            side: pixels of the longer side.
        """
        step = 1
        while step < side - 1 and -(-(side - 1) // (2 * step)) >= self.coarse:
            step *= 2
        return step
