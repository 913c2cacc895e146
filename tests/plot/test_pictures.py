"""The program that makes the pictures of the README, with tiny maps."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

import fractbench
import make_pictures as program

ROOT = Path(__file__).parents[2]


def about(path):
    with Image.open(path) as found:
        return found.text


def test_the_six_experiments_are_on_one_sheet(tmp_path, capsys):
    program.make(["six"], tmp_path, "native", 8, "quick")
    shown = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [name for name, _ in shown] == list(program.SIX)
    text = about(tmp_path / "six.png")
    assert text["Title"] == ", ".join(program.SIX)
    assert all(digest in text["Description"] for _, digest in shown)


def test_two_formats_are_beside_each_other(tmp_path):
    program.make(["difference"], tmp_path, "native", 8, "quick")
    assert "strict-float64-1:sha256" in about(tmp_path / "difference.png")["Description"]


def test_a_deep_zoom_is_as_run_leaves_it(tmp_path):
    program.make(["deep"], tmp_path, "native", 3, "quick")
    assert "perturbed-float32-1:sha256" in about(tmp_path / "deep.png")["Description"]


def test_the_committed_sheet_is_of_the_six_at_their_published_steps():
    lines = about(ROOT / "docs" / "pictures" / "six.png")["Description"].splitlines()
    assert [line.split(";")[0] for line in lines] == list(program.SIX)
    for line in lines:
        name, window, steps, _ = line.split("; ")
        chosen = fractbench.problem(name)
        assert window == f"window {chosen.view('start')}"
        assert steps == f"{chosen.steps} steps"
