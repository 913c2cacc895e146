"""Whole kernel texts: dtypes of every intermediate, block sizes, and what NaN does."""

import numpy as np
import pytest

from fractbench.arithmetic.host import HostOps
from fractbench.problems.catalogue import names, problem
from fractbench.problems.mlp import Mlp
from helpers import FMT, CheckedOps, assert_same, f32, tile_of, trained


def small(name):
    chosen = problem(name)
    if isinstance(chosen, Mlp):
        chosen = problem(name, width=5, samples=1 if name == "single" else 7)
    return chosen.with_steps(3)


def pixels_of(chosen):
    return tile_of(chosen, None, 4, 4 if len(chosen.axes) == 2 else 1).pixels


@pytest.mark.parametrize("name", names())
def test_every_intermediate_has_the_dtype_of_the_format(name):
    chosen = small(name)
    found = trained(chosen, CheckedOps(FMT), pixels_of(chosen))
    assert {a.dtype.name for a in found.values()} == {"float32"}
    assert {a.shape for a in found.values()} == {pixels_of(chosen)["x"].shape}


@pytest.mark.parametrize("name", names())
def test_inputs_are_of_the_format_and_never_subnormal(name):
    from fractbench.tree import leaves

    for array in leaves(problem(name).inputs(FMT)):
        assert array.dtype in (np.float32, np.int32, np.bool_)
        if array.dtype == np.float32:
            assert ((array == 0) | (np.abs(array) >= 2.0**-126)).all()


@pytest.mark.parametrize("block", [1, 2, 3, 5, 7, 8, 100])
def test_the_block_size_changes_no_bit(block):
    chosen = problem("minibatch", width=3, samples=23).with_steps(4)
    ops = HostOps(FMT)
    ops.block = block
    pixels = pixels_of(chosen)
    assert_same(trained(chosen, ops, pixels), trained(chosen, HostOps(FMT), pixels))


@pytest.mark.parametrize("name", ["tanh", "relu", "linear", "minibatch", "weight-drift"])
def test_enormous_rates_diverge_and_no_nan_is_lost(name):
    chosen = small(name).with_steps(30)
    pixels = {"x": f32([1e12, 1e-9]), "y": f32([1e12, 1e-9])}
    if name == "weight-drift":
        pixels["x"] = f32([1e12, 1e-20])
    sums = trained(chosen, HostOps(FMT), pixels)
    _, classes = chosen.readout(sums)
    assert classes.tolist()[0] == 0
    assert sums["last"][0] > 1e6
    assert all(np.isfinite(a).all() for a in sums.values())


def test_a_tiny_rate_converges_slowly():
    chosen = problem("tanh", width=5, samples=7).with_steps(30)
    sums = trained(chosen, HostOps(FMT), {"x": f32([1e-3]), "y": f32([0.1])})
    value, classes = chosen.readout(sums)
    assert classes.tolist() == [1]
    assert -30 < value[0] < -20


def test_classes_of_the_controls():
    newton, mandelbrot = problem("newton"), problem("mandelbrot")
    x, y = f32([1.1, -0.5, -0.5, 0]), f32([0, 0.9, -0.9, 0])
    assert newton.readout(trained(newton, HostOps(FMT), {"x": x, "y": y}))[1].tolist() == [
        1,
        2,
        3,
        0,
    ]
    x, y = f32([0, -1, 0.5, -2.0]), f32([0, 0, 0.5, 1])
    found = mandelbrot.readout(trained(mandelbrot, HostOps(FMT), {"x": x, "y": y}))[1]
    assert found.tolist() == [1, 1, 0, 0]


def test_quadratics_leave_at_a_rate_above_one_and_settle_below():
    for spec in ("quadratic-additive:epsilon=0", "quadratic-multiplicative:epsilon=0"):
        chosen = problem(spec).with_steps(60)
        sums = trained(chosen, HostOps(FMT), {"x": f32([0, 0.5, 0.99, 1.0, 1.5])})
        value, classes = chosen.readout(sums)
        assert classes.tolist() == [1, 1, 1, 1, 0]
        assert value[:2].tolist() == [-60, -1]
        assert 10 < value[4] < 20
