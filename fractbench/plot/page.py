"""Page: how large a picture is in print, in mm, and how large its letters are."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fractbench.errors import UsageError, nearest

INCH = 25.4
"""Millimetres."""
MOST_DOTS = 100_000_000
"""Of a picture: 400 MB while it is drawn."""
_LETTERS = 120.0
"""Width in mm from which letters are those of a page."""


@dataclass(frozen=True)
class Page:
    """Width and height in mm, dots per inch, letters in points; no height is as high as needed."""

    width: float
    height: float | None
    dpi: int
    points: float

    @property
    def dot(self) -> float:
        """The size of a dot in mm."""
        return INCH / self.dpi


PRESETS = {
    "column": Page(85, None, 300, 7),
    "page": Page(178, None, 300, 8),
    "slide": Page(254, 142.875, 192, 14),
}
"""One column and the full width of a journal's page; 16:9, 1920 x 1080 dots."""


def page(preset: str | None, width: float | None = None, dpi: int | None = None) -> Page:
    """Return a preset, or the width that was asked for; the page of a journal if nothing is.

    Raises:
        UsageError: the preset is unknown, or comes with a width, or a number is not allowed.
    """
    if preset is not None and preset not in PRESETS:
        raise UsageError(
            f"unknown size preset {preset!r}{nearest(preset, PRESETS)}; "
            f"type --size-preset {', '.join(PRESETS)}"
        )
    if preset is not None and width is not None:
        raise UsageError("--size-preset and --width-mm both choose the width; type one")
    chosen = PRESETS[preset or "page"]
    if width is not None:
        if not 30 <= width <= 2000:
            raise UsageError(f"--width-mm {width:g} is not allowed; type a width from 30 to 2000")
        chosen = replace(chosen, width=width, points=8 if width >= _LETTERS else 7)
    if dpi is not None and not 36 <= dpi <= 2400:
        raise UsageError(f"--dpi {dpi} is not allowed; type an integer from 36 to 2400")
    return chosen if dpi is None else replace(chosen, dpi=dpi)


def check_dots(width: float, height: float, dpi: int) -> None:
    """Refuse a picture that would not fit into memory.

    Raises:
        UsageError: it has too many dots.
    """
    if width * height * (dpi / INCH) ** 2 > MOST_DOTS:
        raise UsageError(
            f"a picture of {width:.0f} x {height:.0f} mm at {dpi} dots per inch is too large; "
            "type a smaller --dpi or --width-mm"
        )
