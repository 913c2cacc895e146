"""measured: frames of a boundary -> the figures of the map and of all its controls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fractbench.dimension.controls import (
    Raster,
    density,
    disc,
    generator,
    halved,
    is_line,
    noise,
    one_point,
    shuffled,
    straight,
    too_dense,
)
from fractbench.dimension.figures import Figure, figure
from fractbench.dimension.nudged import Flips
from fractbench.dimension.verdict import Evidence

Control = Callable[[Raster, np.random.Generator], Raster]

SHAPES: dict[str, tuple[Control, float]] = {"line": (straight, 1.0), "circle": (disc, 1.0)}
SHAPES_OF_A_LINE: dict[str, tuple[Control, float]] = {"point": (one_point, 0.0)}
"""Shapes and their dimensions."""


@dataclass(frozen=True)
class Doubled:
    """Frames made at double resolution, by their place among the frames, or why there are none."""

    rasters: Mapping[int, Raster] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class Measured:
    """The figures of a study; `same` holds the map's own on the frames that were doubled."""

    own: Figure
    shapes: dict[str, Figure]
    noise: Figure
    shuffled: Figure
    half: Figure
    double: Figure
    same: Figure
    density: float

    def evidence(self, flips: Flips | None) -> Evidence:
        """Return what the verdict rests on."""
        truths = SHAPES | SHAPES_OF_A_LINE
        misses = [
            abs(found.value - truths[name][1])
            for name, found in self.shapes.items()
            if found.value is not None
        ]
        return Evidence(
            own=self.own,
            controls={"noise": self.noise, "shuffled": self.shuffled},
            misses=misses,
            resolutions={"half": (self.half, self.own), "double": (self.double, self.same)},
            flips=flips,
            density=self.density,
        )


def measure(rasters: Sequence[Raster], doubled: Doubled, seed: int = 0) -> Measured:
    """Measure a map's frames and its controls, all by the same estimators at the same size.

    Args:
        rasters: the frames, bool, each (rows, columns), or one line (1, points).
        doubled: the same windows at double resolution, as far as they were made.
        seed: of the controls and of the bootstrap.
    """
    shapes = SHAPES_OF_A_LINE if is_line(rasters[0]) else SHAPES

    def drawn(word: int, make: Control) -> list[Raster]:
        return [make(one, generator(seed, word, k)) for k, one in enumerate(rasters)]

    own = figure(rasters, seed)
    places = sorted(doubled.rasters)
    return Measured(
        own=own,
        shapes={
            name: figure(drawn(word, shape), seed)
            for word, (name, (shape, _)) in enumerate(shapes.items())
        },
        noise=figure(drawn(8, noise), seed, _density_note(rasters)),
        shuffled=figure(drawn(9, shuffled), seed),
        half=figure([halved(one) for one in rasters], seed),
        double=figure([doubled.rasters[k] for k in places], seed, doubled.reason)
        if places
        else Figure(note=doubled.reason),
        same=figure([rasters[k] for k in places], seed) if places else Figure(),
        density=float(np.mean([density(one) for one in rasters])),
    )


def _density_note(rasters: Sequence[Raster]) -> str:
    dense = sum(too_dense(one) for one in rasters)
    if not dense:
        return ""
    which = "the map" if len(rasters) == 1 else f"{dense} of {len(rasters)} frames"
    return f"no noise has as many edges as {which}; p = 1/2, the densest, is taken"
