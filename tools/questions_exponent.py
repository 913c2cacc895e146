"""What kind of boundary is it? The uncertainty exponent of every problem, and Newton's basins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fractbench.dimension.controls import Raster, disc, generator, is_line, noise, one_point
from fractbench.dimension.frames import Asked
from fractbench.dimension.maker import Maker
from fractbench.dimension.study import boundary_of
from fractbench.dimension.uncertainty import uncertainty
from fractbench.problems.catalogue import names, problem
from questions_common import (
    NOTHING,
    Facts,
    Made,
    Part,
    Settings,
    commands,
    dimension,
    exponent,
    noise_sentences,
    number,
    share,
    table,
    text,
    told,
    with_interval,
)
from questions_wada import DISTANCES, draws, sectors, shared

SIZES = {"linear": 512, "single": 512, "quadratic-2d": 512, "mandelbrot": 1024, "newton": 1024}
PIXELS, POINTS = 128, (1 << 22) + 1
"""A side of the other problems, and the points of a line."""
WADA = "wada"


def asked(row: str, settings: Settings) -> Facts:
    """Return what a row asks: a problem on its start window."""
    name = "newton" if row == WADA else row
    chosen = problem(name)
    line = len(chosen.axes) == 1
    plain = POINTS if line else SIZES.get(name, PIXELS)
    size = settings.size or plain
    return {
        "problem": name,
        "kind": WADA if row == WADA else "exponent",
        "size": size * size + 1 if line and settings.size else size,
        "steps": settings.steps or chosen.steps,
        "dtype": "float64" if line else "auto",
    }


def make(row: Facts, maker: Maker) -> Facts:
    """Return the exponent with its controls and the dimension; for Newton's basins who is near."""
    request = Asked(row["problem"], row["size"], row["steps"], row["dtype"]).request("start")
    made = maker.map(request)
    if row["kind"] == WADA:
        return _basins(made.classes)
    rasters, named = boundary_of([made])
    raster = rasters[0]
    flips = maker.flips(request, made, 0)
    return {
        "axes": len(problem(row["problem"]).axes),
        "made": request.dtype,
        "boundary": named,
        "exponent": exponent(uncertainty(made.classes)),
        **{name: exponent(uncertainty(one)) for name, one in _controls(raster).items()},
        "flips": None if flips is None else flips.share,
        "dimension": dimension(raster, flips),
    }


def _controls(raster: Raster) -> dict[str, Any]:
    smooth = one_point if is_line(raster) else disc
    return {
        "smooth": smooth(raster, generator(0, 1)).astype(np.uint8),
        "noise": noise(raster, generator(0, 2)).astype(np.uint8),
    }


def _basins(classes: Any) -> Facts:
    size, roots = min(classes.shape), (1, 2, 3)
    maps = {
        "newton": classes,
        "newton, every second pixel": classes[::2, ::2],
        "three sectors": sectors(size),
        "three coins": draws(size),
    }
    return {
        "near": {
            name: [shared(one, roots, r) if min(one.shape) > 2 * r + 1 else None for r in DISTANCES]
            for name, one in maps.items()
        },
        "sides": {name: min(one.shape) for name, one in maps.items()},
    }


def says(found: Mapping[str, Any]) -> str:
    """Return what an exponent says, by its interval."""
    low, high = found["low"], found["high"]
    if low is None or high is None:
        return str(found["note"] or "nothing")
    if low <= 0:
        return "riddled, or noise"
    return "fractal" if high < 1 else "cannot be told from smooth"


def answer(made: Made) -> list[str]:
    """Return the part of the document."""
    problems = {name: one for name, one in made.items() if name != WADA}
    rows = [
        [
            f"`{name}`",
            says(one["exponent"]),
            _size(one),
            one["made"],
            share(one["flips"]),
            with_interval(one["exponent"], "alpha"),
            number(one["exponent"]["dimension"]),
            with_interval(one["dimension"]["own"]),
            number(one["smooth"]["alpha"]),
            with_interval(one["noise"], "alpha"),
            told(one["dimension"]),
        ]
        for name, one in problems.items()
    ]
    heads = ("problem", "it says", "size, steps", "dtype", "one-ulp flips", "alpha (95 %)",
             "axes - alpha", "fitted or pairs (95 %)", "alpha of a disc or point",
             "alpha of noise (95 %)", "told from noise")  # fmt: skip
    return [
        "## What kind of boundary is it?",
        "",
        text("""The share of pixels whose class another pixel at a distance does not share goes as
        distance to the power alpha, and axes - alpha is the boundary's dimension
        (`fractbench/dimension/uncertainty.py`). Alpha of 1 is a smooth boundary, alpha between 0
        and 1 a fractal one, alpha of 0 a riddled one or noise, where a finer look settles nothing.
        Every problem on its start window with its own classes; the controls, a disc (or a point on
        a line) and noise with as many edges, have the problem's size."""),
        "",
        *commands("exponent", made),
        *(table(heads, rows, words=2) if rows else []),
        "",
        *noise_sentences({f"`{name}`": one["dimension"] for name, one in problems.items()}),
        *([text(_sentence(problems))] if rows else []),
        *(["", *_wada(made[WADA])] if WADA in made else []),
    ]


def _size(one: Facts) -> str:
    side = f"{one['asked']['size']:,}"
    size = f"{side} points" if one["axes"] == 1 else f"{side} x {side}"
    return f"{size}, {one['asked']['steps']}"


def _sentence(problems: Made) -> str:
    by_word: dict[str, list[str]] = {}
    for name, one in problems.items():
        by_word.setdefault(says(one["exponent"]), []).append(f"`{name}`")
    listed = "; ".join(f"{word}: {', '.join(found)}" for word, found in by_word.items())
    return (
        f"**By their intervals, {listed}.** A start window is wide: a boundary that is smooth at "
        "its scale may be fractal in a narrower one."
    )


def _wada(one: Facts) -> list[str]:
    near = one["near"]
    rows = [
        (name, f"{one['sides'][name]:,}", *(NOTHING if x is None else f"{x:.1%}" for x in shares))
        for name, shares in near.items()
    ]
    own, plain = near["newton"], near["three sectors"]
    return [
        "### Newton's basins share one boundary",
        "",
        text("""Every point of the boundary of one basin of z^3 - 1 is on the boundary of all three
        (the Wada property). In a raster: of the pixels with a neighbour of another class, the share
        that has all three roots at most r columns and r rows away."""),
        "",
        *table(("classes", "pixels a side", *(f"r = {r}" for r in DISTANCES)), rows),
        "",
        text(f"""**{_percent(own[-1])} of Newton's boundary pixels have all three roots within
        {DISTANCES[-1]} pixels**, and {_percent(plain[-1])} of those of three sectors that meet in a
        point. {_finer(near)}"""),
    ]


def _percent(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.1%}"


def _finer(near: Mapping[str, list[float | None]]) -> str:
    """Return how the share moves when r and the pixels are halved together."""
    fine, coarse = near["newton"], near["newton, every second pixel"]
    k = DISTANCES.index(2)
    return (
        f"One distance in the plane, 4 pixels of the map or 2 of every second, gives "
        f"{_percent(fine[k + 1])} and {_percent(coarse[k])}."
    )


PART = Part("exponent", (*names(), WADA), asked, make, answer)
