"""What tracing finds and what it misses, on shapes whose every pixel is known."""

from __future__ import annotations

import numpy as np
import pytest

from fractbench.tracing import Rule, missed, probe, trace
from fractbench.tracing.cells import Cells
from fractbench.tracing.missed import boundary

SMOOTH = ("disc", "tilted line", "level line", "waves", "ring")
FRACTAL_BOUND = 0.02
"""Share of the blocks of the Mandelbrot set at 513^2 that may be missed; 1.3 % are."""


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("size", [(257, 257), (300, 211), (64, 500)], ids=str)
@pytest.mark.parametrize("guard", [0, 2])
def test_nothing_is_missed_on_smooth_boundaries(shape, name, size, guard):
    full, ask = shape(name, *size)
    found = trace(ask, *size, Rule(32, guard))
    assert np.array_equal(found.keys, boundary(full))
    assert np.array_equal(found.dense(), full)
    assert found.trained == ask.times.sum() < 0.7 * full.size


def test_a_fractal_boundary_is_missed_within_a_bound(shape):
    full, ask = shape("mandelbrot", 513)
    found = missed(trace(ask, 513, 513, Rule(coarse=64)), full)
    assert 0 < found.share < FRACTAL_BOUND
    assert found.wrong_share < 0.001


def test_a_wider_guard_misses_less_of_a_fractal_and_costs_more(shape):
    full, ask = shape("mandelbrot", 513)
    found = [trace(type(ask)(full), 513, 513, Rule(64, guard)) for guard in (0, 1, 4)]
    shares = [missed(one, full).share for one in found]
    assert shares[0] > 2 * shares[1] > 4 * shares[2]
    assert found[0].trained < found[1].trained < found[2].trained < 0.4 * full.size


@pytest.mark.parametrize("name", ["waves", "mandelbrot"])
def test_a_tracer_without_guard_is_caught(shape, name):
    full, ask = shape(name, 513)
    assert missed(trace(ask, 513, 513, Rule(16, guard=0, follow=False)), full).share > 0.02


@pytest.mark.parametrize("name", SMOOTH)
def test_a_tracer_that_compares_one_diagonal_only_is_caught(shape, name, monkeypatch):
    corners = Cells.corners
    monkeypatch.setattr(Cells, "corners", lambda *args: corners(*args)[[0, 0, 3, 3]])
    full, ask = shape(name, 257)
    found = missed(trace(ask, 257, 257, Rule(32)), full)
    assert (found.missed > 0) == (name != "level line")


def test_the_guard_refines_so_many_cells_around(shape):
    _, ask = shape("level line", 257)
    for guard in (0, 1, 3):
        found = trace(type(ask)(ask.classes), 257, 257, Rule(32, guard))
        rows = np.flatnonzero(np.isin(np.arange(257), found.known.all()[0] // 257))
        middle = found.rows[0]
        # Cells of two pixels: those with the boundary, and so many above and below.
        near = rows[abs(rows - middle) <= 2 * guard]
        assert near.size == np.ptp(near) + 1
        last = found.levels[-1]
        assert (last.step, last.looked, last.mixed) == (1, 256 * 2 * (2 * guard + 1), 256)


def islands(size, period, radius):
    """Return discs between the nodes of a coarse lattice of that period, and one large disc."""
    x, y = np.meshgrid(np.arange(size), np.arange(size))
    small = (x % period - period // 2) ** 2 + (y % period - period // 2) ** 2 <= radius**2
    large = (x - size // 2) ** 2 + (y - size // 2) ** 2 < (size // 8) ** 2
    return (small | large).astype(np.uint8)


def test_islands_smaller_than_a_coarse_cell_are_missed_and_the_probe_says_so(asked):
    full = islands(513, 16, 3)
    ask = asked(full)
    found = trace(ask, 513, 513, Rule(coarse=32))
    assert found.levels[0].step == 16
    lost = missed(found, full)
    assert lost.share > 0.8
    everywhere, near = probe(found, ask)
    truth = lost.wrong / (full.size - found.trained)
    assert everywhere.pixels == near.pixels == 2048
    assert abs(everywhere.share - truth) < 0.02
    assert everywhere.share < truth + 0.02 < everywhere.bound + 0.02
    assert near.wrong > 0
    assert missed(trace(asked(full), 513, 513, Rule(coarse=128)), full).share == 0


def test_a_wider_guard_finds_islands_beside_the_boundary(asked):
    full = np.zeros((257, 257), np.uint8)
    full[:128], full[133:135, 37:39] = 1, 1
    rules = {guard: trace(asked(full), 257, 257, Rule(32, guard)) for guard in (1, 4)}
    assert {guard: missed(found, full).missed for guard, found in rules.items()} == {1: 8, 4: 0}


def test_more_than_two_classes(asked):
    x, y = np.meshgrid(np.arange(200), np.arange(150))
    full = ((x > 90).astype(np.uint8) + 2 * (y > x / 2)).astype(np.uint8)
    found = trace(asked(full), 200, 150, Rule(20))
    assert np.array_equal(found.keys, boundary(full))
    assert np.array_equal(found.dense(), full)


def test_one_class_trains_the_coarse_lattice_only(asked):
    ask = asked(np.ones((129, 129), np.uint8))
    found = trace(ask, 129, 129, Rule(16))
    assert (found.trained, found.keys.size) == (17 * 17, 0)
    everywhere, near = probe(found, ask, pixels=50)
    assert (everywhere.wrong, everywhere.pixels, near.pixels) == (0, 50, 0)
    assert near.share is None
    assert near.bound is None
    assert found.dense().min() == 1


@pytest.mark.parametrize("seed", range(20))
def test_any_map_keeps_what_tracing_promises(asked, seed):
    draw = np.random.Generator(np.random.Philox(seed))
    height, width = draw.integers(2, 120, 2)
    rough = np.fft.fft2(draw.standard_normal((height, width)))
    far = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    field = np.fft.ifft2(rough / (0.01 + far**1.5)).real
    full = np.digitize(field, np.quantile(field, [0.4, 0.8])).astype(np.uint8)
    ask = asked(full)
    rule = Rule(int(draw.integers(1, 40)), int(draw.integers(1, 4)))
    found = trace(ask, int(width), int(height), rule)
    places, classes = found.known.all()
    assert np.array_equal(places, np.flatnonzero(ask.times))
    assert np.array_equal(classes, full.ravel()[places])
    assert np.isin(found.keys, boundary(full)).all()
    dense = found.dense()
    assert np.array_equal(boundary(dense), found.keys)
    assert np.array_equal(dense.ravel()[places], classes)
    y, x = np.indices(full.shape)
    assert np.array_equal(found.classes(x, y), dense)
