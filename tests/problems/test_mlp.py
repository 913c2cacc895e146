from fractions import Fraction

import numpy as np
import pytest

from fractbench.errors import FractbenchError, UsageError
from fractbench.problems import mlp_draws
from fractbench.problems.catalogue import problem
from fractbench.problems.mlp import banded
from fractbench.problems.mlp_draws import BATCH, batch_order, published_draws
from helpers import FMT

LADDERS = {"linear": (21, "8.436"), "relu": (22, "8.997"), "single": (21, "7.750"),
           "minibatch": (41, "11.122"), "tanh": (23, "6.500"),
           "init-offset": (34, "10.808")}  # fmt: skip


def width_of(window):
    low, high = window.bounds(0)
    return high - low


@pytest.mark.parametrize("name", LADDERS)
def test_the_ladder_doubles_from_the_published_picture_to_the_first_frame(name):
    views, (last, widest) = problem(name).views, LADDERS[name]
    assert f"published:{last + 1}" not in views
    assert views[f"published:{last}"] == views["published"]
    assert abs(width_of(views["published:0"]) / Fraction(widest) - 1) < Fraction(1, 1000)
    for k in range(last):
        assert width_of(views[f"published:{k}"]) == 2 * width_of(views[f"published:{k + 1}"])
    centers = {tuple(sum(w.bounds(axis)) / 2 for axis in (0, 1))
               for view, w in views.items() if view != "start"}  # fmt: skip
    assert len(centers) == 1


def test_the_twelfth_frame_of_tanh():
    window = problem("tanh").view("published:12")
    assert width_of(window) == Fraction("7.7489e-7") * 2 ** (23 - 12)
    x, y = (sum(window.bounds(axis)) / 2 for axis in (0, 1))
    assert (x, y) == (Fraction("1.123844266878"), Fraction("2.301807567137"))


def test_the_start_window_and_an_unknown_view():
    assert str(problem("relu").view("start")) == "-3:6,-3:6"
    assert problem("weight-drift").views == problem("init-offset").views
    with pytest.raises(UsageError, match=r"tanh has no view 'strat' \(did you mean start\?\)"):
        problem("tanh").view("strat")


@pytest.mark.parametrize(("width", "full"), [(16, 272), (8, 72)])
def test_the_published_draws_are_whole(width, full):
    store = published_draws()
    assert store[f"w{width}/W"].shape == (width, width)
    assert store[f"w{width}/full/X"].shape == (full, width)
    for steps in (100, 200, 500, 1000):
        order = store[f"w{width}/minibatch/{steps}"]
        assert order.shape == (steps, BATCH)
        assert order.min() >= 0
        assert order.max() < full
    found = problem("tanh", width=width).instance
    assert found.published
    assert (store[f"w{width}/W"] == found.W).all()


def test_a_damaged_file_is_refused(monkeypatch):
    monkeypatch.setattr(mlp_draws, "SHA256", "0" * 64)
    published_draws.cache_clear()
    with pytest.raises(FractbenchError, match=r"paper_draws.npz is damaged; reinstall"):
        published_draws()
    monkeypatch.undo()
    assert published_draws()


def test_the_minibatch_order_depends_on_the_number_of_steps():
    store = published_draws()
    for steps, total in ((100, 100), (60, 100), (101, 200), (500, 500), (501, 1000)):
        order, name = batch_order(16, 272, steps, None, True)
        assert (order == store[f"w16/minibatch/{total}"][:steps]).all()
        assert name == f"published for {total} steps" + (f", first {steps}" * (steps != total))
    order, name = batch_order(16, 272, 1001, None, True)
    assert order.shape == (1001, BATCH)
    assert name == "drawn from seed 0"
    assert problem("minibatch").notes() == ["minibatch order: published for 1000 steps"]


def test_constants_are_rounded_once():
    """sqrt(2) / sqrt(n), rounded at every step, differs from the rounded sqrt(2 / n) for some n."""
    differ = 0
    for width in range(1, 65):
        k = problem("tanh", width=width, samples=3).inputs(FMT)["constants"]
        naive = np.float32(np.sqrt(np.float32(2)) / np.sqrt(np.float32(width)))
        assert k["scale"] == np.float32(np.sqrt(2 / width))
        assert k["inverse_width"] == np.float32(1 / width)
        assert k["slope"] == np.float32(2 / (3 * width))
        differ += naive != k["scale"]
    assert differ > 5
    assert problem("linear").inputs(FMT)["constants"]["scale"] == 0.25
    batch = problem("minibatch").inputs(FMT)["constants"]
    assert (batch["slope"], batch["inverse_samples"]) == (2.0**-7, np.float32(1 / 272))


def test_the_hosts_bands():
    tiny = np.nextafter(np.float32(2.0**-40), np.float32(0))
    found = banded(np.array([tiny, -tiny, 2.0**-40, -1.5, -0.0]), FMT, -40)
    assert found.tolist() == [0, 0, 2.0**-40, -1.5, 0]
    assert not np.signbit(found[[0, 1, 4]]).any()
    assert found.dtype == np.float32


def test_a_pixels_own_draws_are_banded_and_shaped():
    from fractbench.draws import Draws

    chosen = problem("minibatch", width=5, samples=9).with_steps(4)
    chosen = chosen.with_draws(Draws.parse("per-pixel=both", 3))
    where = np.array([4, 0, 2], np.int64)
    drawn = chosen.pixel_draws(FMT, where, where + 1)
    assert (drawn["W"].shape, drawn["v"].shape) == ((5, 5, 3), (5, 3))
    assert drawn["frames"]["order"].shape == (4, BATCH, 3)
    assert drawn["W"].dtype == np.float32
    assert "order" not in chosen.inputs(FMT)["frames"]
    assert chosen.notes() == []
