"""`fractbench dimension` as a person types it."""

from __future__ import annotations

import json
import re

import pytest

from fakes import HostBackend, register
from fractbench.cli import run_app
from fractbench.dimension.verdict import SENTENCE

LADDER = ("single:width=4", "--view", "ladder", "--frames", "3", "--size", "64", "--steps", "2",
          "--backend", "host")  # fmt: skip
TINY = ("--backend", "host", "--size", "64", "--steps", "8")


class Host(HostBackend):
    def formats(self, device):
        return ("float32", "float64")


@pytest.fixture(autouse=True)
def away(tmp_path, monkeypatch):
    """Run in an empty folder, with the host's Ops as the only backend."""
    monkeypatch.chdir(tmp_path)
    register(monkeypatch, ("host", Host()))


def dimension(capsys, *words, status=0):
    assert run_app(["dimension", *words]) == status
    return capsys.readouterr()


def test_the_table_has_figures_controls_and_the_verdict(capsys, tmp_path):
    out, err = dimension(capsys, "mandelbrot", *TINY)
    for name in ("map", "line", "circle", "noise", "shuffled", "half resolution",
                 "double resolution", "one-ulp flips"):  # fmt: skip
        assert re.search(rf"^{name}  ", out, re.MULTILINE), name
    for head in ("published", "fitted", "95 % interval", "small, large boxes"):
        assert head in out
    assert re.search(r"^verdict  \d\.\d{3} differs from noise", out, re.MULTILINE)
    assert "host:cpu" in out
    assert "mandelbrot: 1 window" in err
    assert len(list((tmp_path / "maps").glob("*.npz"))) == 2


def test_json_is_one_object_with_its_schema(capsys):
    out, _ = dimension(capsys, "newton", *TINY, "--no-double", "--format", "json", "--seed", "3")
    found = json.loads(out)
    assert found["schema"] == "fractbench.dimension/1"
    assert (found["problem"], found["seed"], found["steps"]) == ("newton", 3, 8)
    assert found["boundary"].endswith("and all other classes")
    assert found["rows"][-1]["note"] == "left out by --no-double"
    assert found["verdict"]["standing"] in ("told", "noise")


def test_what_cannot_be_told_from_noise_is_said_beside_the_figure(capsys, monkeypatch):
    def spoil(kernel):
        run = kernel._run
        kernel._run = lambda p: {name: a * ((p["x"] * 7e5 + p["y"] * 3e5) % 1 > 0.5)
                                 for name, a in run(p).items()}  # fmt: skip

    register(monkeypatch, ("host", Host(spoil)))
    monkeypatch.setattr("fractbench.dimension.maker.prove", lambda *a, **k: "MISMATCH")
    out, err = dimension(capsys, "quadratic-2d", *TINY, status=3)
    assert re.search(rf"^verdict  \d\.\d{{3}} {SENTENCE}: .*one ulp changes", out, re.MULTILINE)
    assert "type --dtype float64" in err


def test_no_double_is_said_aloud(capsys):
    out, err = dimension(capsys, "mandelbrot", *TINY, "--no-double")
    assert "double resolution is left out: --no-double" in err
    assert "left out by --no-double" in out


def test_a_ladder_takes_some_of_its_frames(capsys):
    out, err = dimension(capsys, *LADDER, "--format", "json")
    found = json.loads(out)
    assert [f["view"] for f in found["frames"]] == ["published:0", "published:10", "published:21"]
    assert [f["arithmetic"][7:14] for f in found["frames"]] == ["float32", "float32", "float64"]
    assert "(3 of 3 windows)" in err


def test_a_line_and_a_window_without_a_name(capsys):
    out, _ = dimension(capsys, "quadratic-multiplicative", "--window", "0.25:0.5", "--size", "1025",
                       "--steps", "40", "--backend", "host")  # fmt: skip
    assert re.search(r"^ +pairs +95 % interval +frames +note$", out, re.MULTILINE)
    assert re.search(r"^point  ", out, re.MULTILINE)
    assert "windows   0.25:0.5: 1 strict-float32-1" in out


def test_ctrl_c_leaves_finished_windows_and_one_sentence(capsys, monkeypatch, tmp_path):
    frames = 0

    def prepare_then_stop(kernel):
        run, tiles = kernel._run, 0

        def counted(pixels):
            nonlocal tiles, frames
            tiles += 1
            if frames == 0 and tiles > 40:
                frames = 1
                raise KeyboardInterrupt
            return run(pixels)

        kernel._run = counted

    register(monkeypatch, ("host", Host(prepare_then_stop)))
    monkeypatch.setattr("fractbench.dimension.maker.prove", lambda *a, **k: "proven")
    words = (*LADDER, "--no-double")
    _, err = dimension(capsys, *words, status=130)
    last = err.strip().splitlines()[-1]
    assert last == ("fractbench: stopped; 1 of 3 windows are safe in maps: type the same command "
                    "again and it goes on from there")  # fmt: skip
    assert len(list((tmp_path / "maps").glob("*.npz"))) == 1
    dimension(capsys, *words)
    assert len(list((tmp_path / "maps").glob("*.npz"))) == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("newton", "--view", "ladder"), "newton has no ladder of published windows"),
        (("newton", "--view", "published"), "newton has no view 'published'"),
        (("nweton",), "unknown problem 'nweton' (did you mean newton?)"),
        (("newton", "--size", "32"), "--size 32 is too small for a dimension; type 64 or more"),
        (("newton", "--size", "many"), "--size 'many' is no integer"),
        (("quadratic", "--size", "2000"), "2**k + 1 points; type --size 2049"),
        (("quadratic", "--size", "513"), "--size 513 is too small"),
        (("tanh", "--view", "ladder", "--frames", "99"), "type 2 to 24"),
        (("tanh", "--frames", "3"), "type --view ladder with it"),
        (("tanh", "--window", "0:1,0:1", "--view", "start"), "both choose the window"),
        (("tanh", "--window", "0:1", "--backend", "host"), "tanh has 2 axes"),
        (("tanh", "--dtype", "float23"), "unknown dtype 'float23'"),
        (("tanh", "--steps", "0"), "--steps 0 is not allowed"),
        (("tanh", "--format", "xml"), "unknown format 'xml'"),
        (("tanh", "--backend", "nummpy"), "unknown backend 'nummpy'"),
        (("tanh", "--seed", "-1"), "--seed -1 is not allowed"),
        (("tanh", "--window", "0:99,0:1", "--backend", "host"), "leaves what"),
    ],
)
def test_bad_input_is_one_sentence(capsys, words, said):
    out, err = dimension(capsys, *words, status=2)
    assert out == ""
    assert said in err.strip().splitlines()[-1]
    assert "Traceback" not in err
