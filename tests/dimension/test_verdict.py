"""When a figure is told from noise, and every way in which it is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fractbench.dimension.controls import chance, disc, generator, noise, shuffled, straight
from fractbench.dimension.figures import Figure
from fractbench.dimension.measured import Doubled, measure
from fractbench.dimension.nudged import Flips
from fractbench.dimension.verdict import SENTENCE, Evidence, judge

STILL = Flips(4096, 0)
FLAT = np.zeros((128, 128), bool)


def figure(value, spread=0.05, **options):
    return Figure(value, value, value - spread, value + spread, value, value, 1, **options)


GOOD = Evidence(
    own=figure(1.4),
    controls={"noise": figure(1.9), "shuffled": figure(2.0)},
    misses=[0.01, 0.02],
    resolutions={"half": (figure(1.38), figure(1.4)), "double": (Figure(), Figure())},
    flips=STILL,
    density=0.1,
)


def carpet(side):
    """Return a Sierpinski carpet, whose boundary has the dimension log 8 / log 3 = 1.893."""
    y, x = np.indices((side, side))
    inside = np.ones((side, side), bool)
    while x.any():
        inside &= ~((x % 3 == 1) & (y % 3 == 1))
        x, y = x // 3, y // 3
    return inside


def verdict_of(raster, flips=STILL):
    return judge(measure([raster], Doubled()).evidence(flips))


@pytest.mark.parametrize("shape", [straight, disc])
@pytest.mark.parametrize("seed", range(3))
def test_smooth_curves_are_told_from_noise(shape, seed):
    found = verdict_of(shape(FLAT, generator(seed)))
    assert found.standing == "told"
    assert SENTENCE not in found.sentence


def test_a_fractal_is_told_from_noise():
    assert verdict_of(carpet(243)).standing == "told"


@pytest.mark.parametrize("density", [0.05, 0.2, 0.5, 0.8, 0.875])
@pytest.mark.parametrize("seed", range(3))
def test_noise_is_not_told_from_noise_whatever_its_density(density, seed):
    raster = np.random.default_rng(seed).random((128, 128)) < chance(density)
    found = verdict_of(raster)
    assert found.standing == "noise"
    assert "noise with as many edges" in found.sentence
    assert found.sentence.startswith(SENTENCE)


def test_shuffled_pixels_are_not_told_from_noise():
    raster = shuffled(disc(FLAT, generator(0)), generator(1))
    assert verdict_of(raster).standing == "noise"


def test_a_noisy_half_is_not_told_from_noise():
    raster = np.random.default_rng(0).random((128, 128)) < 0.5
    raster[64:] = True
    assert "its own pixels shuffled" in verdict_of(raster).sentence


def test_a_window_without_a_boundary_has_no_dimension():
    found = verdict_of(FLAT)
    assert found.standing == "none"
    assert found.sentence.startswith("no dimension: there is no boundary")


def test_what_nothing_speaks_against_is_told():
    found = judge(GOOD)
    assert (found.standing, found.reasons) == ("told", ())


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"own": figure(1.83, 0.06)}, "meets that of noise with as many edges"),
        ({"own": figure(1.83, 0.01), "misses": [0.03, 0.0]}, "1.820 to 1.840, meets"),
        ({"own": figure(1.99, 0.01)}, "its own pixels shuffled"),
        ({"flips": Flips(4096, 206)}, "5.0% of its pixels, above 5%"),
        ({"flips": Flips(4096, 160)}, "0.39 pixels for each edge, above 0.25"),
        ({"resolutions": {"half": (figure(1.6), figure(1.4))}}, "at half the resolution it is 1.6"),
        ({"resolutions": {"double": (figure(1.2), figure(1.4))}}, "at double the resolution"),
        ({"own": replace(figure(1.4), low=None, high=None, note="too few")}, "too few"),
        ({"controls": {"noise": Figure(), "shuffled": Figure()}}, "neither noise nor"),
    ],
)
def test_any_one_reason_is_enough(changed, words):
    found = judge(replace(GOOD, **changed))
    assert found.standing == "noise"
    assert len(found.reasons) >= 1
    assert found.round_off == ("flips" in changed)
    assert words in found.sentence


@pytest.mark.parametrize(
    "changed",
    [
        {"own": figure(1.83, 0.01), "misses": [0.0]},
        {"flips": Flips(4096, 90)},
        {"flips": Flips(4096, 2), "density": 0.001},
        {"resolutions": {"half": (figure(1.49), figure(1.4))}},
        {"resolutions": {"half": (figure(1.55, 0.1), figure(1.4, 0.1))}},
    ],
)
def test_less_is_no_reason(changed):
    assert judge(replace(GOOD, **changed)).standing == "told"


def test_a_dust_that_passes_the_figure_without_scaling_is_named_and_no_reason():
    dust = replace(figure(1.42), small=1.1, large=1.9)
    found = judge(replace(GOOD, controls={"noise": dust, "shuffled": figure(2.0)}))
    assert found.standing == "told"
    assert "whose slopes at small and large boxes, 1.10 and 1.90, are not its own" in found.sentence


def test_flips_that_are_not_known_are_said_to_be():
    found = judge(replace(GOOD, flips=None))
    assert found.standing == "told"
    assert "one-ulp flips are not known" in found.sentence


def test_frames_are_judged_together():
    rasters = [noise(carpet(81), generator(k)) for k in range(3)]
    assert judge(measure(rasters, Doubled()).evidence(STILL)).standing == "noise"


def test_double_resolution_is_compared_with_the_same_frames():
    plain = [carpet(81), straight(np.zeros((81, 81), bool), generator(0))]
    found = measure(plain, Doubled({1: straight(np.zeros((161, 161), bool), generator(0))}))
    double, same = found.evidence(STILL).resolutions["double"]
    assert (double.frames, same.frames) == (1, 1)
    assert double.value == pytest.approx(1, abs=0.05)
    assert same.value == pytest.approx(1, abs=0.05)
    assert found.own.value > 1.3


def test_a_line_has_controls_of_its_own():
    raster = np.random.default_rng(0).random((1, 4097)) < 0.3
    found = measure([raster], Doubled())
    assert set(found.shapes) == {"point"}
    assert found.own.published is None
    assert judge(found.evidence(STILL)).standing == "noise"
