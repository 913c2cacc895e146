"""Write docs/lines.md and its picture: Liu's lines (arXiv 2406.13971), measured again.

    python tools/prove_lines.py [--power 24] [--grid 16] [--grid-power 18] [--starts 5]
                                [--starts-power 20]

Three experiments on gradient descent on perturbed quadratics: the two dimensions at e = 0.2,
l = 0.1 from 2**power + 1 learning rates; the transition at e / l^2 = 1 / (2 pi^2) on a grid of
(e, l); and lines from other starts x0, one for each line or one for each learning rate. Classes
come from `native`, strict float64; those of lines whose start changes from rate to rate from
`descended`, in NumPy.
"""

from __future__ import annotations

import argparse
import math
import os
import textwrap
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

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

ROOT = Path(__file__).resolve().parents[1]
KINDS: tuple[Kind, ...] = ("multiplicative", "additive")
PUBLISHED = {"multiplicative": "0.8375 ± 0.0042", "additive": "0.9956 ± 0.0050"}
SPREAD = {"multiplicative": "1.000, 0.011", "additive": "0.983, 0.079"}
"""Mean and standard deviation over 100 columns of his experiment on starts."""
CRITICAL = 1 / (2 * math.pi**2)
PIECE, FEWEST = 22, 16
"""log2 of the points of one map; pairs of the coarsest line of our fit."""
FIRST = {"multiplicative": 10, "additive": 11}
"""The smallest k of his fits in the experiment on starts."""

INDEPENDENT = """Where x0 is redrawn, neighbours are independent draws, and the number of unlike
pairs doubles with the number of rates wherever both classes have a chance: the slope nears 1 as of
noise, whatever the boundary."""

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


def draw(cells: Sequence[Cell], path: Path) -> None:
    """Draw the dimension on the (e, l) grid, and against roughness."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.8), dpi=110, layout="constrained")
    left, right = figure.subplots(1, 2)
    e, length, d, rough = (
        np.array([getattr(cell, name) for cell in cells])
        for name in ("epsilon", "length", "dimension", "roughness")
    )
    side = math.isqrt(len(cells))
    shade = left.pcolormesh(
        e.reshape(side, side), length.reshape(side, side), d.reshape(side, side),
        vmin=0, vmax=1.1, shading="nearest",
    )  # fmt: skip
    figure.colorbar(shade, ax=left, label="dimension")
    along = np.linspace(e.min(), e.max(), 200)
    left.plot(along, np.sqrt(along / CRITICAL), "r--")
    left.locator_params(axis="x", nbins=5)
    left.set(xlabel="e", ylabel="l", ylim=(length.min() / 2, length.max()))
    right.semilogx(rough, d, ".")
    right.axvline(CRITICAL, color="r", ls="--")
    right.set(xlabel="roughness e / l²", ylabel="dimension")
    figure.suptitle("additive, x0 = 5; red: e / l² = 1 / (2π²) = 0.0507", fontsize=10)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Software": ""})


def _text(words: str) -> str:
    """Return a paragraph, wrapped, from text in lines of any length."""
    return textwrap.fill(" ".join(words.split()), 100, break_on_hyphens=False)


def _part_dimensions(found: Mapping[Kind, Line]) -> list[str]:
    rates = len(next(iter(found.values())))
    lines = [
        "## The two dimensions",
        "",
        _text(f"""e = 0.2, l = 0.1, x0 = 1, {rates:,} learning rates from 0 to 1.5. Liu fits every k
        with two pairs or more, from up to 2^32 + 1 rates, and quotes the standard error of the
        slope. Ours is the slope over the k from which on no line has fewer than {FEWEST} pairs; its
        95 % interval is a block bootstrap, ± 0.02 for what known shapes show."""),
        "",
        "| loss | published | his fit, our line | ours | 95 % interval | k of ours |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for kind, each in found.items():
        told, error, ours = fit(each)
        top = (len(each) - 1).bit_length() - 1
        low = top - ours.sizes[1].bit_length() + 1
        lines.append(
            f"| {kind} | {PUBLISHED[kind]} | {told:.4f} ± {error:.4f} | {ours.value:.4f} | "
            f"{ours.low:.3f} to {ours.high:.3f} | {low} to {top} |"
        )
    lines += ["", "Pairs of different class by k, and the slope from the k before:", ""]
    lines += ["| k | " + " | ".join(f"{kind} | slope" for kind in found) + " |"]
    lines += ["| ---: |" + " ---: | ---: |" * len(found)]
    every = [pairs(each) for each in found.values()]
    for k in range(1, len(every[0])):
        row = [f"{c[k]:,} | {math.log2(c[k] / c[k - 1]):.3f}" if c[k - 1] else f"{c[k]:,} |"
               for c in every]  # fmt: skip
        lines.append(f"| {k} | " + " | ".join(row) + " |")
    return lines


def _part_transition(cells: Sequence[Cell], power: int) -> list[str]:
    told = [cell for cell in cells if not math.isnan(cell.dimension)]
    lines = [
        "## The transition",
        "",
        "![Dimension on the (e, l) grid and against roughness](pictures/lines-transition.png)",
        "",
        _text(f"""Additive loss, x0 = 5, {len(cells)} lines of 2^{power} + 1 rates, his fit; a line
        whose class changes once has dimension 0. Published, from lines of 2^20 rates: 0 below
        roughness e / l^2 = 1 / (2 pi^2) = 0.0507, where the loss is convex, and 0.8 to 1.1
        above."""),
        "",
        "| roughness | lines | lowest | median | highest | share above 0.1 |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for low, high in ((0, CRITICAL), (CRITICAL, 2 * CRITICAL), (2 * CRITICAL, math.inf)):
        d = np.array([c.dimension for c in told if low <= c.roughness < high])
        if d.size:
            lines.append(
                f"| {low:.4f} to {high:.4f} | {d.size} | {d.min():.3f} | {np.median(d):.3f} | "
                f"{d.max():.3f} | {np.mean(d > 0.1):.0%} |"
            )
    left = len(cells) - len(told)
    return [*lines, "", f"Lines with two pairs or more at fewer than four k, left out: {left}."]


def _part_starts(found: Mapping[Kind, Starts], power: int) -> list[str]:
    lines = [
        "## Other starts",
        "",
        _text(f"""Liu reports how the dimension depends on the start x0, from 100 lines of 2^20 + 1
        rates, x0 uniform in [-5, 5]. The text does not say whether a line keeps its x0; his
        programs (exp-6.jl, exp-7.jl) draw it inside the function that is called for each rate. Both
        ways, from 2^{power} + 1 rates: mean and standard deviation over lines of the slope from
        k = 10 (multiplicative) and 11 (additive) on, as in his notebooks."""),
        "",
        "| loss | published | x0 redrawn for each rate | x0 fixed for each line | lines |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for kind, each in found.items():
        lines.append(
            f"| {kind} | {SPREAD[kind]} | {_told(each.redrawn)} | {_told(each.fixed)} | "
            f"{len(each.fixed)} |"
        )
    lines += ["", "Line by line:", ""]
    for kind, each in found.items():
        for name, values in (("fixed", each.fixed), ("redrawn", each.redrawn)):
            lines.append(f"- {kind}, {name}: " + ", ".join(f"{d:.3f}" for d in values))
    shares = " and ".join(f"{each.agreement:.2%} ({kind})" for kind, each in found.items())
    return [
        *lines,
        "",
        _text(verdict(found)),
        "",
        _text(f"""At x0 = 1 NumPy, which makes the redrawn lines, and `native` give {shares} of the
        rates the same class; sines that differ in the last place decide the rest."""),
    ]


def verdict(found: Mapping[Kind, Starts]) -> str:
    """Return which way was published, for each loss: where that mean is met by one way alone."""
    words = []
    for kind, each in found.items():
        mean, spread = map(float, SPREAD[kind].split(","))
        met = [
            name
            for name, values in (("redrawn", each.redrawn), ("fixed", each.fixed))
            if abs(float(np.nanmean(values)) - mean) <= spread
        ]
        if len(met) == 1:
            words.append(f"For the {kind} loss only x0 {met[0]} meets the published mean.")
        else:
            words.append(f"For the {kind} loss the two ways are too close to tell which it was.")
    return " ".join([*words, INDEPENDENT])


def _told(values: Sequence[float]) -> str:
    return f"{np.nanmean(values):.3f}, {np.nanstd(values):.3f}"


def page(
    found: Mapping[Kind, Line], cells: Sequence[Cell], begun: Mapping[Kind, Starts],
    power: int, starts_power: int,
) -> str:  # fmt: skip
    """Return the text of docs/lines.md; the powers are those of the grid and of the starts."""
    first = (len(next(iter(found.values()))) - 1).bit_length() - 1
    side, many = math.isqrt(len(cells)), len(next(iter(begun.values())).fixed)
    lines = [
        "# Liu's lines",
        "",
        _text("""Gradient descent on a parabola with cosines (Liu,
        [arXiv 2406.13971](https://arxiv.org/abs/2406.13971)): additive x^2 + e cos(2 pi x / l),
        multiplicative x^2 (1 + e cos(2 pi x / l)); 1000 steps, one axis: the learning rate. A rate
        has diverged once its loss exceeds 1e8. The dimension is the slope of log2 of the number of
        neighbouring rates of different class against k, among 2^k + 1 rates. Written by"""),
        "",
        f"    python tools/prove_lines.py --power {first} --grid {side} --grid-power {power} \\",
        f"        --starts {many} --starts-power {starts_power}",
        "",
        "with classes from `native`, strict float64.",
        "",
        *_part_dimensions(found),
        "",
        *_part_transition(cells, power),
        "",
        *_part_starts(begun, starts_power),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, draw and write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--power", type=int, default=24)
    parser.add_argument("--grid", type=int, default=16)
    parser.add_argument("--grid-power", type=int, default=18)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--starts-power", type=int, default=20)
    told = parser.parse_args()
    found = dimensions(told.power)
    print("lines are done", flush=True)
    cells = transition(told.grid, told.grid_power)
    print("the grid is done", flush=True)
    begun = {kind: starts(kind, told.starts, told.starts_power) for kind in KINDS}
    draw(cells, ROOT / "docs" / "pictures" / "lines-transition.png")
    text = page(found, cells, begun, told.grid_power, told.starts_power)
    (ROOT / "docs" / "lines.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
