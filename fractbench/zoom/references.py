"""References: converging pixels of a window, found by training candidates whole.

The candidates and their order depend on the window alone, so that a map does not depend on tiles
or on where an interrupted run stopped: its centre, then points that fill it evenly (van der
Corput's sequences in bases 2 and 3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from fractbench.grid import Grid, NoReferenceError, points
from fractbench.problems.mlp import Mlp
from fractbench.zoom.orbit import Orbit
from fractbench.zoom.place import Place
from fractbench.zoom.precision import orbit

MOST, MORE = 32, 8
"""Candidates that are tried for the first reference, and for each further one."""
Say = Callable[[str], None]


def candidates(grid: Grid) -> Iterator[Place]:
    """Yield exact places inside a window, the centre first, without end."""
    (x, dx), (y, dy) = ((low, high - low) for low, high in map(grid.window.bounds, (0, 1)))
    k = 1
    while True:
        yield Place(x + dx * radical_inverse(k, 2), y + dy * middle(k))
        k += 1


def middle(k: int) -> Fraction:
    """Return the place of the k-th candidate along y; the first is the middle, like that of x."""
    return Fraction(1, 2) if k == 1 else radical_inverse(k, 3)


def radical_inverse(k: int, base: int) -> Fraction:
    """Return van der Corput's k-th number: the digits of k mirrored at the point."""
    value, unit = Fraction(0), Fraction(1, base)
    while k:
        k, digit = divmod(k, base)
        value += digit * unit
        unit /= base
    return value


class References:
    """The references of one window, found when they are asked for and then kept."""

    def __init__(self, problem: Mlp, grid: Grid, bits: int, say: Say) -> None:
        """Remember where to look."""
        self._problem, self._bits, self._say = problem, bits, say
        self._grid, self._candidates = grid, candidates(grid)
        self._found: list[Orbit] = []
        self.tried, self._ended = 0, False

    def columns(self) -> list[Fraction]:
        """Return the exact exponents of x."""
        return points(*self._grid.window.bounds(0), self._grid.width)

    def rows(self) -> list[Fraction]:
        """Return the exact exponents of y."""
        return points(*self._grid.window.bounds(1), self._grid.height)

    def first(self) -> Orbit:
        """Return the first reference.

        Raises:
            NoReferenceError: none of many candidates converges.
        """
        found = self.get(0)
        if found is None:
            raise NoReferenceError(
                f"none of {MOST} places in the window {self._grid.window.short} converges, so "
                "a deep zoom has no reference; type another centre, or a wider window"
            )
        return found

    def get(self, index: int) -> Orbit | None:
        """Return the reference of a number, training candidates; None if too few converge."""
        while len(self._found) <= index and not self._ended:
            found = self._next(MORE if self._found else MOST)
            if found is None:
                self._ended = True
            else:
                self._found.append(found)
        return self._found[index] if index < len(self._found) else None

    def _next(self, most: int) -> Orbit | None:
        for _ in range(most):
            self.tried += 1
            found = orbit(self._problem, next(self._candidates), self._bits)
            if found.converged:
                self._say(f"reference {len(self._found) + 1}: candidate {self.tried} converges")
                return found
        return None
