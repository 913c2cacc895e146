"""Traced pixels are the full map's; interrupted traces go on; files come back as they were."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib import image

import fractbench
from fractbench.arithmetic.bits import same_bits
from fractbench.errors import FractbenchError, UsageError
from fractbench.grid import MAX_PIXELS
from fractbench.request import Request
from fractbench.tracing import Rule
from fractbench.tracing.file import load, save
from fractbench.tracing.large import plan_of
from fractbench.tracing.made import make, ready
from fractbench.tracing.missed import missed

ASKED = Request("mandelbrot", size="97x80", steps=30, preset="paper")
RULE = Rule(coarse=12)


class Watched:
    """A Kernel that remembers its tiles and their accumulators, and may be interrupted."""

    name, tile = "ops", 200

    def __init__(self, kernel, stop=None, error=KeyboardInterrupt):
        self._kernel, self._stop, self._error = kernel, stop, error
        self.seen = []

    def run(self, tile):
        if len(self.seen) == self._stop:
            raise self._error
        self.seen.append((tile, self._kernel.run(tile)))
        return self.seen[-1][1]

    @property
    def pixels(self):
        return sum(tile.count for tile, _ in self.seen)


@pytest.fixture(scope="module")
def prepared():
    return ready(ASKED, "numpy")


@pytest.fixture(scope="module")
def full():
    return fractbench.run("mandelbrot", backend="numpy", size="97x80", steps=30)


def made_by(prepared, folder, rule=RULE, pixels=0, **stop):
    kernel = Watched(prepared.kernel, **stop)
    found = make(dataclasses.replace(prepared, kernel=kernel), folder, rule, pixels=pixels)
    return found, kernel


def test_every_trained_pixel_has_the_bits_of_the_full_map(prepared, full, tmp_path):
    made, kernel = made_by(prepared, tmp_path, pixels=100)
    where = {name: np.concatenate([t.pixels[name] for t, _ in kernel.seen]) for name in "xy"}
    values = prepared.plan.tile(0, full.grid.pixels).pixels
    columns = np.searchsorted(values["x"][:97], where["x"])
    rows = np.searchsorted(values["y"][::97], where["y"])
    for name, array in full.accumulators.items():
        found = np.concatenate([sums[name] for _, sums in kernel.seen])
        assert same_bits(found, array[rows, columns])
    places, classes = made.traced.known.all()
    assert np.array_equal(classes, full.classes.ravel()[places])
    assert kernel.pixels == made.fresh + 200 == made.traced.trained + 200
    lost = missed(made.traced, full.classes)
    assert lost.share < 0.05
    assert [one.wrong for one in made.probes] == [0, 0]


@pytest.mark.parametrize("stop", [1, 4, 7])
def test_an_interrupted_trace_goes_on_where_it_stopped(prepared, tmp_path, stop):
    whole, kernel = made_by(prepared, tmp_path / "..")
    with pytest.raises(KeyboardInterrupt):
        made_by(prepared, tmp_path, stop=stop)
    kept = sum(tile.count for tile, _ in kernel.seen[:stop])
    resumed, rest = made_by(prepared, tmp_path)
    assert rest.pixels == resumed.fresh == whole.fresh - kept
    assert resumed.digest == whole.digest
    assert resumed.traced.trained == whole.traced.trained
    assert not list(tmp_path.glob(".*.tiles"))


def test_another_rule_takes_up_what_is_known(prepared, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        made_by(prepared, tmp_path, stop=7)
    wider, kernel = made_by(prepared, tmp_path, Rule(12, guard=2))
    alone, _ = made_by(prepared, tmp_path / "..", Rule(12, guard=2))
    assert wider.digest == alone.digest
    assert kernel.pixels < alone.fresh


def test_a_torn_and_a_damaged_record_cost_themselves_only(prepared, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        made_by(prepared, tmp_path, stop=4)
    file = next(tmp_path.glob(".*.tiles"))
    held = bytearray(file.read_bytes())
    held[40] ^= 1
    file.write_bytes(held + b"torn")
    resumed, _ = made_by(prepared, tmp_path)
    whole, kernel = made_by(prepared, tmp_path / "..")
    assert resumed.digest == whole.digest
    kept = [tile.count for tile, _ in kernel.seen[:4]]
    assert resumed.fresh == whole.fresh - sum(kept) + 200


def test_nothing_is_written_behind_a_record_that_was_cut_short(prepared, tmp_path, monkeypatch):
    calls = []

    def full_disk(self, start, count, sums):
        calls.append(count)
        raise FractbenchError("cannot keep a finished tile: No space left on device")

    monkeypatch.setattr("fractbench.journal.Journal.append", full_disk)
    with pytest.raises(FractbenchError, match="No space left"):
        made_by(prepared, tmp_path)
    assert len(calls) == 1


def test_a_file_comes_back_whole(prepared, tmp_path):
    made, _ = made_by(prepared, tmp_path, pixels=50)
    traced, facts = load(save(made, tmp_path / "b.npz"))
    assert np.array_equal(traced.keys, made.traced.keys)
    assert np.array_equal(traced.dense(), made.traced.dense())
    assert (traced.rule, traced.levels) == (made.traced.rule, made.traced.levels)
    assert facts["digest"] == made.digest
    assert facts["schema"] == "fractbench.trace/1"
    assert facts["trained_pixels"] == made.traced.trained
    assert [one["pixels"] for one in facts["probes"]] == [50, 50]


def changed(path, **arrays):
    with np.load(path) as archive:
        held = {name: archive[name] for name in archive.files}
    np.savez_compressed(path, **{**held, **arrays})


def test_files_that_are_no_boundary_are_refused(prepared, full, tmp_path):
    path = save(made_by(prepared, tmp_path)[0], tmp_path / "b.npz")
    changed(path, boundary=np.array([5, 1], np.uint32))
    with pytest.raises(UsageError, match="does not match its own digest"):
        load(path)
    with pytest.raises(UsageError, match="no traced boundary"):
        load(full.save(tmp_path / "map.npz"))
    with pytest.raises(UsageError, match="there is no file"):
        load(tmp_path / "none.npz")
    with pytest.raises(UsageError, match=r"type --out with a name ending in \.npz or \.png"):
        save(SimpleNamespace(), tmp_path / "b.txt")


def test_the_picture_shows_the_boundary_and_the_classes(prepared, tmp_path):
    made, _ = made_by(prepared, tmp_path)
    picture = image.imread(save(made, tmp_path / "b.png"))[::-1, :, :3]
    assert picture.shape == (80, 97, 3)
    dark = picture.sum(axis=2) == 0
    assert np.array_equal(np.flatnonzero(dark[:-1, :-1]), made.traced.keys)
    blue = picture[..., 2] > picture[..., 0]
    assert np.array_equal(blue[~dark], made.traced.dense()[~dark] == 1)


def test_a_plan_may_have_more_pixels_than_a_map():
    asked = Request("mandelbrot", size=(65536, MAX_PIXELS // 65536 + 1))
    plan = ready(asked, "numpy").plan
    last = plan.grid.pixels - 1
    pixels = plan.gather(np.array([0, last, last - 65535])).pixels
    assert pixels["x"].tolist() == [-2.25, 0.75, -2.25]
    assert pixels["y"].tolist() == [-1.5, 1.5, 1.5]
    with pytest.raises(UsageError, match="too large"):
        asked.plan()


def test_other_plans_are_those_of_a_map():
    for asked in (ASKED, dataclasses.replace(ASKED, size=None), Request("tanh", size=33)):
        assert plan_of(asked) == asked.plan()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Request("quadratic"), "quadratic-additive has one axis, and tracing needs two"),
        (Request("tanh", size=65537), "size 65537x65537 is not allowed"),
        (Request("tanh", size="9x1"), "size 9x1 is not allowed"),
        (Request("mandelbrot", size=64, center="-0.75,0.1", width="1e-8"), "type --dtype float64"),
        (Request("linear", size=65536, view="published"), "type --dtype float64"),
        (Request("tanh", size=65536, center="1,2", width="1e-9"), "too large for a deep zoom"),
    ],
)
def test_what_cannot_be_planned_is_refused(asked, words):
    with pytest.raises(UsageError, match=words):
        plan_of(asked)


def test_no_dense_map_is_made_of_more_pixels_than_a_map_has(asked):
    from fractbench.tracing import trace

    found = trace(asked(np.zeros((5, 5), np.uint8)), 5, 5)
    large = dataclasses.replace(found, width=65536, height=65536)
    with pytest.raises(UsageError, match="too many for a dense map"):
        large.dense()
