"""Discovery: what is absent, broken, half installed or foreign is a row with a reason."""

from __future__ import annotations

import json

import pytest

from fakes import HostBackend, register
from fractbench import BackendUnavailableError, UsageError
from fractbench.cli import run_app
from fractbench.registry import load, points, select, status, statuses


def test_our_backends_are_found_through_entry_points():
    assert {"numpy", "mlx", "jax", "torch"} <= set(points())


class Half(HostBackend):
    """A package that is there and cannot be imported."""

    name = "half"

    def version(self):
        raise ImportError("libhalf.so: cannot open shared object file\nand ten more lines")


class Hollow(HostBackend):
    """A package of which an uninstall left an empty folder."""

    name = "hollow"

    def version(self):
        raise AttributeError("module 'hollow' has no attribute '__version__'")


class Bare(HostBackend):
    """A framework that finds no device."""

    name = "bare"

    def devices(self):
        return ()


class Old(HostBackend):
    name = "old"
    api = 0


@pytest.fixture
def zoo(monkeypatch):
    register(
        monkeypatch, ("host", HostBackend()), ("half", Half()), ("bare", Bare()), ("old", Old()),
        ("hollow", Hollow()),
        ("gone", ModuleNotFoundError("No module named 'gone'")), ("alien", object()),
    )  # fmt: skip


def test_every_backend_is_a_row(zoo):
    rows = {s.name: s for s in statuses()}
    assert rows["host"].available
    assert str(rows["host"].devices[0]) == "host:cpu"
    assert rows["half"].reason.startswith("broken install: libhalf.so")
    assert "\n" not in rows["half"].reason
    assert rows["hollow"].install == "pip install something"
    assert rows["bare"].reason == "no device found"
    assert not rows["bare"].install
    assert "speaks api 0 and this fractbench speaks api 1" in rows["old"].reason
    assert "No module named 'gone'" in rows["gone"].reason
    assert not rows["alien"].available


@pytest.mark.parametrize(
    ("spec", "error", "words"),
    [
        ("half", BackendUnavailableError, "type: pip install something"),
        ("gone", BackendUnavailableError, "gone cannot be loaded"),
        ("old", UsageError, "speaks api 0"),
        ("hots", UsageError, "did you mean host?"),
        ("host:gpu", UsageError, "there is: host:cpu"),
    ],
)
def test_a_named_backend_never_falls_back(zoo, spec, error, words):
    with pytest.raises(error) as caught:
        select(spec)
    assert words in str(caught.value)
    assert caught.value.exit_status == 2


def test_backends_lists_them_as_table_and_as_json(zoo, capsys):
    assert run_app(["backends"]) == 0
    table = capsys.readouterr().out
    assert "pip install something" in table
    assert run_app(["backends", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["backends"]
    assert {r["name"]: r["available"] for r in rows} == {
        "host": True, "half": False, "bare": False, "old": False, "hollow": False,
        "gone": False, "alien": False,
    }  # fmt: skip


def test_without_a_name_the_first_that_works_is_taken(monkeypatch):
    register(monkeypatch, ("mlx", Half()), ("numpy", load("numpy")))
    assert str(select(None)[1]) == "numpy:cpu"


def test_an_absent_framework_names_its_install_command(monkeypatch):
    from fractbench import registry

    monkeypatch.setattr(registry.importlib.util, "find_spec", lambda name: None)
    for name in ("mlx", "jax", "torch"):
        state = status(name)
        assert not state.available
        assert state.reason == "not installed"
        assert state.install == f"pip install 'fractbench[{name}]'"


def test_mlx_explains_itself_where_it_cannot_be(monkeypatch):
    monkeypatch.setattr("fractbench_mlx.sys.platform", "win32")
    assert "use the jax, torch or numpy backend" in status("mlx").reason
