"""choice: what a long task takes where no backend is named."""

from __future__ import annotations

import sys

import pytest

from fakes import HostBackend, register
from fractbench.backend import Device
from fractbench.choice import for_many_pixels, for_precision
from fractbench.cli import run_app
from fractbench.errors import BackendUnavailableError


class Gpu(HostBackend):
    def devices(self):
        return (Device("mlx", "gpu"), Device("mlx", "cpu"))


class Broken(HostBackend):
    def version(self):
        raise BackendUnavailableError("not here")


CASES = [
    (("native",), "native", "native"),
    (("native", "mlx", "numpy"), "native", "native"),
    (("mlx", "numpy"), None, None),
    ((), None, None),
]


@pytest.mark.parametrize(("names", "pixels", "precision"), CASES)
def test_without_a_gpu_native_is_taken_where_it_works(monkeypatch, names, pixels, precision):
    register(monkeypatch, *((name, HostBackend()) for name in names))
    assert (for_many_pixels(None), for_precision(None)) == (pixels, precision)


def test_a_preferred_gpu_makes_pixels_and_native_makes_what_needs_precision(monkeypatch):
    register(monkeypatch, ("native", HostBackend()), ("mlx", Gpu()))
    assert (for_many_pixels(None), for_precision(None)) == (None, "native")


def test_a_native_that_does_not_work_is_left_out(monkeypatch):
    register(monkeypatch, ("native", Broken()), ("numpy", HostBackend()))
    assert (for_many_pixels(None), for_precision(None)) == (None, None)


def test_what_is_asked_for_is_taken(monkeypatch):
    register(monkeypatch, ("native", HostBackend()), ("mlx", Gpu()))
    for name in ("numpy", "mlx:cpu", "nosuch"):
        assert (for_many_pixels(name), for_precision(name)) == (name, name)


@pytest.mark.parametrize(
    "words",
    [
        "trace mandelbrot --size 12 --steps 4 --probes 0",
        "zoom mandelbrot --to -0.5,0.5 --width 1 --decades 0.2 --size 16 --steps 4 -o a.gif",
        "dimension mandelbrot --size 64 --steps 4 --no-double",
        "find-centre single --width 0.5 --steps 60",
    ],
)
def test_verbs_of_much_work_take_native(capsys, monkeypatch, tmp_path, words):
    """The other backend would refuse to compute."""

    def refuse(kernel):
        kernel.run = lambda tile: pytest.fail("the other backend ran")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("fractbench.proof.memory", lambda: tmp_path / "proven.json")
    for verb in ("trace", "find_centre"):
        monkeypatch.setattr(
            sys.modules[f"fractbench.cli.{verb}"], "prove", lambda *_, **__: "proven"
        )
    register(monkeypatch, ("mlx", HostBackend(refuse)), ("native", HostBackend()))
    assert run_app(words.split()) == 0, capsys.readouterr().err
