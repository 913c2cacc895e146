"""Shapes with a known boundary, and something to ask for classes that counts."""

from __future__ import annotations

import numpy as np
import pytest


def raster(inside, width, height):
    """Return the classes of a shape given by inside(x, y) over the unit square."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    return np.broadcast_to(inside(x, y), (height, width)).astype(np.uint8)


def _mandelbrot(x, y):
    c = 3 * x - 2.25 + 1j * (3 * y - 1.5)
    z = c.copy()
    for _ in range(60):
        z = np.where(abs(z) < 2, z * z + c, z)
    return abs(z) < 2


SHAPES = {
    "disc": lambda x, y: (x - 0.51) ** 2 + (y - 0.47) ** 2 < 0.31**2,
    "tilted line": lambda x, y: y < 0.13 + 0.71 * x,
    "level line": lambda x, y: y < 0.501,
    "waves": lambda x, y: y < 0.5 + 0.2 * np.sin(19 * x),
    "ring": lambda x, y: abs(np.hypot(x - 0.5, y - 0.5) - 0.3) < 0.02,
    "mandelbrot": _mandelbrot,
}


class Asked:
    """Gives the classes of a raster, counts, and asserts what a tracer promises of its questions.

    No place is asked for twice, and places come in order.
    """

    def __init__(self, classes):
        self.classes, self.times = classes, np.zeros(classes.size, int)

    def __call__(self, places):
        assert (np.diff(places) > 0).all()
        self.times[places] += 1
        assert self.times.max() == 1
        return self.classes.ravel()[places]


@pytest.fixture
def shape():
    """Return a function: a shape's name and size -> its raster and something to ask."""

    def make(name, width, height=None):
        classes = raster(SHAPES[name], width, height or width)
        return classes, Asked(classes)

    return make


@pytest.fixture
def asked():
    """Return the class of things to ask."""
    return Asked
