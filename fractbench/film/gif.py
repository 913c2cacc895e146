"""gif: frames -> an endless .gif, through Pillow, which is always there.

A GIF has 256 colours. The published colouring has no more, and in-between frames mix none, so its
films lose nothing; other films get the 256 that their key frames use most.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fractbench.film.paint import Pixels

COLOURS = 256
FASTEST = 50
"""Frames a second: players show shorter ones than 20 ms for 100 ms."""
MOST_BYTES = 1 << 30
"""Pillow holds a whole film, one byte a pixel, before it writes it."""


class Gif:
    """Collects frames; `save` writes them."""

    def __init__(self, palette: NDArray[np.uint8]) -> None:
        """Take the (at most 256) colours, (colours, 3)."""
        packed = _packed(palette)
        order = np.argsort(packed)
        self._colours, self._packed = palette[order], packed[order]
        self._frames: list[Image.Image] = []

    def add(self, pixels: Pixels) -> None:
        """Take a frame, (size, size, 3), row 0 the lowest y."""
        self._frames.append(self._indexed(np.ascontiguousarray(pixels[::-1])))

    def _indexed(self, pixels: Pixels) -> Image.Image:
        """Return a frame of palette indices.

        Where all colours are in the palette they are kept; Pillow's search may miss them by 4
        levels.
        """
        packed = _packed(pixels)
        index = np.searchsorted(self._packed, packed).clip(0, len(self._packed) - 1)
        if np.array_equal(self._packed[index], packed):
            frame = Image.fromarray(index.astype(np.uint8), mode="P")
            frame.putpalette(self._colours.tobytes())
            return frame
        palette = Image.new("P", (1, 1))
        palette.putpalette(self._colours.tobytes())
        return Image.fromarray(pixels).quantize(palette=palette, dither=Image.Dither.NONE)

    def save(self, path: Path, fps: int, about: str) -> None:
        """Write the file.

        Raises:
            OSError: it cannot be written.
        """
        first, *rest = self._frames
        first.save(
            path, format="gif", save_all=True, append_images=rest, loop=0, optimize=False,
            duration=list(durations(len(self._frames), fps)), comment=about.encode(),
        )  # fmt: skip


def _packed(colours: NDArray[np.uint8]) -> NDArray[np.uint32]:
    red, green, blue = (colours[..., k].astype(np.uint32) for k in range(3))
    return np.asarray(red << 16 | green << 8 | blue)


def durations(frames: int, fps: int) -> Iterator[int]:
    """Yield every frame's milliseconds, multiples of 10 whose sum never strays by more than 5."""
    shown = 0
    for frame in range(1, frames + 1):
        until = round(100 * frame / fps) * 10
        yield until - shown
        shown = until


def colours_of(pictures: Sequence[Pixels]) -> NDArray[np.uint8]:
    """Return at most 256 colours, (colours, 3), for pictures: all of theirs if they are so few."""
    pixels = np.concatenate([picture.reshape(-1, 3) for picture in pictures])
    distinct = np.unique(pixels, axis=0)
    if len(distinct) <= COLOURS:
        return distinct
    fewer = Image.fromarray(pixels[None]).quantize(COLOURS, Image.Quantize.MEDIANCUT)
    chosen = fewer.getpalette() or []
    return np.array(chosen, np.uint8).reshape(-1, 3)
