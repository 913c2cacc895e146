"""Whole studies on tiny maps: what is made, kept, taken up and reported."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fakes import HostBackend, register
from fractbench.dimension.frames import Asked
from fractbench.dimension.gather import DEEPEST, NOT_DOUBLED, Frames, doubling, gather
from fractbench.dimension.maker import Maker
from fractbench.dimension.result import DimensionResult
from fractbench.dimension.study import boundary_of, study
from fractbench.map import load

ASKED = Asked("mandelbrot", 64, 12)


@pytest.fixture
def maker(tmp_path, monkeypatch):
    """Return a way to make Makers whose backend is the host's Ops, with what they say."""
    register(monkeypatch, ("host", HostBackend()))
    said = []

    def make(backend="host"):
        found = Maker(tmp_path / "maps", backend, said.append)
        found.said = said
        return found

    return make


def measured(maker, asked=ASKED, views=("start",), how="auto", **options):
    return study(asked, views[0], Frames(views), maker, how, **options)


def test_a_study_has_the_map_and_every_control(maker):
    found = measured(maker())
    assert [row.name for row in found.rows] == [
        "map", "line", "circle", "noise", "shuffled", "half resolution", "double resolution",
    ]  # fmt: skip
    assert found.rows[0].published == pytest.approx(1.1, abs=0.3)
    assert found.rows[1].value == pytest.approx(1, abs=0.1)
    assert found.rows[2].value == pytest.approx(1, abs=0.1)
    assert found.rows[4].value > 1.8
    assert found.rows[6].frames == 1
    assert found.flips.pixels == 4096
    assert found.verdict.standing == "told"
    [frame] = found.frames
    assert frame.arithmetic == "strict-float32-1"
    assert frame.digest.startswith("strict-float32-1:sha256:")
    assert 0 < frame.edges < 0.2
    assert DimensionResult.model_validate_json(found.model_dump_json(by_alias=True)) == found


def test_a_rerun_takes_every_map_up_and_says_the_same(maker):
    first, again = maker(), maker()
    one, other = measured(first), measured(again)
    assert (first.made, again.made) == (2, 0)
    left_out = {"seconds"}
    assert one.model_dump(exclude=left_out) == other.model_dump(exclude=left_out)


def test_flips_are_taken_up_without_a_kernel(maker, monkeypatch):
    one = measured(maker(), how="none")
    monkeypatch.setattr("fractbench.dimension.maker.prepare", None)
    assert measured(maker(), how="none").flips == one.flips
    with pytest.raises(TypeError):
        measured(maker(), how="none", seed=1)


def test_a_damaged_map_is_made_anew_aloud(maker, tmp_path):
    first = maker()
    one = measured(first, how="none")
    [file] = (tmp_path / "maps").glob("*.npz")
    file.write_bytes(file.read_bytes()[:1000])
    second = maker()
    assert measured(second, how="none").frames == one.frames
    assert second.made == 1
    assert "it is made anew" in second.said[-1]
    assert load(file).metadata["digest"] == one.frames[0].digest


def test_a_foreign_map_under_the_name_is_made_anew(maker, tmp_path):
    measured(maker(), how="none")
    measured(maker(), Asked("mandelbrot", 64, 9), how="none")
    twelve, nine = sorted((tmp_path / "maps").glob("*.npz"), key=lambda p: "-12-" not in p.name)
    twelve.write_bytes(nine.read_bytes())
    third = maker()
    measured(third, how="none")
    assert third.made == 1
    assert "is another map" in third.said[-1]


def test_spoilt_flips_are_counted_again(maker, tmp_path):
    one = measured(maker(), how="none")
    [file] = (tmp_path / "maps").glob("*.flips-0.json")
    for text in ("", "{}", json.dumps({"digest": "x", "pixels": 4096, "changed": 99})):
        file.write_text(text)
        assert measured(maker(), how="none").flips == one.flips


def test_an_interrupted_study_keeps_finished_frames(maker):
    frames = Frames(("published:0", "published:1", "published:2"))
    asked = Asked("single:width=4", 64, 2)

    def stop(what):
        if what.startswith("published:1"):
            raise KeyboardInterrupt

    first, second = maker(), maker()
    with pytest.raises(KeyboardInterrupt):
        gather(asked, frames, first, finished=stop)
    assert frames.finished == 2
    whole = measured(second, asked, frames.views)
    assert (first.made, second.made) == (2, 2)
    assert whole.rows[0].frames == 3


def test_what_is_not_doubled_is_said(maker):
    asked = Asked("single:width=4", 64, 3)
    views = ("published:0", "published:1")
    row = measured(maker(), asked, views).rows[-1]
    assert row.frames == 1
    assert row.note == DEEPEST.format(count=2) or row.note.startswith(DEEPEST.format(count=2))
    row = measured(maker(), asked, views, "none").rows[-1]
    assert (row.frames, row.value, row.note) == (0, None, NOT_DOUBLED)
    assert doubling(2, "all") == ([0, 1], "")
    assert doubling(1, "auto") == ([0], "")
    assert doubling(5, "auto")[0] == [4]


def test_of_many_classes_the_one_with_the_longest_boundary_is_taken(maker):
    made = maker().map(Asked("newton", 64, 30).request("start"))
    [raster], named = boundary_of([made])
    assert named.startswith("root")
    assert np.array_equal(
        raster, made.classes == [c.name in named for c in made.legend].index(True)
    )


def test_a_line_is_measured_by_pairs(maker):
    found = measured(maker(), Asked("quadratic-multiplicative", 1025, 60), seed=2)
    assert found.estimator == "pairs"
    assert [row.name for row in found.rows] == [
        "map", "point", "noise", "shuffled", "half resolution", "double resolution",
    ]  # fmt: skip
    assert all(row.published is None for row in found.rows)


def test_a_device_without_float64_is_asked_for_float32_alone(maker):
    assert not maker().has_float64()
    assert Asked("tanh", 64).request("published").dtype == "float64"
    assert Asked("tanh", 64, float64=False).request("published").dtype == "float32"


def test_a_wrong_device_is_remembered(maker, monkeypatch):
    monkeypatch.setattr("fractbench.dimension.maker.prove", lambda *a, **k: "MISMATCH")
    assert not measured(maker(), how="none").proven
