"""The first use of a device proves itself, and the answer is remembered."""

from __future__ import annotations

import json

import pytest

import fractbench
from fakes import HostBackend, register
from fractbench import FractbenchError
from fractbench.arithmetic.contract import Arithmetic
from fractbench.goldens import goldens
from fractbench.proof import first, prove, report
from fractbench.verify import verify
from wrong_ops import FusingOps


def halve_the_rate(kernel):
    run = kernel._run
    kernel._run = lambda p: run({**p, "x": p["x"] / 2})


def test_a_right_device_is_proven_once(tmp_path):
    file, said = tmp_path / "cache" / "proven.json", []
    backend = HostBackend()
    device = backend.device(None)
    assert prove(backend, device, said.append, file) == "proven"
    assert prove(backend, device, said.append, file) == "proven"
    assert len(said) == 1
    assert said[0].startswith("proven: host:cpu (host 1.0) gives the golden map")
    [key] = json.loads(file.read_text())
    assert first(Arithmetic()).digest in key


def test_another_version_is_proven_anew(tmp_path):
    class Newer(HostBackend):
        def version(self):
            return "1.1"

    file, said = tmp_path / "proven.json", []
    for backend in (HostBackend(), Newer()):
        prove(backend, backend.device(None), said.append, file)
    assert len(said) == 2


def test_a_wrong_device_is_told_what_to_do_and_never_remembered(tmp_path):
    file, said = tmp_path / "proven.json", []
    backend = HostBackend(spoil=halve_the_rate)
    for _ in range(2):
        assert prove(backend, backend.device(None), said.append, file) == "MISMATCH"
    assert len(said) == 2
    assert "MISMATCH: host:cpu" in said[0]
    assert "fractbench verify --backend host --report proof.json" in said[0]
    assert not file.exists()


def test_a_device_that_the_canary_refuses_is_not_used(tmp_path):
    backend = HostBackend(ops=FusingOps)
    with pytest.raises(FractbenchError, match="fuses a product into a sum"):
        prove(backend, backend.device(None), print, tmp_path / "proven.json")


def test_a_memory_that_is_damaged_or_cannot_be_written_only_costs_time(tmp_path):
    backend, said = HostBackend(), []
    (tmp_path / "file").write_text("{not json")
    for file in (tmp_path / "file", tmp_path / "file" / "inside" / "proven.json"):
        assert prove(backend, backend.device(None), said.append, file) == "proven"
    assert len(said) == 2


def test_a_report_tells_mismatches_of_one_case_apart():
    backend = HostBackend(spoil=halve_the_rate)
    golden = first(Arithmetic())
    [entry] = report([verify(backend, backend.device(None), [golden])])["results"]
    [found] = entry["mismatches"]
    assert [found[name] for name in ("problem", "case", "contract", "dtype")] == [
        "tanh", "boundary", "strict", "float32"
    ]  # fmt: skip
    named = [g for g in goldens() if (g.problem, g.case) == ("tanh", "boundary")]
    assert len({(g.contract, g.dtype) for g in named}) == len(named) > 1


def test_python_is_warned_of_a_wrong_device(monkeypatch, tmp_path):
    monkeypatch.setattr("fractbench.proof.memory", lambda: tmp_path / "proven.json")
    register(monkeypatch, ("host", HostBackend(spoil=halve_the_rate)))
    with pytest.warns(RuntimeWarning, match="MISMATCH: host:cpu"):
        fractbench.run("mandelbrot", backend="host", size=3, steps=2)
