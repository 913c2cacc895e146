"""thumbnail: a Map as a small PNG, which a record carries."""

from __future__ import annotations

from io import BytesIO

from fractbench.colors import colors
from fractbench.map import Map

MOST = 64
"""Pixels a side."""


def thumbnail(made: Map) -> bytes:
    """Return every n-th pixel of a map as a PNG, the lowest y below."""
    from PIL import Image

    picture = colors(made)[::-1]
    down, across = (-(-side // MOST) for side in picture.shape[:2])
    out = BytesIO()
    Image.fromarray(picture[::down, ::across]).save(out, "PNG", optimize=True)
    return out.getvalue()
