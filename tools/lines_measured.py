"""lines: the three experiments on Liu's lines (arXiv 2406.13971), measured.

Classes come from `native`, strict float64; those of lines whose start changes from rate to rate
from `descended`, in NumPy.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.contract import arithmetic
from fractbench.arithmetic.formats import Format
from fractbench.dimension.fitted import Estimate
from fractbench.dimension.pairs import pair_counts, pair_dimension, slope
from fractbench.execute import execute
from fractbench.grid import Grid
from fractbench.plan import Plan
from fractbench.problems.descent import Kind
from fractbench.problems.quadratic import Quadratic
from fractbench.registry import select
from fractbench.tree import Tree
from fractbench.window import Window, canonical, decimal

KINDS: tuple[Kind, ...] = ("multiplicative", "additive")
CRITICAL = 1 / (2 * math.pi**2)
"""The roughness e / l^2 at which the loss turns non-convex."""
PIECE, FEWEST = 22, 16
"""log2 of the points of one map; pairs of the coarsest line of our fit."""
FIRST = {"multiplicative": 10, "additive": 11}
"""The smallest k of his fits in the experiment on starts."""

Line = NDArray[np.bool_]


@dataclass(frozen=True)
class Started(Quadratic):
    """A perturbed quadratic with another start; it has no specification, so no file."""

    x0: float = 1.0

    def inputs(self, fmt: Format) -> dict[str, Tree]:
        """Return the family's inputs with the start replaced."""
        given = super().inputs(fmt)
        return {**given, "shared": {"start": np.full((1, 1), self.x0, fmt.dtype)}}


def problem(kind: Kind, epsilon: str = "0.2", length: str = "0.1", x0: float = 1.0) -> Started:
    """Return a line's problem, 1000 steps."""
    name = f"quadratic-{kind}"
    return Started(name, 1000, kind=kind, epsilon=epsilon, lengths=(length,), x0=x0)


def line(chosen: Started, power: int, backend: str = "native", piece: int = PIECE) -> Line:
    """Return which of 2**power + 1 rates from 0 to 1.5 converge, made in maps of 2**piece."""
    made, device = select(backend)
    plain = arithmetic("strict", "float64")
    kernel = made.prepare(chosen, device, plain, "auto")
    parts, size = 1 << max(power - piece, 0), (1 << min(power, piece)) + 1
    out = np.empty((1 << power) + 1, bool)
    for part in range(parts):
        # Sixteenths of a sixteenth and so on of 1.5 are finite decimals, so the points are exact.
        ends = tuple(_written(Fraction(3, 2) * k / parts) for k in (part, part + 1))
        plan = Plan(chosen, Grid(Window(((ends[0], ends[1]),)), size, 1), plain)
        begin = part * (size - 1)
        out[begin : begin + size] = execute(plan, kernel).converged[0]
    return out


def _written(number: Fraction) -> str:
    return canonical(decimal(f"{float(number):.60f}"))


def descended(
    kind: Kind, rates: NDArray[np.float64], x0: NDArray[np.float64], steps: int = 1000
) -> Line:
    """Return which rates converge from a start of their own, at e = 0.2 and l = 0.1, in NumPy.

    A pixel that has left the bound, or is where it has been before, drops out of the work.
    """
    converged = np.ones(len(rates), bool)
    cuts = [slice(begin, begin + (1 << 13)) for begin in range(0, len(rates), 1 << 13)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in [
            pool.submit(_descend, kind, rates[cut], x0[cut], steps, converged[cut]) for cut in cuts
        ]:
            done.result()
    return converged


def _descend(
    kind: Kind, rates: NDArray[np.float64], x: NDArray[np.float64], steps: int, out: Line
) -> None:
    where, e, w = np.arange(len(rates)), 0.2, 2 * math.pi / 0.1
    earlier = x
    for step in range(steps):
        cosine, sine, square = e * np.cos(w * x), e * w * np.sin(w * x), x * x
        if kind == "additive":
            loss, gradient = square + cosine, 2 * x - sine
        else:
            loss, gradient = square * (1 + cosine), 2 * x * (1 + cosine) - square * sine
        inside = loss <= 1e8
        out[where[~inside]] = False
        moved = x - rates * gradient
        # Where x returns to one that it had, it will do so for ever: Brent's search for cycles.
        earlier = x if step & (step - 1) == 0 else earlier
        kept = inside & (moved != earlier)
        where, rates, x, earlier = where[kept], rates[kept], moved[kept], earlier[kept]


def pairs(converged: Line) -> NDArray[np.int64]:
    """Return the pairs of different class among 2**k + 1 points, for every k from 0 on."""
    return np.asarray(pair_counts(converged, 0).sum(axis=0)[::-1])


def liu(counts: NDArray[np.int64]) -> tuple[float, float]:
    """Return Liu's slope of log2 of the pairs against k, and its standard error.

    He leaves out every k of fewer than two pairs; nan where fewer than four are left.
    """
    k = np.flatnonzero(counts > 1)
    if len(k) < 4:
        return float("nan"), float("nan")
    fitted, covariance = np.polyfit(k, np.log2(counts[k]), 1, cov=True)
    return float(fitted[0]), float(np.sqrt(covariance[0, 0]))


def fit(converged: Line) -> tuple[float, float, Estimate]:
    """Return Liu's slope over every k with two pairs or more, its standard error, and ours.

    Ours is over the k from which on every line has `FEWEST` pairs or more.
    """
    counts = pairs(converged)
    told, error = liu(counts)
    few = np.flatnonzero(counts < FEWEST)
    least = int(few[-1]) + 1 if len(few) else 0
    return told, error, pair_dimension(converged, least=min(least, len(counts) - 1))


def dimensions(power: int, backend: str = "native") -> dict[Kind, Line]:
    """Return the two lines at e = 0.2, l = 0.1 from x0 = 1."""
    return {kind: line(problem(kind), power, backend) for kind in KINDS}


@dataclass(frozen=True)
class Cell:
    """One line of the (e, l) grid; its dimension is 0 where the class changes but once."""

    epsilon: float
    length: float
    dimension: float

    @property
    def roughness(self) -> float:
        """The quantity that decides: e / l^2."""
        return self.epsilon / self.length**2


def transition(side: int, power: int, backend: str = "native") -> list[Cell]:
    """Return additive lines from x0 = 5, e to 0.2 and l to 1 in equal steps."""
    cells = []
    for j in range(1, side + 1):
        for i in range(1, side + 1):
            # Six digits are exact decimals for the problem, and the same numbers for the plot.
            e, length = f"{0.2 * i / side:.6f}", f"{j / side:.6f}"
            counts = pairs(line(problem("additive", e, length, 5.0), power, backend))
            d = 0.0 if counts.max() == 1 else liu(counts)[0]
            cells.append(Cell(float(e), float(length), d))
    return cells


@dataclass(frozen=True)
class Starts:
    """Dimensions of lines by where their starts come from, and how far two makers agree."""

    fixed: tuple[float, ...]
    redrawn: tuple[float, ...]
    agreement: float


def starts(kind: Kind, lines: int, power: int, backend: str = "native", seed: int = 0) -> Starts:
    """Return the dimensions of lines from x0 in [-5, 5], fixed for each line and redrawn.

    `agreement` is the share of rates whose class `descended` and `backend` give alike at x0 = 1.
    """
    rng, count = np.random.Generator(np.random.Philox(seed)), (1 << power) + 1
    rates, least = 1.5 * np.arange(count) / (count - 1), min(FIRST[kind], power - 2)
    fixed = [line(problem(kind, x0=x), power, backend) for x in rng.uniform(-5, 5, lines)]
    redrawn = [descended(kind, rates, rng.uniform(-5, 5, count)) for _ in range(lines)]
    few = rates[:: max(1, count >> 16)]
    told = line(problem(kind), min(power, 16), backend)
    same = float(np.mean(descended(kind, few, np.ones(len(few))) == told))
    return Starts(_slopes(fixed, least), _slopes(redrawn, least), same)


def _slopes(lines: Sequence[Line], least: int) -> tuple[float, ...]:
    counts = [pair_counts(each, least).sum(axis=0) for each in lines]
    return tuple(float(slope(each)) if each.all() else float("nan") for each in counts)
