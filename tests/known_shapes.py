"""Masks whose boundary has a known dimension: what the estimators are tested on.

Every function returns a mask of bool, (side, side), or (points,) for a line. Sets that are drawn
from polygons or by halving are finer than a pixel, so that every size down to one pixel sees the
fractal. `turn` (radians) and `shift` (sides) move a shape, for tests of many instances.
"""

import math

import numpy as np

KOCH = math.log(4) / math.log(3)
QUADRIC = 1.5
SIERPINSKI = math.log(3) / math.log(2)
CARPET = math.log(8) / math.log(3)
DUST = 2 * math.log(2) / math.log(3)
DIMENSIONS = {
    "line": 1, "circle": 1, "koch": KOCH, "koch part": KOCH, "quadric": QUADRIC,
    "sierpinski": SIERPINSKI, "carpet": CARPET, "dust": DUST, "noise": 2,
}  # fmt: skip
"""The shapes of `drawn`."""


def line(side, slope=0.3, shift=0.0):
    """Return what lies above a straight line through the middle; dimension 1."""
    x, y = _grid(side)
    return y > 0.5 + shift + slope * (x - 0.5)


def circle(side, radius=0.4, shift=(0.0, 0.0)):
    """Return a disk; dimension 1."""
    x, y = _grid(side)
    return (x - 0.5 - shift[0]) ** 2 + (y - 0.5 - shift[1]) ** 2 < radius**2


def koch(side, size=0.8, turn=0.1, shift=(0.0, 0.0)):
    """Return a filled Koch snowflake; dimension KOCH."""
    corner = np.exp(1j * (turn + 2 * np.pi * np.arange(3) / 3)) * size / math.sqrt(3)
    bump = np.array([0, 1 / 3, 0.5 - 1j * math.sqrt(3) / 6, 2 / 3])
    return _filled(corner, bump, side, shift)


def quadric(side, size=0.45, turn=0.1, shift=(0.0, 0.0)):
    """Return a filled quadric Koch island, eight parts of a quarter each; dimension QUADRIC."""
    corner = np.exp(1j * (turn + np.pi / 2 * np.arange(4))) * size / math.sqrt(2)
    parts = np.array([0, 1, 1 - 1j, 2 - 1j, 2, 2 + 1j, 3 + 1j, 3]) / 4
    return _filled(corner, parts, side, shift)


def sierpinski(side, turn=0.2, size=1.0, shift=(0.0, 0.0)):
    """Return a Sierpinski triangle in the form of (x & y) == 0; dimension SIERPINSKI."""
    u, v = _turned(side, turn, size, shift)
    inside = (u >= 0) & (u < 1) & (v >= 0) & (v < 1)
    depth = 2 ** math.ceil(math.log2(side * 2))
    x, y = ((np.clip(a, 0, 1) * depth).astype(np.int64) for a in (u, v))
    # Where no digit is left the set is a point; a pixel that holds part of it counts as inside.
    return inside & ((x & y) >> 2 == 0)


def carpet(side, turn=0.2, size=1.0, shift=(0.0, 0.0)):
    """Return a Sierpinski carpet; dimension CARPET."""
    u, v = _turned(side, turn, size, shift)
    inside = (u >= 0) & (u < 1) & (v >= 0) & (v < 1)
    for _ in range(_levels(side, 3)):
        u, v = u * 3, v * 3
        inside &= ~((np.floor(u) % 3 == 1) & (np.floor(v) % 3 == 1))
    return inside


def dust(side, turn=0.2, size=1.0, shift=(0.0, 0.0)):
    """Return a Cantor dust, the square of the middle-thirds set; dimension DUST."""
    u, v = _turned(side, turn, size, shift)
    inside = (u >= 0) & (u < 1) & (v >= 0) & (v < 1)
    for _ in range(_levels(side, 3)):
        u, v = u * 3, v * 3
        inside &= (np.floor(u) % 3 != 1) & (np.floor(v) % 3 != 1)
    return inside


def noise(side, chance=0.5, seed=0):
    """Return independent pixels; dimension 2."""
    return np.random.default_rng(seed).random((side, side)) < chance


def intervals(points, ratio=1 / 3, seed=None):
    """Return a line of bool whose boundary is a Cantor set of two parts of `ratio` each.

    The gaps alternate by level between inside and outside, so that both ends of each are
    boundaries; with a seed the line starts at a random place. Dimension log 2 / -log ratio.
    """
    x = np.arange(points) / (points - 1)
    if seed is not None:
        rng = np.random.default_rng(seed)
        width = rng.uniform(0.6, 1.0)
        x = x * width + rng.uniform(0, 1 - width)
    inside, rest = np.zeros(points, bool), np.arange(points)
    # Wide parts leave many points undecided for long; below 2**-52 rounding draws their digits.
    for level in range(100):
        gap = (x > ratio) & (x < 1 - ratio)
        inside[rest[gap]] = level % 2 == 0
        rest, x = rest[~gap], x[~gap]
        x = np.where(x < 0.5, x / ratio, (x - (1 - ratio)) / ratio)
    return inside


def drawn(name, side, seed):
    """Return a shape of DIMENSIONS, turned, scaled and moved at random."""
    rng = np.random.default_rng(seed)
    turn, shift = rng.uniform(0, 2 * np.pi), rng.uniform(-0.1, 0.1, 2)
    way = np.array([math.cos(turn), math.sin(turn)])
    size = rng.uniform(0, 1)
    return {
        "line": lambda: line(side, math.tan(1.56 * size - 0.78), 2 * shift[0]),
        "circle": lambda: circle(side, 0.15 + 0.25 * size, shift / 2),
        "koch": lambda: koch(side, 0.5 + 0.3 * size, turn, shift),
        "koch part": lambda: koch(side, 3, turn, -1.6 * (0.95 + 0.1 * size) * way),
        "quadric": lambda: quadric(side, 0.35 + 0.15 * size, turn, shift),
        "sierpinski": lambda: sierpinski(side, turn, 0.8 + 0.6 * size, shift),
        "carpet": lambda: carpet(side, turn, 0.8 + 0.6 * size, shift),
        "dust": lambda: dust(side, turn, 0.8 + 0.6 * size, shift),
        "noise": lambda: noise(side, 0.5, seed),
    }[name]()


def _grid(side):
    places = np.arange(side) / side
    return places[None], places[:, None]


def _levels(side, base):
    return math.floor(math.log(side) / math.log(base))


def _turned(side, turn, size, shift):
    x, y = _grid(side)
    x, y = (x - 0.5 - shift[0]) / size, (y - 0.5 - shift[1]) / size
    cos, sin = math.cos(turn), math.sin(turn)
    return cos * x + sin * y + 0.5, cos * y - sin * x + 0.5


def _filled(corners, parts, side, shift):
    """Return a polygon, each of whose sides is replaced by smaller copies of `parts`, filled."""
    points = corners
    while np.abs(np.roll(points, -1) - points).max() * side > 0.5:
        way = np.roll(points, -1) - points
        points = (points[:, None] + way[:, None] * parts).ravel()
    x = (points.real + 0.5 + shift[0]) * side
    y = (points.imag + 0.5 + shift[1]) * side
    # Sides are shorter than a pixel here, so each crosses one row at most; what lies right of an
    # odd number of crossings is inside.
    rows, after = np.floor(y), np.roll(np.floor(y), -1)
    crossing = np.flatnonzero(rows != after)
    row = np.maximum(rows, after)[crossing]
    share = (row - y[crossing]) / (np.roll(y, -1) - y)[crossing]
    column = np.ceil(x[crossing] + share * (np.roll(x, -1) - x)[crossing])
    toggles = np.zeros((side, side + 1), np.int64)
    kept = (row >= 0) & (row < side)
    places = (row[kept].astype(np.int64), np.clip(column[kept], 0, side).astype(np.int64))
    np.add.at(toggles, places, 1)
    return np.cumsum(toggles[:, :side], axis=1) % 2 == 1
