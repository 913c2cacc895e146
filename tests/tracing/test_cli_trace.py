"""`fractbench trace` as a user types it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from deep_windows import SMALL
from fakes import HostBackend, register
from fractbench.cli import run_app
from fractbench.kernel import OpsKernel

WORDS = ("trace", "mandelbrot", "--backend", "numpy", "--size", "90", "--steps", "20",
         "--coarse", "10", "--probes", "20")  # fmt: skip


@pytest.fixture(autouse=True)
def away(tmp_path, monkeypatch):
    """Run in an empty folder."""
    monkeypatch.chdir(tmp_path)


def test_the_table_says_what_was_spared(capsys, tmp_path):
    assert run_app([*WORDS]) == 0
    out, err = capsys.readouterr()
    for words in ("of 8,100 pixels", "10 px:", "median of the local slopes", "at most", "(95 %)",
                  "strict-float32-1:sha256:", "pixels trained by this run"):  # fmt: skip
        assert words in out
    assert "cells of 8 px: " in err
    assert sorted(path.suffix for path in (tmp_path / "maps").iterdir()) == [".npz", ".png"]


def test_json_holds_the_same(capsys, tmp_path):
    assert run_app([*WORDS, "--guard", "2", "--out", "b.npz", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "fractbench.trace/1"
    assert found["rule"] == {"coarse": 10, "guard": 2, "follow": True}
    assert found["trained_pixels"] == found["levels"][-1]["trained"]
    assert found["trained_share"] == found["trained_pixels"] / 8100
    assert found["files"] == {"npz": "b.npz"}
    assert [path.name for path in tmp_path.iterdir()] == ["b.npz"]


def test_a_map_with_fewer_pixels_than_coarse_cells_is_trained_whole_and_that_is_said(capsys):
    assert run_app([*WORDS[:-4], "--probes", "20"]) == 0
    out, err = capsys.readouterr()
    assert "every pixel is trained: fewer than two to a side of each of 256 cells\n" in err
    assert "8,100 of 8,100 pixels, 100.00%" in out


def test_a_deep_window_names_the_precision_of_its_references(capsys, monkeypatch):
    monkeypatch.setattr(sys.modules["fractbench.cli.trace"], "prove", lambda *_, **__: "proven")
    words = f"trace {SMALL.name} --backend numpy --size 6 --steps 60 --window {SMALL.window}"
    assert run_app([*words.split(), "--probes", "0"]) == 0
    out, err = capsys.readouterr()
    assert "precision  references of 53 bits, differences in float32\n" in out
    assert "perturbed-float32-1:sha256:" in out
    assert "one ulp changes the class of" in err


def test_a_boundary_is_no_map(capsys):
    assert run_app([*WORDS, "--out", "b.npz"]) == 0
    capsys.readouterr()
    for words in (["plot", "b.npz"], ["diff", "b.npz", "b.npz"]):
        assert run_app(words) == 2
        assert capsys.readouterr().err == (
            "fractbench: b.npz has schema 'fractbench.trace/1' and a map has fractbench.map/1; "
            "type a file that fractbench run made\n"
        )


def test_an_interrupt_ends_in_a_sentence_and_the_same_command_goes_on(capsys, monkeypatch):
    run, tiles = OpsKernel.run, []

    def interrupted(self, tile):
        tiles.append(tile.count)
        if len(tiles) == 4:
            raise KeyboardInterrupt
        return run(self, tile)

    with monkeypatch.context() as patch:
        patch.setattr(OpsKernel, "run", interrupted)
        assert run_app([*WORDS]) == 130
    safe = sum(tiles[:3])
    assert f"the classes of {safe} trained pixels are safe in maps: type the same" in (
        capsys.readouterr().err
    )
    assert run_app([*WORDS, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["fresh_pixels"] == found["trained_pixels"] - safe


def test_a_device_with_wrong_bits_is_a_mismatch(capsys, monkeypatch, tmp_path):
    def spoil(kernel):
        run = kernel._run
        kernel._run = lambda p: run({**p, "x": -p["x"]})

    monkeypatch.setattr("fractbench.proof.memory", lambda: tmp_path / "proven.json")
    register(monkeypatch, ("host", HostBackend(spoil)))
    assert run_app(["host" if word == "numpy" else word for word in WORDS]) == 3
    assert "MISMATCH" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("quadratic", "quadratic-additive has one axis"),
        ("tanh --size 1", "size 1x1 is not allowed; a boundary is traced on 2 to 65536"),
        ("tanh --size 65537", "size 65537x65537 is not allowed"),
        ("tanh --coarse 0", "--coarse 0 is not allowed; type an integer from 1 up"),
        ("tanh --guard 65", "guard 65 is not allowed; type --guard with 0 to 64"),
        ("tanh --guard x", "--guard 'x' is no integer"),
        ("tanh --probes -1", "--probes -1 is not allowed"),
        ("tanh --out map.jpg", "--out 'map.jpg' is no .npz or .png"),
        ("tanh --out folder.npz", "--out 'folder.npz' is a folder; type --out folder.npz/boundary"),
        ("mandelbrot --center 0,1 --width 1e-9", "type --dtype float64"),
        ("tahn", "did you mean tanh?"),
    ],
)
def test_bad_input_is_one_sentence(capsys, words, sentence):
    Path("folder.npz").mkdir()
    assert run_app(["trace", *words.split(), "--backend", "numpy"]) == 2
    out, err = capsys.readouterr()
    assert sentence in err
    assert (out, err.count("\n")) == ("", 1)
