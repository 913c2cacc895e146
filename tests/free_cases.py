"""Shared by the tests of free kernels: a kernel, its tile, and what the strict host makes of it."""

import weakref
from dataclasses import replace
from functools import lru_cache

import numpy as np

from fractbench.arithmetic.contract import arithmetic
from fractbench.backend import Tile
from fractbench.draws import Draws
from fractbench.grid import Grid
from fractbench.plan import Plan
from fractbench.problems.catalogue import problem
from fractbench.reference import reference_kernel
from fractbench.window import Window
from helpers import backend

MLP = ("tanh", "relu", "linear", "single", "minibatch", "weight-drift", "init-offset")
KERNELS = ("tuned", "idiomatic")


def chosen(spec, steps, draws=None, **sizes):
    """Return a problem of width 8 (or as told) with its steps and per-pixel draws."""
    made = replace(problem(spec), **{"width": 8, **sizes}).with_steps(steps)
    return made.with_draws(Draws.parse(f"per-pixel={draws}", 7)) if draws else made


def smooth(subject):
    """Return a window in which rounding is not amplified and every pixel's loss moves."""
    rates = "0:1" if subject.width > 2 else "-2:-1"
    return Window.parse(f"{rates if subject.offset == 'none' else '-3:-1'},{rates}")


def kernel(name, subject, which, dtype="float32"):
    """Return a Backend's free kernel of a problem on its CPU."""
    found = backend(name)
    return found.prepare(subject, found.device("cpu"), arithmetic("free", dtype), which)


def tile(subject, width, height, dtype="float32", contract="free", window=None):
    """Return a window of a problem, its start view unless told, as one Tile."""
    grid = Grid(window or subject.views["start"], width, height)
    return Plan(subject, grid, arithmetic(contract, dtype)).tile(0, width * height)


def part(whole, start, count):
    """Return a run of a Tile's pixels as a Tile."""
    cut = slice(start, start + count)
    frames = {name: a[..., cut] for name, a in whole.pixels.get("frames", {}).items()}
    pixels = {name: a[..., cut] for name, a in whole.pixels.items() if name != "frames"}
    return Tile(start, count, pixels | ({"frames": frames} if frames else {}))


def strict(subject, dtype="float32"):
    """Return the strict host's kernel."""
    grid = Grid(subject.views["start"], 2, 2)
    return reference_kernel(Plan(subject, grid, arithmetic("strict", dtype)))


@lru_cache
def strict_losses(subject, dtype="float32"):
    """Return the strict host's losses of 5 x 4 pixels of the smooth window, (steps, 20)."""
    found = strict(subject, dtype).trajectory(tile(subject, 5, 4, dtype, "strict", smooth(subject)))
    assert np.all(np.abs(found[-1] - found[0]) > 1e-3 * found[0])
    return found


@lru_cache
def strict_classes(subject, size):
    """Return the strict host's classes of a square map of the start view."""
    return subject.readout(strict(subject).run(tile(subject, size, size, contract="strict")))[1]


def ulps_off(name, subject, which, dtype="float32"):
    """Return the largest error of a free kernel's losses, in ulps of the pixel's first loss."""
    expected = strict_losses(subject, dtype)
    given = tile(subject, 5, 4, dtype, window=smooth(subject))
    found = kernel(name, subject, which, dtype).trajectory(given)
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    return np.max(np.abs(found - expected) / np.spacing(expected[0]))


def relative_errors(name, subject, which, dtype):
    """Return the relative errors of a narrow kernel's losses, (steps, 20)."""
    exact = strict_losses(subject, "float64")
    given = tile(subject, 5, 4, dtype, window=smooth(subject))
    found = kernel(name, subject, which, dtype).trajectory(given)
    assert found.dtype == np.float32
    return np.abs(found - exact) / exact


def share_of_other_classes(name, spec, which, dtype="float32"):
    """Return how many of 24 x 24 classes after 60 steps a kernel has otherwise than the host."""
    subject = chosen(spec, 60, samples=1 if spec == "single" else 24)
    expected = strict_classes(subject, 24)
    assert 0.1 < np.mean(expected) < 0.9
    found = kernel(name, subject, which, dtype).run(tile(subject, 24, 24))
    return np.mean(subject.readout(found)[1] != expected)


def most_losses_alive(made, step, given):
    """Return how many steps' losses, the third result of a kernel's `step`, a run keeps at once."""
    alive, most, real = [], [0], getattr(made, step)

    def watched(*args):
        found = real(*args)
        alive.append(weakref.ref(found[2]))
        most.append(sum(ref() is not None for ref in alive))
        return found

    setattr(made, step, watched)
    made.run(given)
    return max(most)


LOSSES = np.array(
    [
        [4.0, 4.0, np.inf, 2.0, 1e-30, 3.0, np.nan],
        [2.0, np.nan, 1.0, 0.0, 1e10, 3.0, 1.0],
        [1.0, 8.0, np.inf, 4.0, np.inf, 3e-31, 1.0],
    ]
)
"""Losses of three steps; the columns: falls, NaN once, starts at infinity, is 0 once, is capped
twice, ends below 2**-100 of the first, starts at NaN."""
SUMS = {
    "sum_v": [1.75, 1e6 + 3, 3e6, 3.0, 2e6 + 1, 2.0, 3e6],
    "sum_inverse": [7.0, 1.5 + 1e-6, 3e-6, 1.5 + 2.0**100, 1 + 2e-6, 2 + 2.0**100, 3e-6],
    "sum_inverse_low": [0.0] * 7,
    "last": [0.75, 1e6 + 2, 2e6, 2.0, 2e6, 1.0, 2e6],
}
"""What they add up to if the last two steps decide."""
