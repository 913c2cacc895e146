"""lines: the page and the picture of what was measured of Liu's lines."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from fractbench.problems.descent import Kind
from lines_measured import CRITICAL, FEWEST, Cell, Line, Starts, fit, pairs

PUBLISHED = {"multiplicative": "0.8375 ± 0.0042", "additive": "0.9956 ± 0.0050"}
SPREAD = {"multiplicative": "1.000, 0.011", "additive": "0.983, 0.079"}
"""Mean and standard deviation over 100 columns of his experiment on starts."""

INDEPENDENT = """Where x0 is redrawn, neighbours are independent draws, and the number of unlike
pairs doubles with the number of rates wherever both classes have a chance: the slope nears 1 as of
noise, whatever the boundary."""


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
