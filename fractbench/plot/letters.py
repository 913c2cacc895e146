"""letters: how wide words are in print, and where lines break."""

from __future__ import annotations

import re
from functools import lru_cache

from fractbench.plot.page import INCH

POINT = INCH / 72
"""Millimetres."""
LINE = 1.25
"""From one line of text to the next, in heights of letters."""


_WORDS = re.compile(r" +|[^ ]+?(?:(?<=\w)-(?=\w)|(?= )|$)")
"""Spaces, and what a line may end with."""


@lru_cache(maxsize=4096)
def wide(text: str, points: float) -> float:
    """Return the width of a line of text in mm."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    if not text:
        return 0.0
    font = FontProperties(size=points)
    return float(text_to_path.get_text_width_height_descent(text, font, False)[0]) * POINT


def high(lines: float, points: float) -> float:
    """Return the height of some lines of text in mm."""
    return lines * points * LINE * POINT


def wrapped(text: str, points: float, width: float) -> list[str]:
    """Return the text in lines of at most `width` mm: broken at spaces, hyphens, or anywhere."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in _WORDS.findall(paragraph):
            if wide((line + word).rstrip(" "), points) <= width:
                line += word
                continue
            if line:
                lines.append(line.rstrip(" "))
            *full, line = _pieces(word.strip(" "), points, width)
            lines += full
        lines.append(line.rstrip(" "))
    return lines


def _pieces(word: str, points: float, width: float) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and wide(pieces[-1] + letter, points) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces
