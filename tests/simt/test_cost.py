"""Predicted speeds: the model against figures worked out by hand."""

from __future__ import annotations

import dataclasses

import pytest

from fractbench.errors import UsageError
from fractbench.simt.chips import PRODUCTS, chip
from fractbench.simt.cost import Chip, added, predict

# 2 cores of 4 schedulers at 1 kHz: 8 instructions of 32 lanes a clock.
SMALL = Chip("small", cores=2, clock=1000.0)
NVIDIA = dataclasses.replace(SMALL, arithmetic=1, second=2, memory=True)
HALF = dataclasses.replace(NVIDIA, arithmetic=2)
STEP = added([(10, {"product": 3, "sum": 2, "integer": 1, "exchange": 1}), (1, {"control": 30})])


def test_a_step_is_its_samples_and_the_rest():
    assert STEP == {"product": 30, "sum": 20, "integer": 10, "exchange": 10, "control": 30}


def test_the_rate_by_hand():
    # 100 instructions a step; 8 lanes a pixel: 4 pixels a group, 8 groups a clock, 1000 clocks
    found = predict(SMALL, STEP, lanes=8)
    assert found.rate == 4 * 8 * 1000 / 100
    assert (found.limit, found.issued) == ("issue", 1.0)
    # 2 x 32 lanes x 8 schedulers x 1000 clocks; 640 operations a pixel-step
    assert SMALL.peak == 512_000
    assert found.share(640, SMALL.peak) == 640 * 320 / 512_000


@pytest.mark.parametrize(
    ("chip", "counts", "limit", "clocks"),
    [
        (HALF, {"sum": 60, "control": 20}, "float32 units", 120),
        (NVIDIA, {"sum": 10, "compare": 20, "integer": 10}, "integer units", 60),
        (NVIDIA, {"sum": 90, "load of 128 bits": 6, "exchange": 4}, "threadgroup memory", 112),
        (SMALL, {"sum": 90, "load of 128 bits": 6, "exchange": 4}, "issue", 100),
    ],
)  # fmt: skip
def test_the_scarcest_thing_limits(chip, counts, limit, clocks):
    found = predict(chip, counts, lanes=32)
    assert found.limit == limit
    assert found.rate == 8 * 1000 / clocks
    assert found.issued == sum(counts.values()) / clocks


@pytest.mark.parametrize("kind", STEP)
@pytest.mark.parametrize("on", [SMALL, NVIDIA])
def test_more_instructions_are_never_faster(on, kind):
    more = {**STEP, kind: STEP[kind] + 25}
    assert predict(on, more, 8).rate <= predict(on, STEP, 8).rate
    if on is SMALL:
        assert predict(on, more, 8).rate < predict(on, STEP, 8).rate


def test_fewer_lanes_of_as_many_instructions_are_faster():
    assert predict(SMALL, STEP, 4).rate == 2 * predict(SMALL, STEP, 8).rate


@pytest.mark.parametrize("lanes", [0, -4, 3, 64])
def test_lanes_that_do_not_divide_a_group_are_refused(lanes):
    with pytest.raises(UsageError, match=f"lanes is {lanes}"):
        predict(SMALL, STEP, lanes)


@pytest.mark.parametrize("counts", [{}, {"sum": 0}, {"sum": 3, "load": -1}])
def test_nonsense_is_refused(counts):
    with pytest.raises(UsageError, match="instructions are"):
        predict(SMALL, counts, 8)


def test_the_chips_give_the_makers_peaks():
    found = {product.name: chip(product) for product in PRODUCTS}
    assert (found["NVIDIA H100 80GB HBM3"].cores, found["NVIDIA A100-SXM4-80GB"].cores) == (
        132,
        108,
    )
    assert found["NVIDIA H100 80GB HBM3"].peak == pytest.approx(67e12, rel=0.01)
    assert found["NVIDIA A100-SXM4-80GB"].peak == pytest.approx(19.5e12, rel=0.01)
    assert found["Apple M1 Max"].peak == pytest.approx(10.4e12, rel=0.03)
    # No clock of it is known: the one that gives its peak.
    assert found["Apple M4"].peak == pytest.approx(4.6e12)
    assert all(1e9 < one.clock < 2.5e9 for one in found.values())
