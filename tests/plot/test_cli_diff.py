"""`fractbench diff` as a user types it: numbers, a picture, and the exit status of diff(1)."""

from __future__ import annotations

import json

import pytest
from PIL import Image

import fractbench
from fractbench.cli import run_app


def diff(*words):
    return run_app(["diff", *map(str, words)])


def test_equal_maps_give_0(at_maps, capsys):
    assert diff("set.npz", "set.npz") == 0
    out = capsys.readouterr().out
    assert "bits    0 of 651 (0%)" in out
    assert "boundary" not in out


def test_two_formats_differ_and_give_1(at_maps, capsys):
    assert diff("set.npz", "set64.npz", "-o", at_maps / "d.png") == 1
    out = capsys.readouterr().out
    assert "accumulators  sum_v " in out
    assert "first         sum_" in out
    assert str(at_maps / "d.png") in out
    with Image.open(at_maps / "d.png") as found:
        assert found.size[0] == 2102


def test_json_holds_the_same(at_maps, capsys):
    assert diff("set.npz", "set64.npz", "--format", "json") == 1
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "fractbench.diff/1"
    assert found["pixels"] == 651
    assert found["different"] >= max(found["accumulators"].values())
    assert found["accumulators"][found["first_accumulator"]] > 0
    assert len(found["box"]) == 4
    assert found["a"]["digest"] != found["b"]["digest"]


def test_two_backends_give_0(maps, tmp_path, capsys):
    again = fractbench.run("newton", backend="native", size=24, steps=20)
    again.save(tmp_path / "again.npz")
    assert diff(maps / "newton.npz", tmp_path / "again.npz") == 0


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("set.npz part.npz", "the maps differ in size: 31 x 21 and 21 x 21"),
        ("set.npz part.npz --anyway", "the maps differ in size"),
        ("set.npz deep.npz", "the maps differ in window: -2:1,-1:1 and 1.12384426687830193847"),
        ("set.npz newton.npz", "the maps differ in size"),
        ("set.npz absent.npz", "there is no file 'absent.npz'"),
        ("set.npz set64.npz --format xml", "unknown format 'xml'"),
        ("set.npz set64.npz -o d.txt", "cannot draw 'd.txt'"),
        ("set.npz .", "'.' is a folder; type a map's .npz"),
    ],
)
def test_what_cannot_be_compared_is_refused(at_maps, capsys, line, words):
    assert diff(*line.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert err.count("\n") == 1


def test_anyway_compares_what_was_trained_differently(at_maps, capsys):
    assert diff("set.npz", "deep.npz", "--anyway") == 0
    longer = fractbench.run("mandelbrot", backend="numpy", window="-2:1,-1:1", size="31x21",
                            steps=50)  # fmt: skip
    longer.save(at_maps / "longer.npz")
    capsys.readouterr()
    assert diff("set.npz", at_maps / "longer.npz") == 2
    assert "the maps differ in steps: 40 and 50" in capsys.readouterr().err
    assert diff("set.npz", at_maps / "longer.npz", "--anyway") == 1


def test_anyway_does_not_compare_other_measures(at_maps, capsys):
    made = fractbench.run("newton", backend="numpy", size="31x21", steps=5)
    made.save(at_maps / "newton.npz")
    assert diff("set.npz", at_maps / "newton.npz", "--anyway") == 2
    assert "measure different things" in capsys.readouterr().err


def test_a_picture_that_cannot_be_written_is_no_difference(at_maps, monkeypatch, capsys):
    def full(*_):
        raise fractbench.FractbenchError("cannot write d.png: no space left")

    monkeypatch.setattr("fractbench.plot.output.write_aside", full)
    assert diff("set.npz", "set64.npz", "-o", at_maps / "d.png") == 2
    assert "no space left" in capsys.readouterr().err


def test_the_help_tells_the_exit_status(capsys):
    run_app(["diff", "--help"])
    assert "0 if all bits are equal, 1 if any differs" in " ".join(capsys.readouterr().out.split())
