"""Differences in float32 against whole trainings, and wrong programs that this must catch."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import fractbench
from deep_windows import (
    DEEP_RELU,
    DEEP_TANH,
    DEEPEST,
    DRIFT,
    KINK,
    MINIBATCH,
    NARROW,
    NARROW_CASES,
    RELU,
    SINGLE,
    SMALL,
    Case,
    beside,
    direct,
    first_converged,
    losses,
    whole,
)
from fractbench.arithmetic.formats import FLOAT32, FLOAT64
from fractbench.zoom import activation, levels, program
from fractbench.zoom.levels import KNOWN
from fractbench.zoom.place import Place
from fractbench.zoom.precision import orbit

BITS = 192
"""What a window of 4e-30 decades has its references in; its whole trainings have 64 more."""
DIRECT = 0.8
"""No class agreement of direct float32 is above this in the chosen windows."""
ALIKE = 0.98
"""One pixel of 64 may be at the edge of its class: mean v = 1 to within float32."""


@pytest.fixture(scope="module")
def truths():
    """Whole trainings of windows, made once."""
    held = {}

    def truth(case):
        if case not in held:
            narrow = case in NARROW_CASES
            found = direct(case, FLOAT64) if narrow else whole(case, BITS + 64)
            assert 0 < found.mean() < 1, "the window holds one class"
            held[case] = (
                found,
                orbit(case.problem, first_converged(case, found), 53 if narrow else BITS),
            )
        return held[case]

    return truth


@pytest.mark.parametrize("case", NARROW_CASES, ids=str)
def test_classes_are_those_of_float64_where_float32_fails(case, truths):
    truth, _ = truths(case)
    assert (direct(case, FLOAT32) == truth).mean() < DIRECT
    made = fractbench.run(case.name, backend="numpy", **case.options)
    assert made.arithmetic.name == "perturbed-float32-1"
    assert (made.converged == truth).mean() > ALIKE
    assert made.made["bits"] == 53


@pytest.mark.parametrize("case", [DEEP_TANH, DEEP_RELU, KINK], ids=str)
def test_classes_at_1e_30_are_those_of_whole_trainings(case, truths):
    truth, _ = truths(case)
    made = fractbench.run(case.name, backend="numpy", **case.options)
    assert np.array_equal(made.converged, truth)
    assert made.made["bits"] == BITS


@pytest.mark.parametrize("case", [SINGLE, RELU, SMALL, MINIBATCH, DRIFT, DEEP_TANH, DEEP_RELU,
                                  KINK], ids=str)  # fmt: skip
def test_the_right_program_passes_what_the_wrong_ones_must_not(case, truths):
    truth, reference = truths(case)
    found, level, left = beside(case, reference)
    assert (found == truth).mean() > ALIKE
    assert left.min() == 0
    assert level == {NARROW: 0 if case is SMALL else 1, DEEPEST: 5}[case.width]


real = {name: getattr(program, name) for name in ("changes", "lowered", "sigma_of", "drawn")}


def linear(ops, k, level):
    """Every product of two differences is dropped."""
    _, inverse = real["sigma_of"](ops, k, level)
    return ops.mul(inverse, k["zero"]), inverse


def linear_at_last(ops, k, level):
    """Products of two differences are dropped where they matter most, at level 0."""
    sigma, inverse = real["sigma_of"](ops, k, level)
    return ops.select(ops.equal(level, k["zero"]), k["zero"], sigma), inverse


def never_far(ops, k, *rest):
    """The addition theorem serves for differences of any size."""
    return real["changes"](ops, {**k, "half": np.float32(np.inf)}, *rest)


def rates_stay(ops, k, state):
    return {**real["lowered"](ops, k, state), "x": state["x"], "y": state["y"]}


def level_stays(ops, k, state):
    return {**real["lowered"](ops, k, state), "level": state["level"]}


def sigma_is_one_level_late(ops, k, level):
    return real["sigma_of"](ops, k, ops.add(level, k["one"]))


def relu_that_never_turns(ops, k, Du, net, samples):
    out = real_relu(ops, k, Du, net, samples)
    was = ops.less(k["zero"], samples["q"])
    return {**out, "Dh": ops.select(was, Du, k["zero"]), "Dq": ops.mul(out["Dq"], k["zero"]),
            "q": ops.add(samples["q"], ops.mul(out["q"], k["zero"]))}  # fmt: skip


real_relu = activation.relu


def another_batch(data, order):
    return real["drawn"](data, order[::-1] // 2)


WRONG = {
    "linear": (program, "sigma_of", linear, SMALL),
    "linear at 1e-30": (program, "sigma_of", linear, DEEP_TANH),
    "linear at level 0": (program, "sigma_of", linear_at_last, SMALL),
    "no far branch": (program, "changes", never_far, SMALL),
    "rates stay": (program, "lowered", rates_stay, DRIFT),
    "the level stays": (program, "lowered", level_stays, RELU),
    "the level stays at 1e-30": (program, "lowered", level_stays, DEEP_TANH),
    "sigma a level late": (program, "sigma_of", sigma_is_one_level_late, DEEP_TANH),
    "relu never turns": (activation, "relu", relu_that_never_turns, RELU),
    "no gate turns above level 3": (levels, "GATES", KNOWN, KINK),
    "another minibatch": (program, "drawn", another_batch, MINIBATCH),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_program_is_caught(name, truths, monkeypatch):
    module, function, wrong, case = WRONG[name]
    truth, reference = truths(case)
    monkeypatch.setattr(module, function, wrong)
    found, _, _ = beside(case, reference)
    assert (found == truth).mean() < 0.9


def test_a_drift_that_is_added_once_is_caught(truths, monkeypatch):
    truth, reference = truths(DRIFT)
    monkeypatch.setattr(
        "fractbench.zoom.perturbed.Perturbed.program",
        property(lambda made: program.PerturbedProgram("tanh", False, "once")),
    )
    assert (beside(DRIFT, reference)[0] == truth).mean() < 0.9


@pytest.mark.parametrize("case", [SMALL, MINIBATCH, RELU], ids=str)
def test_a_reference_that_is_elsewhere_is_caught(case, truths):
    """One millionth of a decade: less than float32 can tell in a rate of ten."""
    truth, reference = truths(case)
    place = reference.place
    moved = orbit(case.problem, Place(place.x + Fraction("1e-6"), place.y), 53)
    found, _, _ = beside(case, replace(moved, place=place))
    assert (found == truth).mean() < 0.9


@pytest.mark.parametrize("name", ["h", "q", "d", "v"])
def test_a_frame_that_is_off_is_caught(name, truths):
    """A part of the reference is one thousandth too large."""
    truth, reference = truths(DRIFT)
    found, _, _ = beside(DRIFT, too_large(reference, name))
    assert (found == truth).mean() < 0.9


def too_large(reference, name):
    frames = {**reference.frames, name: reference.frames[name] * np.float32(1.001)}
    return replace(reference, frames=frames)


WIDE = Case("tanh:samples=9,seed=1,width=8", "0", "0", "1.5", 4, 12)
"""Pixels so far apart that their differences are no small ones, where training is tame."""


def test_losses_follow_those_of_float64_and_find_a_frame_that_is_off():
    expected = losses(WIDE)
    reference = orbit(WIDE.problem, Place(Fraction("0.1"), Fraction("-0.2")), 53)
    assert off(losses(WIDE, reference), expected) < 1e-5
    for name in ("e", "h", "q", "d", "v", "gW", "gv"):
        assert off(losses(WIDE, too_large(reference, name)), expected) > 1e-4, name


def off(found, expected):
    """Return the largest relative error."""
    return np.max(np.abs(found / expected - 1))
