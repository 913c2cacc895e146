"""Figures in words: SI prefixes, and no more digits than the interval allows."""

from __future__ import annotations

import math
import unicodedata

PREFIXES = {4: "T", 3: "G", 2: "M", 1: "k", 0: "", -1: "m", -2: "µ", -3: "n"}
"""By the power of a thousand."""
BLOCKS = " ▏▎▍▌▋▊▉█"
"""A bar's last cell, in eighths."""


def prefix(value: float) -> tuple[float, str]:
    """Return the scale and the SI prefix with which a positive value is written in 1 to 999."""
    power = math.floor(math.log10(value) / 3 + 1e-12) if value > 0 else 0
    power = min(max(power, min(PREFIXES)), max(PREFIXES))
    return 1000.0**power, PREFIXES[power]


def decimals(half: float) -> int:
    """Return the decimal places that show one digit of an uncertainty, two if it begins with 1."""
    place = math.floor(math.log10(half))
    return -place + (half / 10.0**place < 2)


def with_interval(middle: float, low: float, high: float, unit: str) -> str:
    """Return ``12.41 ms ± 0.08``: the larger half of an interval decides the digits."""
    scale, letter = prefix(middle)
    half, value = max(high - middle, middle - low) / scale, middle / scale
    # Samples that are all alike say nothing of their digits; the clock does not resolve six.
    fine = 5 - math.floor(math.log10(value)) if value > 0 else 0
    places = min(decimals(half), fine) if half > 0 else fine - 2
    shown = max(places, 0)
    name = f"{letter}{unit}"
    number = f"{round(value, places):.{shown}f}"
    return " ".join([number, *([name] if name else []), "±", f"{round(half, places):.{shown}f}"])


def three(value: float, unit: str = "") -> str:
    """Return three significant digits with an SI prefix: ``764 k``, ``12.4 M``."""
    rounded = float(f"{value:.3g}")
    scale, letter = prefix(rounded)
    return f"{plain(rounded / scale)} {letter}{unit}".rstrip()


def plain(value: float) -> str:
    """Return three significant digits without an exponent: ``1,230``, ``45.6``, ``0.0123``."""
    rounded = float(f"{value:.3g}")
    if rounded == 0:
        return "0"
    places = max(0, 2 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{places}f}"


def bar(share: float, width: int = 12) -> str:
    """Return a bar of unicode blocks for a share from 0 to 1; the thinnest one for next to none."""
    eighths = max(round(min(share, 1.0) * width * 8), 1)
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (BLOCKS[rest] if rest else "")


def one_line(text: str) -> str:
    """Return a text on one line without control characters, which could rewrite a terminal."""
    shown = "".join(c if unicodedata.category(c)[0] != "C" or c.isspace() else "?" for c in text)
    return " ".join(shown.split())
