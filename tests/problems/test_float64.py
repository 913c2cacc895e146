"""Classes agree with an independent float64 program, and with the published code's own rasters."""

from pathlib import Path

import numpy as np
import pytest

from fractbench.arithmetic.contract import Arithmetic
from fractbench.backend import Tile
from fractbench.problems.catalogue import problem
from helpers import backend, tile_of
from problems import float64_reference as reference

PUBLISHED = Path(__file__).parents[1] / "data" / "published_start_window.npz"


def classes(chosen, size, framework="numpy"):
    """Return the classes of the start window, and its hyperparameters as float64."""
    tile = tile_of(chosen, None, *size)
    made_by = backend(framework)
    kernel = made_by.prepare(chosen, made_by.device("cpu"), Arithmetic())
    parts = []
    for start in range(0, tile.count, kernel.tile):
        some = {name: array[start : start + kernel.tile] for name, array in tile.pixels.items()}
        parts.append(kernel.run(Tile(start, len(some["x"]), some)))
    sums = {name: np.concatenate([p[name] for p in parts]) for name in chosen.accumulators}
    return chosen.readout(sums)[1], [a.astype(np.float64) for a in tile.pixels.values()]


def agreement(a, b):
    return float(np.mean(np.asarray(a, int) == np.asarray(b, int)))


@pytest.mark.parametrize(
    ("name", "least"),
    [("tanh", 0.99), ("relu", 0.99), ("linear", 0.99), ("single", 0.99), ("minibatch", 0.99),
     ("weight-drift", 0.98)],
)  # fmt: skip
def test_agrees_with_the_published_rasters(name, least):
    with np.load(PUBLISHED, allow_pickle=False) as rasters:
        published = rasters[name].ravel()
    found, _ = classes(problem(name).with_steps(500), (40, 40), "jax")
    known = ~np.isnan(published)
    assert agreement(found[known], published[known] < 0) >= least


def test_init_offset_agrees_with_float64():
    chosen = problem("init-offset")
    found, (x, y) = classes(chosen, (40, 40), "jax")
    with np.errstate(all="ignore"):
        expected = reference.network(chosen.instance, x, y, chosen.steps, offset="once")
    assert agreement(found, expected) >= 0.99


@pytest.mark.parametrize(
    ("name", "options"),
    [("tanh", {}), ("relu", {"activation": "relu"}), ("linear", {"activation": "identity"}),
     ("single", {}), ("minibatch", {}), ("weight-drift", {"offset": "drift"})],
)  # fmt: skip
def test_narrow_networks_agree_with_float64(name, options):
    """Width 5 has no published raster: another width, another number of samples, other draws."""
    chosen = problem(name, width=5).with_steps(100)
    found, (x, y) = classes(chosen, (16, 16))
    order = chosen.inputs(Arithmetic().format)["frames"].get("order")
    with np.errstate(all="ignore"):
        expected = reference.network(chosen.instance, x, y, 100, order=order, **options)
    assert 0.1 < np.mean(expected) < 0.9
    assert agreement(found, expected) >= 0.99


@pytest.mark.parametrize("spec", ["quadratic-additive", "quadratic-multiplicative",
                                  "quadratic-two-cosine", "quadratic-additive:dimensions=3",
                                  "quadratic-multiplicative:dimensions=2"])  # fmt: skip
def test_quadratics_agree_with_float64(spec):
    chosen = problem(spec)
    found, rates = classes(chosen, (1001, 1))
    expected = _quadratic(chosen, rates)
    assert 0 < np.mean(expected) < 1
    assert agreement(found, expected) >= 0.99


def test_the_two_dimensional_analogue_agrees_with_float64():
    chosen = problem("quadratic-2d")
    found, rates = classes(chosen, (48, 48))
    expected = _quadratic(chosen, rates)
    assert 0.1 < np.mean(expected) < 0.9
    assert agreement(found, expected) >= 0.99


def _quadratic(chosen, rates):
    with np.errstate(all="ignore"):
        return reference.quadratic(
            chosen.kind, rates, chosen.steps, epsilon=float(chosen.epsilon),
            lengths=[float(length) for length in chosen.lengths], dimensions=chosen.dimensions,
        )  # fmt: skip


@pytest.mark.parametrize("name", ["mandelbrot", "newton"])
def test_controls_agree_with_float64(name):
    chosen = problem(name)
    found, (x, y) = classes(chosen, (48, 48))
    with np.errstate(all="ignore"):
        expected = getattr(reference, name)(x, y, chosen.steps)
    assert len(set(expected.tolist())) > 1
    assert agreement(found, expected) >= 0.99
