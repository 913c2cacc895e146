"""`fractbench find-centre` as a person types it."""

from __future__ import annotations

import json
import shlex
import sys

import pytest

from deep_windows import SMALL
from fractbench.cli import run_app

WORDS = ["find-centre", SMALL.name, "--steps", "60", "--backend", "numpy", "--seed", "1"]


@pytest.fixture(autouse=True)
def away(tmp_path, monkeypatch):
    """Run in an empty folder, on devices that need not prove themselves."""
    monkeypatch.chdir(tmp_path)
    for verb in ("find_centre", "run"):
        monkeypatch.setattr(
            sys.modules[f"fractbench.cli.{verb}"], "prove", lambda *_, **__: "proven"
        )


def test_the_command_it_prints_shows_a_window_with_a_reference_and_a_boundary(capsys):
    assert run_app([*WORDS, "--width", "1e-8", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["schema"], found["seed"], found["steps"]) == ("fractbench.centre/1", 1, 60)
    assert float(found["width"]) <= 1e-8
    command = [*shlex.split(found["command"]), "--size", "9", "--format", "json"]
    assert command[0] == "fractbench"
    assert run_app(command[1:]) == 0
    out, err = capsys.readouterr()
    assert "reference 1: candidate 1 converges" in err
    made = json.loads(out)
    assert made["contract"] == "perturbed"
    assert all(share > 0 for share in made["class_fractions"].values())


def test_the_table_has_the_centre_and_the_same_seed_finds_it_again(capsys):
    outs = []
    for _ in range(2):
        assert run_app([*WORDS, "--width", "1e-4"]) == 0
        outs.append(capsys.readouterr())
    assert outs[0] == outs[1]
    assert "centre     " in outs[0].out
    assert "show it    fractbench run " in outs[0].out


def test_an_interrupt_tells_the_centre_so_far(capsys, monkeypatch):
    module, rounds = sys.modules["fractbench.cli.find_centre"], []
    make = module.Rows.make

    def third_stops(rows, plan):
        rounds.append(plan)
        if len(rounds) == 3:
            raise KeyboardInterrupt
        return make(rows, plan)

    monkeypatch.setattr(module.Rows, "make", third_stops)
    assert run_app([*WORDS, "--width", "1e-8"]) == 130
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1].startswith("fractbench: stopped; the centre so far is ")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--width 2", "--width 2 is not allowed; type a number between 0 and 1: 1e-25"),
        ("--width x", "'x' is no finite decimal number; --width takes a number such as 1e-25"),
        ("--seed x", "--seed 'x' is no integer"),
        ("--window=-3:-2,-3:-2", "meets a boundary of"),
    ],
)
def test_bad_input_is_one_sentence(capsys, words, sentence):
    assert run_app([*WORDS, *words.split()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert sentence in err.splitlines()[-1]
    assert "Traceback" not in err


def test_what_has_no_deep_zoom_is_refused(capsys):
    assert run_app(["find-centre", "mandelbrot"]) == 2
    assert "mandelbrot has no deep zoom" in capsys.readouterr().err
