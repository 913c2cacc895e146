"""Deep zooms as a person types them."""

from __future__ import annotations

import json

import numpy as np
import pytest

import fractbench
from deep_windows import DEEP_RELU, SMALL
from fractbench.arithmetic.contract import PERTURBED, arithmetics
from fractbench.cli import run_app
from fractbench.errors import UsageError
from fractbench.grid import TooFineError
from fractbench.problems.catalogue import names, problem
from fractbench.request import Request
from fractbench.zoom import doubt

FINE = {"center": "1.5,2.25", "width": "1e-9", "size": 4}


@pytest.fixture(autouse=True)
def away(tmp_path, monkeypatch):
    """Run in an empty folder with a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("fractbench.proof.memory", lambda: tmp_path / "proven.json")


@pytest.mark.parametrize("name", ["tanh", "relu", "linear", "single", "minibatch", "weight-drift"])
def test_a_strict_float32_window_that_is_too_fine_becomes_a_deep_zoom(name):
    plan = Request(name, **FINE).plan()
    assert plan.arithmetic.name == "perturbed-float32-1"
    assert plan.perturbed
    assert Request(name, **{**FINE, "width": "0.1"}).plan().arithmetic.contract == "strict"


def test_a_wide_window_may_be_asked_for_under_perturbed():
    plan = Request("tanh", contract=PERTURBED, size=4).plan()
    assert plan.arithmetic.contract == PERTURBED
    assert plan.key != Request("tanh", size=4).plan().key


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"dtype": "float64", "width": "1e-20"}, "finer than float64 can resolve"),
        ({"contract": "fma"}, "can resolve"),
        ({"contract": "free"}, "can resolve"),
        ({"contract": "free", "dtype": "tf32"}, "can resolve"),
        ({"problem": "mandelbrot", "center": "-0.5,0.5"}, "can resolve"),
        ({"problem": "newton", "center": "0.5,0.5"}, "can resolve"),
        ({"problem": "quadratic", "center": "0.5", "size": 9}, "can resolve"),
        ({"problem": "mandelbrot", "contract": PERTURBED, "center": "-0.5,0.5"},
         "mandelbrot has no deep zoom, the networks have; type one of them"),
        ({"draws": "per-pixel=weights", "seed": 3}, "type --draws fixed"),
        ({"draws": "per-pixel=weights", "contract": PERTURBED, "width": "1"},
         "--draws per-pixel=weights,seed=0 gives every pixel a training of its own"),
        ({"center": "12,0"}, "leaves what learning rate of W allows"),
        ({"contract": PERTURBED, "dtype": "float64"}, "type --dtype float32"),
        ({"contract": PERTURBED, "dtype": "bfloat16"}, "'bfloat16' has no perturbed contract"),
    ],
)  # fmt: skip
def test_what_has_no_deep_zoom_is_one_sentence(options, sentence):
    with pytest.raises(UsageError, match=sentence) as caught:
        Request(**{"problem": "tanh", **FINE, **options}).plan()
    assert "\n" not in str(caught.value)
    assert "; type " in str(caught.value)


def test_only_what_is_too_fine_is_caught():
    assert issubclass(TooFineError, UsageError)
    with pytest.raises(UsageError) as caught:
        Request("tanh", window="0:13,0:1", size=4).plan()
    assert type(caught.value) is UsageError


def test_networks_have_the_contract_and_it_has_one_dtype():
    having = [name for name in names() if PERTURBED in problem(name).contracts]
    assert having == [name for name in names() if "free" in problem(name).contracts]
    assert [a.dtype for a in arithmetics() if a.contract == PERTURBED] == ["float32"]


def typed(case, *words):
    return [
        *("run", case.name, "--backend", "numpy", "--steps", str(case.steps)),
        *("--size", str(case.side), f"--center={case.x},{case.y}", "--width", case.width, *words),
    ]


def test_a_zoom_to_1e_30_just_works_and_names_its_precision(capsys):
    assert run_app(typed(DEEP_RELU, "--format", "json")) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert found["deep"] == {"bits": 192, "references": 1, "flips": 0, "unsettled": 0, "noise": ""}
    assert (found["contract"], found["dtype"], found["kernel"]) == (
        "perturbed", "float32", "perturbed"
    )  # fmt: skip
    assert found["proven"] is True
    assert "deep zoom: float32 differences from references of 192 bits" in err
    assert "reference 1: candidate" in err
    assert fractbench.load(found["files"]["npz"]).metadata["digest"] == found["digest"]
    assert run_app(typed(DEEP_RELU)) == 0
    out, err = capsys.readouterr()
    assert "precision  1 reference of 192 bits, differences in float32\n" in out
    assert "one ulp    changes the class of 0.00% of the pixels, of 0.00% beside" in out
    assert "noise" not in out + err
    assert found["digest"] in out


def test_a_picture_that_is_noise_says_so(capsys, monkeypatch):
    """Its doubt is fabricated: a tenth of the pixels."""
    real = doubt.doubt

    def doubtful(accumulators):
        counts = np.zeros(10)
        counts[0] = 1
        return real({**accumulators, "doubt": counts})

    monkeypatch.setattr("fractbench.result.doubt", doubtful)
    words = typed(SMALL)
    words[words.index("--size") + 1] = "2"
    assert run_app(words) == 0
    out, err = capsys.readouterr()
    sentence = "this picture is noise: the class of 10.0% of its pixels hangs on one ulp"
    assert sentence in err
    assert "one ulp    changes the class of 10.00% of the pixels, of 0.00% beside" in out
    assert run_app([*words, "--format", "json"]) == 0
    assert sentence in json.loads(capsys.readouterr().out)["deep"]["noise"]


def test_a_direct_map_has_nothing_deep(capsys):
    assert run_app(["run", "single", "--backend", "numpy", "--size", "3", "--steps", "3",
                    "--format", "json"]) == 0  # fmt: skip
    assert json.loads(capsys.readouterr().out)["deep"] is None


def test_the_refusals_end_with_status_2(capsys, tmp_path):
    for line, sentence in (
        ("run --contract perturbed --dtype float64", "type --dtype float32"),
        ("run mandelbrot --contract perturbed", "mandelbrot has no deep zoom"),
        ("run --contract perturbed --kernel fused --backend numpy", "has no kernel 'fused'"),
        ("run --contract perturbed --draws per-pixel=weights", "type --draws fixed"),
        (f"run --dtype float64 --center 1,1 --width 1e-{'9' * 2}", "finer than float64"),
    ):
        assert run_app(line.split()) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        assert sentence in err
    assert list(tmp_path.iterdir()) == []


def test_verify_holds_a_device_to_the_deep_goldens(capsys):
    assert run_app(["verify", "single", "--contract", "perturbed", "--backend", "numpy"]) == 0
    assert "1 of 1" in capsys.readouterr().out


def test_backends_name_the_deep_zoom(capsys):
    assert run_app(["backends", "-v", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    rows = [
        row for one in found["backends"] for row in one["kernels"] if row["contract"] == PERTURBED
    ]
    assert "numpy:cpu" in {row["device"] for row in rows}
    for row in rows:
        assert (row["dtype"], row["networks"], row["controls"]) == ("float32", [PERTURBED], [])


def test_a_bench_of_a_deep_window_proves_its_map(capsys):
    """The published method has no deep zoom, so there is no baseline beside it."""
    words = (
        f"bench {SMALL.name} --backend numpy --size 3 --steps 60 -r 2 --min-time 0 "
        f"--no-roofline --window {SMALL.window} --format json"
    )
    assert run_app(words.split()) == 0
    [record] = json.loads(capsys.readouterr().out)
    assert record["verdict"]["status"] == "exact"
    assert record["verdict"]["digest"].startswith("perturbed-float32-1:")
