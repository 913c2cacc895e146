"""Settled pixels of an ensemble that is written down, so that every answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from fractbench.agreement.ensemble import Ensemble
from fractbench.agreement.judge import FEWEST, Judge, Null
from fractbench.agreement.reading import Reading, slack
from fractbench.agreement.settled import Settled
from fractbench.errors import UsageError

PIXELS, STEPS = 100, 50


def reading(classes, value, last=None):
    last = np.full(PIXELS, 2.0) if last is None else last
    return Reading(np.array(classes, np.uint8), np.array(value, np.float64), last)


def level(flips=(), value=-7.0):
    """A member of converged pixels with one value, except that some have the other class."""
    classes = np.ones(PIXELS, np.uint8)
    classes[list(flips)] = 0
    return reading(classes, np.full(PIXELS, value))


@pytest.fixture
def members():
    """Three members agree, one has another class in pixel 3, two have one in pixel 8."""
    return Ensemble(
        (level(), level([8], -7.001), level([3, 8], -7.002), level([], -7.0), level()), STEPS, 24
    )


def test_settled_pixels_are_those_that_no_member_changes(members):
    found = Settled.of(members)
    assert np.flatnonzero(~found.mask).tolist() == [3, 8]
    assert found.unusual[[3, 8, 50]].tolist() == [1, 2, 0]
    assert (found.usual == 1).all()
    assert found.center["value"][50] == -7
    assert found.spread["value"][50] == pytest.approx(0.002)


def test_wrong_and_flipped_pixels_are_told_apart(members):
    found, map_ = Settled.of(members), level([3, 40, 41])
    assert np.flatnonzero(found.wrong(map_)).tolist() == [40, 41]
    assert np.flatnonzero(found.flipped(map_)).tolist() == [3]


@pytest.mark.parametrize("bad", [-7.2, np.nan, np.inf, 0.0])
def test_a_measure_far_from_all_members_has_strayed(members, bad):
    found, map_ = Settled.of(members), level(value=-7.001)
    assert not found.strayed(map_, 8).any()
    map_.value[60], map_.last[61] = bad, np.nan
    assert np.flatnonzero(found.strayed(map_, 8)).tolist() == [60, 61]


def test_the_slack_of_running_sums_is_granted():
    same = Ensemble((level(),) * 9, STEPS, 24)
    inside, outside = (level(value=-7 * (1 + f * STEPS * 2**-24)) for f in (0.9, 1.1))
    assert not Settled.of(same).strayed(inside, 8).any()
    assert Settled.of(same).strayed(outside, 8).all()
    assert slack("last", np.array([1.0, 40.0]), STEPS, 53) == pytest.approx(
        [20 * 20 * 2**-53, 20 * 40 * 2**-53]
    )


def test_the_members_own_counts_come_from_leaving_each_out(members):
    """Pixel 3 is settled for the others only when the one that flips it is left out."""
    assert Null.of(members) == Null(wrong=1, strayed=0)


def test_the_verdict_counts_marks_and_prints(members):
    judge = Judge.of(members)
    good = judge(level([3]))
    assert good.passed
    assert (good.settled, good.wrong.found, good.flips.found) == (98, 0, 1)
    assert str(good).startswith("passed: 98 of 100 pixels settled, 0 wrong")
    bad = judge(level(range(40, 60)))
    assert bad.failures == ["wrong"]
    assert np.flatnonzero(bad.marks == 2).tolist() == list(range(40, 60))
    assert np.flatnonzero(bad.marks == 1).tolist() == [3, 8]
    assert "FAILED by wrong" in str(bad)


def test_flips_beyond_the_members_fail():
    rng = np.random.default_rng(1)
    flips = [rng.permutation(60)[:6] for _ in range(10)]
    half = Ensemble(tuple(level(f) for f in flips), STEPS, 24)
    pixels = np.flatnonzero(~Settled.of(half).mask)
    # Too few pixels are settled if all of them flip, so the ensemble above leaves 40 and more.
    judge = Judge(Settled.of(half), Null.of(half))
    assert judge(level(flips[0])).flips.passed
    assert not judge(level(pixels)).flips.passed


def test_a_shift_of_most_pixels_fails_though_none_strays():
    moved = Ensemble(tuple(level(value=-7 - 0.001 * k) for k in range(9)), STEPS, 24)
    found = Judge.of(moved)(level(value=-7.004 - 0.004 * 4))
    assert found.strayed.found == 0
    assert found.failures == ["shift"]


def test_a_window_without_settled_pixels_is_refused():
    chaos = Ensemble((level(), level(range(PIXELS - FEWEST + 1))), STEPS, 24)
    with pytest.raises(UsageError, match="only 63 of 100 pixels keep their class"):
        Judge.of(chaos)
