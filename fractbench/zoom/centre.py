"""centre: follow the boundary of a map inward, to a point on it at any depth.

The first round trains a small map, every other one a row of pixels across the window. A round
picks a place where the class changes between two neighbours of a row, and goes on with a window of
two spacings about its middle; so each row divides the width by 512. A seed decides what is picked.
The precision follows the width: strict float32 at first, then references of as many bits as the
spacing needs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.contract import PERTURBED, arithmetic
from fractbench.errors import UsageError
from fractbench.grid import Grid, NoReferenceError, points
from fractbench.map import Map
from fractbench.plan import DOUBT, Plan, check_perturbed
from fractbench.problems.base import Problem
from fractbench.window import Window, canonical
from fractbench.zoom.kernel import NOISE

POINTS = 1025
COARSE = Fraction(1, 1 << 17)
"""Spacing in decades above which float32 tells neighbours well apart: some 90 ulps."""
SIDES = (33, 65, 129)
"""The map of the first round; a finer one where no row of it meets the boundary."""
BACK = 24
"""Times that a round may go back to a wider window."""
AFRESH = 4
"""Every so many times it goes back to the first map, and begins at another change there."""
Maker = Callable[[Plan], Map]


@dataclass(frozen=True)
class Centre:
    """A point on the boundary: the class changes within `width` decades of it along x.

    `x`, midway between two pixels, and `y` are exact decimals; `inside` is the x of the pixel that
    converges. `bits` is the precision of the last round's references, 24 where it trained in
    float32 itself.
    """

    x: Decimal
    y: Decimal
    inside: Decimal
    width: Decimal
    bits: int

    @property
    def text(self) -> str:
        """The pixel that converges as ``--center`` takes it: a window about it has a reference."""
        return f"{canonical(self.inside)},{canonical(self.y)}"

    @property
    def middle(self) -> str:
        """The centre as ``--center`` takes it."""
        return f"{canonical(self.x)},{canonical(self.y)}"


def follow(problem: Problem, window: Window, width: Decimal, make: Maker, seed: int = 0
           ) -> Iterator[Centre]:  # fmt: skip
    """Yield the Centre of every round, until its width is at most `width`.

    Args:
        problem: a network, with its steps.
        window: where to begin.
        width: decades.
        make: returns the Map of a Plan of one row.
        seed: decides which changes are picked.

    Raises:
        UsageError: the Problem has no deep zoom, or no row meets the boundary.
    """
    check_perturbed(problem)
    now, back = _first(problem, window, make, f"{seed} 0 0"), 0
    path = [now]
    yield now
    while now.width > width:
        found = _next(problem, now, make, f"{seed} {len(path)} {back}", back)
        if found is not None:
            path.append(now := found)
            yield now
            continue
        back += 1
        if back > BACK:
            raise UsageError(
                f"the boundary of {problem.spec} was lost at {now.text}, width {now.width:.1e}; "
                f"type another --seed than {seed}, or a larger --width"
            )
        if back % AFRESH == 0:
            path = [_first(problem, window, make, f"{seed} 0 {back}")]
        else:
            del path[max(1, len(path) - 1 - back // AFRESH) :]
        now = path[-1]


def _next(problem: Problem, now: Centre, make: Maker, seed: str, back: int) -> Centre | None:
    """Return a change in a row about a centre, after going back in another row; None if none."""
    aside = now.width * (back % 9 - 4 if back else 0) / 4
    around = f"{canonical(now.x)},{canonical(now.y + aside)}"
    try:
        return _pick(_row(problem, Window.around(around, canonical(now.width * 2)), make), seed)
    except NoReferenceError:
        return None


def _first(problem: Problem, window: Window, make: Maker, seed: str) -> Centre:
    """Return a change of class between two neighbours of a row of a small map."""
    for side in SIDES:
        grid = Grid(window, side, side)
        contract = _contract(window.bounds(0), side)
        found = _pick(make(Plan(problem, grid, arithmetic(contract))), seed)
        if found is not None:
            return found
    raise UsageError(
        f"no row of {SIDES[-1]} pixels in the window {window} meets a boundary of {problem.spec}; "
        "type another --window"
    )


def _contract(bounds: tuple[Fraction, Fraction], count: int) -> str:
    return "strict" if (bounds[1] - bounds[0]) / (count - 1) > COARSE else PERTURBED


def _row(problem: Problem, window: Window, make: Maker) -> Map:
    contract = _contract(window.bounds(0), POINTS)
    return make(Plan(problem, Grid(window, POINTS, 1), arithmetic(contract)))


def _pick(made: Map, seed: str) -> Centre | None:
    """Return one of the changes of class between two neighbours of which none is in doubt.

    Where a whole row is noise there is none: what looks sure there is chance.
    """
    doubt = made.accumulators.get(DOUBT)
    sure = np.ones(made.converged.shape, bool) if doubt is None else np.asarray(doubt == 0)
    if np.mean(~sure) > NOISE:
        return None
    changes = changes_of(made.converged, sure)
    if not len(changes):
        return None
    row, at = changes[_number(seed) % len(changes)].tolist()
    x, y = (points(*made.grid.window.bounds(axis), count)
            for axis, count in enumerate((made.grid.width, made.grid.height)))  # fmt: skip
    spacing = x[1] - x[0]
    inside = x[at if made.converged[row, at] else at + 1]
    return Centre(_decimal((x[at] + x[at + 1]) / 2, spacing), _decimal(y[row], spacing),
                  _decimal(inside, spacing), _decimal(spacing, spacing),
                  int(made.made.get("bits", 24)))  # fmt: skip


def changes_of(converged: NDArray[np.bool_], sure: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return every (row, k) where pixels k and k + 1 are sure and of different classes."""
    return np.argwhere((converged[:, 1:] != converged[:, :-1]) & sure[:, 1:] & sure[:, :-1])


def _decimal(value: Fraction, spacing: Fraction) -> Decimal:
    """Return the value to a thousandth of the spacing, so that a centre stays short."""
    digits = len(str(int(1 / spacing))) + 3
    exact = Context(prec=digits + 12)
    quotient = exact.divide(Decimal(value.numerator), Decimal(value.denominator))
    return quotient.quantize(Decimal(1).scaleb(-digits), context=exact)


def _number(seed: str) -> int:
    """Return a number that depends on a text alone, on every system."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")
