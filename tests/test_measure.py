import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fractbench import measure
from fractbench.arithmetic.host import HostOps
from fractbench.arithmetic.reciprocal import reciprocal
from helpers import FMT, K, f32

OPS = HostOps(FMT)
INF, NAN = np.inf, np.nan


def relative(loss, loss_0):
    with np.errstate(all="ignore"):
        loss, loss_0 = f32([loss]), f32([loss_0])
        return measure.relative(OPS, K, loss, loss_0, reciprocal(OPS, K, loss_0))[0]


def summed(trajectory, steps=None):
    """Return the accumulators after a trajectory of v, as a kernel makes them."""
    late = measure.late_steps(steps or len(trajectory))
    sums = measure.start(OPS, K, 1)
    with np.errstate(all="ignore"):
        for v, now in zip(f32(trajectory), late, strict=True):
            sums = measure.observe(OPS, K, sums, v[None], now)
    return sums


@pytest.mark.parametrize(
    ("loss", "loss_0", "v"),
    [
        (0.3, 0.3, 1), (0, 0, 1), (1, 4, 0.25), (3e5, 0.1, 1e6), (INF, 0.5, 1e6), (NAN, 0.5, 1e6),
        (1, 0, 1e6), (1, INF, 1e6), (1, NAN, 1e6), (INF, INF, 1e6), (1e31, 1e31, 1e6),
        (1, 2.0**100, 1e6), (2.0**-101, 1, 0), (2.0**-100, 1, 2.0**-100), (0, 1, 0),
    ],
)  # fmt: skip
def test_the_relative_loss(loss, loss_0, v):
    assert relative(loss, loss_0) == pytest.approx(v, rel=3e-7)


@given(st.floats(0, width=32), st.floats(0, width=32))
def test_the_relative_loss_is_0_or_between_its_bounds(loss, loss_0):
    v = relative(loss, loss_0)
    assert v == 0 or 2.0**-100 <= v <= 1e6


@pytest.mark.parametrize(("steps", "late"), [(1, 1), (19, 19), (20, 20), (21, 20), (500, 20)])
def test_the_last_twenty_steps_decide(steps, late):
    found = measure.late_steps(steps)
    assert (found.size, found.sum()) == (steps, late)
    assert found[-late:].all()


def test_sums_of_a_trajectory():
    v = [1, 0.5, 0.25, 2, 1e6, 0]
    sums = summed(v)
    assert sums["sum_v"][0] == np.float32(1000003.75)
    assert sums["last"][0] == sums["sum_v"][0]
    exact = 1 + 2 + 4 + 0.5 + 1e-6 + 2.0**100
    assert float(sums["sum_inverse"][0]) == pytest.approx(exact, rel=1e-6)


def test_a_step_before_the_last_twenty_is_not_in_last():
    sums = summed([100.0] + [0.5] * 20)
    assert (sums["last"][0], sums["sum_v"][0]) == (10, 110)


def test_the_inverse_sum_is_compensated():
    draw = np.random.Generator(np.random.PCG64(3))
    v = f32(10.0 ** draw.uniform(-6, 6, 400))
    sums = summed(v)
    both = float(sums["sum_inverse"][0]) + float(sums["sum_inverse_low"][0])
    with np.errstate(all="ignore"):
        inverses = np.array([reciprocal(OPS, K, x[None])[0] for x in v], np.float64)
    assert both == pytest.approx(inverses.sum(), rel=1e-12)


def test_readout_paints_converged_pixels_negative():
    sums = {"sum_v": f32([7, 8, 9, 10]), "sum_inverse": f32([70, 80, 90, 100]),
            "last": f32([19.99, 20, 21, NAN])}  # fmt: skip
    value, classes = measure.readout(sums, 500)
    assert value.tolist() == [-7, 80, 90, 100]
    assert classes.tolist() == [1, 0, 0, 0]
    assert (value.dtype, classes.dtype) == (np.float32, np.uint8)


def test_fewer_steps_than_twenty_are_compared_with_their_number():
    sums = {"sum_v": f32([4, 5]), "sum_inverse": f32([1, 1]), "last": f32([4, 5])}
    assert measure.readout(sums, 5)[1].tolist() == [1, 0]


def test_a_pixel_that_never_moves_has_diverged():
    assert measure.readout(summed([1.0] * 30), 30)[1].tolist() == [0]
