"""`fractbench run`, `verify` and `problems` as a user types them."""

from __future__ import annotations

import json
import platform

import numpy as np
import pytest
from matplotlib import image

import fractbench
from fakes import HostBackend, register
from fractbench.cli import run_app
from fractbench.registry import load

FIELDS = {
    "schema", "problem", "backend", "device", "contract", "dtype", "kernel", "size", "steps",
    "window", "digest", "golden", "class_fractions", "converged_fraction", "seconds",
    "pixel_steps_per_second", "files",
}  # fmt: skip


@pytest.fixture(autouse=True)
def away(tmp_path, monkeypatch):
    """Run in an empty folder with a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("fractbench.proof.memory", lambda: tmp_path / "proven.json")


def run_json(capsys, *words, status=0):
    assert run_app(["run", *words, "--format", "json"]) == status
    out, err = capsys.readouterr()
    return json.loads(out), err


def test_json_holds_what_it_promises(capsys, tmp_path):
    found, err = run_json(capsys, "single", "--backend", "numpy", "--size", "9x7", "--steps", "30")
    assert set(found) >= FIELDS
    assert found["schema"] == "fractbench.run/1"
    assert found["size"] == [9, 7]
    assert found["golden"] == "none"
    assert found["window"] == "-3:6,-3:6"
    assert set(found["seconds"]) == {"prepare", "run", "total"}
    assert sum(found["class_fractions"].values()) == pytest.approx(1)
    assert "proven: numpy:cpu" in err
    saved = fractbench.load(found["files"]["npz"])
    assert saved.metadata["digest"] == found["digest"]
    assert saved.arrays["value"].shape == (7, 9)
    assert set(saved.arrays) == {"value", "class", "sum_v", "sum_inverse", "sum_inverse_low",
                                 "last"}  # fmt: skip
    assert image.imread(found["files"]["png"]).shape[0] > 300
    assert sorted(p.suffix for p in (tmp_path / "maps").iterdir()) == [".npz", ".png"]


def test_a_golden_window_is_recognised(capsys):
    words = ("mandelbrot", "--backend", "numpy", "--size", "9x7", "--steps", "12")
    assert run_json(capsys, *words)[0]["golden"] == "match"


def test_a_wrong_map_of_a_golden_window_is_a_mismatch(capsys, monkeypatch):
    def spoil(kernel):
        run = kernel._run
        kernel._run = lambda p: run({**p, "x": -p["x"]})

    register(monkeypatch, ("host", HostBackend(spoil)))
    words = ("mandelbrot", "--backend", "host", "--size", "9x7", "--steps", "12")
    found, err = run_json(capsys, *words, status=3)
    assert found["golden"] == "mismatch"
    assert found["proven"] is False
    assert "MISMATCH" in err


def test_the_table_shows_the_digest_and_says_the_words_on_stderr(capsys):
    assert run_app(["run", "newton", "--backend", "numpy", "--size", "8"]) == 0
    out, err = capsys.readouterr()
    assert "strict-float32-1:sha256:" in out
    assert "root 1" in out
    assert "40 steps on numpy:cpu" in err


def test_center_and_centre_are_one(capsys):
    words = ("mandelbrot", "--backend", "numpy", "--size", "5", "--steps", "3", "--width", "0.5")
    one, _ = run_json(capsys, *words, "--center", "-0.5,0.25")
    other, _ = run_json(capsys, *words, "--centre", "-0.50,0.25")
    assert one["digest"] == other["digest"]
    assert one["window"] == "-0.75:-0.25,0:0.5"


def test_draws_and_seeds_change_the_map_and_are_repeatable(capsys):
    words = ("single:width=8", "--backend", "numpy", "--size", "6", "--steps", "8")
    digests = [
        run_json(capsys, *words, *extra)[0]["digest"]
        for extra in ((), ("--seed", "1"), ("--seed", "2"), ("--seed", "2"),
                      ("--draws", "per-pixel=weights"),
                      ("--draws", "per-pixel=weights", "--seed", "2"))
    ]  # fmt: skip
    assert len(set(digests)) == 5
    assert digests[2] == digests[3]


def test_verify_passes_and_its_report_names_no_person(capsys, tmp_path):
    assert run_app(["verify", "mandelbrot", "newton", "--backend", "numpy",
                    "--report", "proof.json"]) == 0  # fmt: skip
    assert "numpy:cpu" in capsys.readouterr().out
    text = (tmp_path / "proof.json").read_text()
    proof = json.loads(text)
    [found] = proof["results"]
    assert found["matched"] == found["total"] > 10
    assert platform.node() not in text
    assert str(tmp_path) not in text
    assert set(proof["machine"]) == {"chip", "architecture", "cores", "threads", "memory_gib",
                                     "system", "system_release", "python"}  # fmt: skip


def test_verify_fails_on_a_wrong_backend_and_draws_the_difference(capsys, monkeypatch, tmp_path):
    def spoil(kernel):
        run = kernel._run
        kernel._run = lambda p: run({**p, "x": p["x"][::-1]})

    register(monkeypatch, ("numpy", load("numpy")), ("host", HostBackend(spoil)))
    assert run_app(["verify", "mandelbrot", "--backend", "all"]) == 1
    out, err = capsys.readouterr()
    assert "first (" in out
    assert "wrote maps/difference-host-cpu-mandelbrot.png" in err
    assert image.imread(tmp_path / "maps" / "difference-host-cpu-mandelbrot.png").size


def test_verify_needs_something_to_compare(capsys, monkeypatch):
    register(monkeypatch, ("gone", ModuleNotFoundError("gone")))
    assert run_app(["verify"]) == 2
    assert "no backend works here" in capsys.readouterr().err


def test_problems_are_listed(capsys):
    assert run_app(["problems"]) == 0
    assert "quadratic-2d" in capsys.readouterr().out
    assert run_app(["problems", "--format", "json"]) == 0
    rows = {p["name"]: p for p in json.loads(capsys.readouterr().out)["problems"]}
    assert rows["tanh"]["views"]["start"] == "-3:6,-3:6"
    assert rows["tanh"]["steps"] == 500
    assert [a["scale"] for a in rows["quadratic-additive"]["axes"]] == ["linear"]


def test_help_and_version(capsys):
    assert run_app(["--version"]) == 0
    assert capsys.readouterr().out.startswith("fractbench ")
    assert run_app(["run", "--help"]) == 0
    assert "--centre" in capsys.readouterr().out


def test_python_api():
    made = fractbench.run("newton", backend="numpy", size=12)
    assert made.value.shape == made.classes.shape == made.converged.shape == (12, 12)
    assert made.converged.dtype == bool
    assert made.digest.startswith("strict-float32-1:sha256:")
    assert made._repr_png_().startswith(b"\x89PNG")
    assert np.array_equal(made.converged, made.classes > 0)
    with pytest.raises(fractbench.UsageError, match="takes no option 'sise'"):
        fractbench.run("newton", sise=3)
