"""The controls: rasters that have the density, the shape and the pixels that they claim."""

from __future__ import annotations

import numpy as np
import pytest

from fractbench.dimension import controls
from fractbench.dimension.controls import generator


def half(shape=(40, 60), share=0.3, seed=5):
    return np.random.default_rng(seed).random(shape) < share


@pytest.mark.parametrize("wanted", [0.0, 1e-4, 0.03, 0.4, 0.8, 0.875])
def test_independent_pixels_have_the_density_asked_for(wanted):
    p = controls.chance(wanted)
    assert 0 <= p <= 0.5
    assert 1 - p**4 - (1 - p) ** 4 == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("wanted", [0.0, 1e-4, 0.1, 0.5])
def test_independent_points_have_the_density_asked_for(wanted):
    p = controls.chance(wanted, line=True)
    assert 2 * p * (1 - p) == pytest.approx(wanted, abs=1e-12)


def test_beyond_the_densest_noise_a_fair_coin_is_the_answer():
    assert controls.chance(0.99) == 0.5
    assert controls.chance(0.7, line=True) == 0.5
    board = np.indices((30, 30)).sum(axis=0) % 2 == 0
    assert controls.too_dense(board)
    assert controls.too_dense(board[:1])
    assert not controls.too_dense(half())


@pytest.mark.parametrize("wanted", [0.02, 0.3, 0.8])
def test_noise_has_as_many_edges_as_the_map(wanted):
    ramp = np.zeros((300, 300), bool)
    ramp[: round(300 * wanted) : 2] = True
    like = controls.density(ramp)
    assert 0.5 * wanted < like < 1.1 * wanted
    found = controls.density(controls.noise(ramp, generator(1)))
    assert found == pytest.approx(like, rel=0.15)


def test_a_straight_line_crosses_and_a_disc_stays_inside():
    like = np.zeros((64, 64), bool)
    for seed in range(20):
        line = controls.straight(like, generator(seed))
        assert 0.15 < line.mean() < 0.85
        rows, columns = np.nonzero(line[1:] != line[:-1]), np.nonzero(line[:, 1:] != line[:, :-1])
        assert max(len(rows[0]), len(columns[0])) >= 32
        disc = controls.disc(like, generator(seed))
        assert not disc[[0, -1]].any()
        assert not disc[:, [0, -1]].any()
        radius = np.sqrt(disc.sum() / np.pi)
        assert 15 < radius < 26.5
        assert np.ptp(np.nonzero(disc)[0]) + 1 == pytest.approx(2 * radius, abs=1.5)


def test_a_point_of_a_line_is_one_change():
    for seed in range(10):
        assert controls.density(controls.one_point(half((1, 65)), generator(seed))) == 1 / 64


def test_shuffled_pixels_are_the_same_pixels_elsewhere():
    board = np.zeros((50, 50), bool)
    board[:20] = True
    found = controls.shuffled(board, generator(0))
    assert found.shape == board.shape
    assert found.sum() == board.sum()
    assert controls.density(board) == pytest.approx(1 / 49)
    assert controls.density(found) > 0.7


def test_half_the_resolution_keeps_the_ends_of_an_odd_side():
    columns = np.arange(9)[None] + np.zeros((9, 1))
    assert list(controls.halved(columns)[0]) == [0, 2, 4, 6, 8]
    assert controls.halved(half((1, 65))).shape == (1, 33)
    assert controls.halved(half((64, 64))).shape == (32, 32)


def test_a_seed_and_its_words_give_the_same_draws_again():
    draws = [generator(*words).random() for words in ((0, 1), (0, 1), (0, 2), (1, 1))]
    assert draws[0] == draws[1]
    assert len(set(draws)) == 3
