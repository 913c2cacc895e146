"""Which devices `fractbench verify` compares: those that offer what is asked for."""

from __future__ import annotations

import json

import pytest

from fakes import HostBackend, register
from fractbench.arithmetic.contract import arithmetic
from fractbench.backend import Device
from fractbench.cli import run_app
from fractbench.errors import UsageError
from fractbench.problems.catalogue import problem
from wrong_free import FreeBackend


class Named(HostBackend):
    """The host under another name, with one more kernel."""

    name = "named"

    def kernels(self, problem, device, arithmetic):
        return ("ops", "fused") if arithmetic.contract == "strict" else ()


@pytest.fixture(autouse=True)
def two(tmp_path, monkeypatch):
    """Run in an empty folder, with two backends."""
    monkeypatch.chdir(tmp_path)
    register(monkeypatch, ("host", HostBackend()), ("named", Named()))


def test_a_device_that_offers_nothing_asked_for_is_left_out_aloud(capsys, tmp_path):
    words = ("verify", "mandelbrot", "--kernel", "fused", "--dtype", "float32")
    assert run_app([*words, "--report", "proof.json"]) == 0
    out, err = capsys.readouterr()
    assert "host:cpu offers no kernel 'fused' under --dtype float32 and is left out" in err
    assert "host:cpu" not in out
    [found] = json.loads((tmp_path / "proof.json").read_text())["results"]
    assert found["device"] == "named:cpu"
    assert found["matched"] == found["total"] > 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("tanh --backend host --kernel nonsense", "host:cpu has no kernel 'nonsense' for tanh"),
        ("tanh --backend host --contract fma", "host:cpu has no kernel for tanh under --contract"),
        ("tanh --backend host --dtype float64", "host:cpu has no float64; type --dtype float32"),
        ("tanh --contract fma", "no device offers a kernel under --contract fma, of host:cpu, na"),
        ("--kernel nonsense", "no device offers a kernel 'nonsense', of host:cpu, named:cpu"),
    ],
)
def test_where_none_is_left_it_is_refused(capsys, words, sentence):
    assert run_app(["verify", *words.split()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1, err
    assert sentence in err
    assert "; type" in err


def test_a_contract_without_kernels_advises_those_that_have_some():
    backend = FreeBackend()
    free = arithmetic("free")
    with pytest.raises(UsageError) as caught:
        backend.check_kernel(problem("mandelbrot"), backend.device(None), free, "foo")
    assert str(caught.value) == (
        "host:cpu has no kernel 'foo' for mandelbrot under --contract free --dtype float32; "
        "type --contract strict --dtype float32 or --contract strict --dtype float64"
    )


def test_a_problem_without_kernels_is_not_told_to_type_auto():
    class Empty(HostBackend):
        def kernels(self, problem, device, arithmetic):
            return ()

    with pytest.raises(UsageError, match="no kernel for mandelbrot; type fractbench backends"):
        Empty().check_kernel(problem("mandelbrot"), Device("host", "cpu"), arithmetic(), "foo")
