"""Key: what the colours mean, drawn once below all panels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fractbench.plot.letters import POINT, wide
from fractbench.plot.paper import Paper

_LONGEST = 90.0
"""Millimetres of a bar."""


@dataclass(frozen=True)
class Key:
    """A bar of colours, (colours, 3), with words at its ends and middle, or a patch for each class.

    With neither there is nothing to draw.
    """

    bar: NDArray[np.uint8] | None = None
    words: tuple[str, str, str] = ("", "", "")
    patches: tuple[tuple[str, str], ...] = ()
    """(colour, name)"""


Row = list[tuple[float, str, str]]
"""(mm from the left, colour, name) of each patch."""


def rows(key: Key, width: float, points: float) -> list[Row]:
    """Return the patches in rows of at most `width` mm."""
    found: list[Row] = []
    across = width
    for color, name in key.patches:
        needed = points * POINT * 1.4 + wide(name, points)
        if not found or across + needed > width:
            found.append([])
            across = 0.0
        found[-1].append((across, color, name))
        across += needed + points * POINT * 1.5
    return found


def height(key: Key, width: float, points: float) -> float:
    """Return the height of a key in mm."""
    letter = points * POINT
    if key.bar is not None:
        return 2.4 * letter
    return 1.5 * letter * len(rows(key, width, points))


Place = tuple[float, float, float]
"""(left, bottom, width) in mm."""


def draw(key: Key, paper: Paper, place: Place, points: float) -> None:
    """Draw a key."""
    (left, bottom, width), letter = place, points * POINT
    if key.bar is not None:
        _bar(key.bar, key.words, paper, (left, bottom, min(width, _LONGEST)), points)
    for line, row in enumerate(reversed(rows(key, width, points))):
        up = bottom + 1.5 * letter * line
        for across, color, name in row:
            paper.patch(left + across, up + 0.15 * letter, letter, color)
            paper.text(left + across + 1.4 * letter, up + 0.3 * letter, name, points)


def _bar(
    colors: NDArray[np.uint8], words: tuple[str, str, str], paper: Paper, place: Place,
    points: float,
) -> None:  # fmt: skip
    (left, bottom, width), letter = place, points * POINT
    axes = paper.axes(left, bottom + 1.5 * letter, width, 0.8 * letter)
    axes.imshow(colors[None], aspect="auto", interpolation="nearest")
    axes.set_axis_off()
    if sum(wide(each, points) for each in words) + 3 * letter > width:
        words = (words[0], "", words[2])
    for at, (words_at, side) in enumerate(zip(words, ("left", "center", "right"), strict=True)):
        paper.text(left + width * at / 2, bottom + 0.3 * letter, words_at, points, ha=side)
