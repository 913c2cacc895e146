"""How long launches are: careful while the rate is unknown, bounded once it is known."""

import pytest

from fractbench.problems.catalogue import problem
from fractbench.simt.bounds import INDEX, MOST, bounds
from fractbench.simt.slices import SECONDS, Slices


def launched(steps, pixels, rate, first):
    """Return the pixel-steps of every launch on a device of so many pixel-steps a second."""
    slices, done, made = Slices(steps, first), 0, []
    while done < steps:
        end = slices.next(done, pixels)
        assert done < end <= steps
        made.append((end - done) * pixels)
        slices.took(made[-1], made[-1] / rate)
        done = end
    assert sum(made) == steps * pixels
    return made


@pytest.mark.parametrize("rate", [1e4, 1e6, 1e8])
@pytest.mark.parametrize("pixels", [1, 100, 60_000])
def test_no_launch_lasts_long(rate, pixels):
    made = launched(500, pixels, rate, 10_000)
    # A last slice may be half as long again, and one step is the least.
    most = max(1.5 * SECONDS * rate, pixels)
    assert max(made[1:]) <= most
    assert made[0] <= max(1.5 * 10_000, pixels)


def test_slices_grow_so_that_few_are_needed():
    assert launched(500, 100, 1e9, 1e9) == [800, 1600, 3200, 6400, 12800, 25200]


@pytest.mark.parametrize("spec", ["tanh", "tanh:width=32", "single", "minibatch"])
@pytest.mark.parametrize("steps", [1, 8, 500, 100_000])
def test_a_first_launch_is_a_small_part_of_a_tile_s_work(spec, steps):
    subject = problem(spec).with_steps(steps)
    work = 1 << 23
    found = bounds(subject, work, 8)
    samples = subject.count + 16 * subject.minibatch
    cost = samples * subject.width**2 / (272 * 16**2)
    assert found.tile % 8 == 0
    assert found.tile * steps * cost <= max(work, 8 * steps * cost)
    assert found.launch <= MOST
    # One step of a launch's pixels is what no slice can cut.
    assert found.launch * cost <= max(work / 16, 8 * cost)
    assert found.first * cost <= work / 16


def test_no_index_leaves_32_bits():
    from fractbench.draws import Draws

    subject = problem("minibatch").with_draws(Draws.parse("per-pixel=both", 1)).with_steps(100_000)
    found = bounds(subject, 1 << 26, 1)
    assert found.launch * 100_000 * 16 <= INDEX
    assert MOST * 32 * 33 <= INDEX
