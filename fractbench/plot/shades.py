"""shades: the one colour reference of several maps, and the key that explains it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from fractbench.colors import BUFFER, Shade, class_shade, painted, rank_shade
from fractbench.errors import UsageError, nearest
from fractbench.plot.key import Key
from fractbench.plot.shown import Shown

Paint = Callable[[Shown], NDArray[np.uint8]]
"""paint(map) -> its colours, (rows, columns, 3)."""

PUBLISHED, CLASSES = "published", "classes"
_BAR = 256
"""Colours of a key's bar."""


def chosen_colors(maps: Sequence[Shown], wanted: str | None) -> str:
    """Return ``published``, ``classes`` or a colormap's name: what was asked for, or the Problems'.

    Raises:
        UsageError: the name is unknown, or nothing was asked for and the Problems have different
            colourings.
    """
    from matplotlib import colormaps

    if wanted is None:
        palettes = sorted({item.problem.palette for item in maps})
        if len(palettes) > 1:
            raise UsageError(
                f"{maps[0].problem.name} and the other maps are coloured in different ways; "
                "type --colors published or --colors classes"
            )
        return palettes[0]
    if wanted not in (PUBLISHED, CLASSES, *colormaps):
        names = (PUBLISHED, CLASSES, *colormaps)
        raise UsageError(
            f"unknown colors {wanted!r}{nearest(wanted, names)}; type --colors published, "
            "classes, or the name of a Matplotlib colormap such as viridis"
        )
    return wanted


def painter(reference: Sequence[Shown], wanted: str) -> Paint:
    """Return the colouring by the ranks that values have among those of all maps of `reference`."""
    values = np.concatenate([item.value.ravel() for item in reference])
    if wanted == CLASSES:
        return lambda item: painted(
            class_shade(values, item.problem.classes), item.value, item.classes
        )
    shade = _by_rank(values, wanted)
    return lambda item: painted(shade, item.value, item.classes)


def key(maps: Sequence[Shown], wanted: str) -> Key:
    """Return the key of a colouring of some maps."""
    legend = dict.fromkeys(entry for item in maps for entry in item.problem.classes)
    if wanted == CLASSES:
        return Key(patches=tuple((entry.color, entry.name) for entry in legend))
    side = np.linspace(BUFFER, 1, _BAR // 2, dtype=np.float64)
    values = np.concatenate([side[::-1], -side])[None]
    bar = painted(_by_rank(values, wanted), values, np.zeros(values.shape, np.uint8))[0]
    names = [entry.name for entry in sorted(legend, key=lambda entry: entry.converged)]
    if len(legend) != 2:
        return Key(bar, ("highest value", "", "lowest value"))
    return Key(bar, (f"{names[0]} late", "soon", f"{names[1]} late"))


def _by_rank(values: NDArray[np.floating], wanted: str) -> Shade:
    return rank_shade(values) if wanted == PUBLISHED else rank_shade(values, wanted)
