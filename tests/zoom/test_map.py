"""Maps of deep windows: the same whoever makes them and however, and honest about their doubt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import fractbench
from deep_windows import DEEP_RELU, DEEPEST, RELU, SINGLE, Case, whole
from fractbench.agreement import compare
from fractbench.api import prepare
from fractbench.map import load
from fractbench.plan import DOUBT
from fractbench.request import Request
from fractbench.zoom.doubt import NOISE, doubt
from fractbench.zoom.kernel import REFERENCES
from fractbench.zoom.neighbours import Neighbours
from helpers import backend

NOISY = Case("single", "4.698078938488217613", "1.222670810781594795")
"""One ulp changes the class of some pixels, of some of them beside every reference."""


def prepared(case, name="numpy"):
    return prepare(Request(case.name, **case.options), name)


@pytest.fixture(scope="module")
def noisy():
    return prepared(NOISY).execute()


@pytest.fixture(scope="module")
def right():
    """A deep map whose levels fall from 5 to 0."""
    return prepared(DEEP_RELU).execute()


def test_the_digest_names_the_contract(noisy, right):
    for made in (noisy, right):
        assert made.digest.startswith("perturbed-float32-1:sha256:")
    assert noisy.digest != right.digest


def test_some_pixels_of_the_noisy_window_are_in_doubt(noisy):
    counts = noisy.accumulators[DOUBT]
    assert set(counts.ravel()) <= set(range(REFERENCES + 1))
    assert (counts == 0).any()
    assert (counts == REFERENCES).any()
    assert doubt(noisy.accumulators).references == REFERENCES


@pytest.mark.parametrize("tile", [13, 60])
def test_tiles_and_their_order_do_not_matter(noisy, tile):
    from fractbench.execute import execute

    kept = prepared(NOISY)
    made = execute(kept.plan, kept.kernel, tile=tile, order=lambda n: range(n)[::-1])
    assert made.digest == noisy.digest


def test_an_interrupted_map_goes_on_and_is_the_same(noisy, tmp_path):
    first, done = prepared(NOISY), []

    def stop(count, fresh):
        done.append(count)
        if len(done) == 2:
            raise KeyboardInterrupt

    with first.journal(tmp_path, 20) as journal, pytest.raises(KeyboardInterrupt):
        first.execute(20, journal, stop)
    again, told = prepared(NOISY), []
    with again.journal(tmp_path, 20) as journal:
        made = again.execute(20, journal, lambda *one: told.append(one))
    assert told[:2] == [(20, False)] * 2
    assert sum(count for count, fresh in told if fresh) == 64 - 40
    assert made.digest == noisy.digest


@pytest.mark.parametrize("name", ["torch", "mlx", "jax"])
def test_frameworks_give_the_same_bits(name, right):
    device = str(backend(name).device("cpu"))
    assert prepared(DEEP_RELU, device).execute().digest == right.digest


def test_another_framework_is_in_doubt_about_the_same_pixels(noisy):
    device = str(backend("torch").device("cpu"))
    assert prepared(NOISY, device).execute().digest == noisy.digest


def test_a_map_is_saved_with_its_doubt_and_loaded(noisy, tmp_path):
    saved = load(noisy.save(tmp_path / "deep.npz"))
    assert saved.metadata["digest"] == noisy.digest
    assert saved.metadata["arithmetic"] == "perturbed-float32-1"
    assert saved.metadata["accumulators"][-1] == DOUBT
    assert np.array_equal(saved.arrays[DOUBT], noisy.accumulators[DOUBT])
    assert noisy.save(tmp_path / "deep.png").stat().st_size > 1000


def test_a_changed_doubt_does_not_match_the_digest(noisy, tmp_path):
    path = noisy.save(tmp_path / "deep.npz")
    with np.load(path) as archive:
        arrays = {name: archive[name].copy() for name in archive.files}
    arrays[DOUBT][:] = 0
    np.savez_compressed(path, **arrays)
    with pytest.raises(fractbench.UsageError, match="does not match its own digest"):
        load(path)


def test_a_doubtful_pixel_takes_the_first_settled_reference(monkeypatch):
    """Scripted neighbours: pixel 0 settles at once, 1 beside the second, 2 beside none."""
    doubtful = {0: [False, True, True], 1: [False, True], 2: [True]}
    kept, asked = prepared(Case("single", SINGLE.x, SINGLE.y, side=3)), []

    def train(self, columns, rows):
        number = len(asked)
        asked.append(columns.tolist())
        values = (10 * number + columns).astype(np.float32)
        sums = dict.fromkeys(kept.plan.problem.accumulators, values)
        return sums, np.array(doubtful[number])

    monkeypatch.setattr(Neighbours, "train", train)
    found = kept.kernel.run(kept.plan.tile(0, 3))
    assert asked == [[0, 1, 2], [1, 2], [2]]
    assert found["last"].tolist() == [0, 11, 2]
    assert found[DOUBT].tolist() == [0, 1, 3]


def test_references_beyond_the_first_are_made_only_where_they_are_needed():
    made = prepared(RELU)
    assert doubt(made.execute().accumulators).references == 1
    assert made.kernel.facts == {"bits": 53}


@pytest.mark.parametrize(("flips", "noise"), [(0, False), (5, False), (6, True), (100, True)])
def test_above_one_in_twenty_a_picture_is_noise(flips, noise):
    counts = np.zeros(100, np.float32)
    counts[:flips] = 1
    counts[: flips // 2] = REFERENCES
    found = doubt({DOUBT: counts})
    assert (found.flips, found.unsettled) == (flips / 100, flips // 2 / 100)
    assert bool(found.noise) == noise == (flips / 100 > NOISE)
    if noise:
        assert f"the class of {flips:.1f}% of its pixels hangs on one ulp" in found.noise


def test_a_direct_map_has_no_doubt():
    assert doubt({"last": np.zeros(3)}) is None


SMOOTH = Case(
    "single", "1.465608897057293698306600910328195277", "1.307337115719617895", DEEPEST, 4
)  # fmt: skip
"""A boundary where mean v passes 1 smoothly: float32 sums cannot tell 1 from 1 + 1e-29."""


def test_a_smooth_boundary_is_in_doubt_as_a_whole():
    """Half of its pixels converge in truth; an ulp more or less does not show that."""
    made = prepared(SMOOTH).execute()
    assert 0 < whole(SMOOTH, 256).mean() < 1
    assert (made.accumulators[DOUBT] == REFERENCES).all()
    assert doubt(made.accumulators).noise


def test_maps_that_differ_in_doubt_alone_are_not_the_same(noisy):
    counts = noisy.accumulators[DOUBT].copy()
    counts[2, 3] += 1
    other = replace(noisy, accumulators={**noisy.accumulators, DOUBT: counts})
    assert compare(noisy, noisy).same
    assert (compare(noisy, other).different, compare(noisy, other).first) == (1, (3, 2))
