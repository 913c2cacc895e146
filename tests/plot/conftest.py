"""Small maps in files: two classes, four classes, a line, and a deep window."""

from __future__ import annotations

import pytest

import fractbench
from fractbench.grid import Grid
from fractbench.map import Map
from fractbench.window import Window

DEEP = "1.123844266878301938475610293845,-2.301807567137000012345678901234"


@pytest.fixture(scope="session")
def maps(tmp_path_factory):
    """The folder with set.npz, part.npz, newton.npz, line.npz, set64.npz and deep.npz."""
    folder = tmp_path_factory.mktemp("maps")
    made = fractbench.run("mandelbrot", backend="numpy", window="-2:1,-1:1", size="31x21", steps=40)
    made.save(folder / "set.npz")
    wide = fractbench.run("mandelbrot", backend="numpy", window="-2:1,-1:1", size="31x21", steps=40,
                          dtype="float64")  # fmt: skip
    wide.save(folder / "set64.npz")
    part = fractbench.run("mandelbrot", backend="numpy", window="-1:0,0:1", size="21", steps=40)
    part.save(folder / "part.npz")
    fractbench.run("newton", backend="numpy", size=24, steps=20).save(folder / "newton.npz")
    fractbench.run("quadratic", backend="numpy", size=64, steps=50).save(folder / "line.npz")
    deep = Grid(Window.around(DEEP, "3e-25"), 31, 21)
    Map(made.problem, deep, made.arithmetic, made.accumulators).save(folder / "deep.npz")
    return folder


@pytest.fixture
def at_maps(maps, monkeypatch, tmp_path):
    """Work in the folder of maps; pictures go to `tmp_path`."""
    monkeypatch.chdir(maps)
    return tmp_path
