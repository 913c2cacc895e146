"""The program behind docs/dimension.md, on tiny ladders: pieces, resumption and the tables."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import prove_dimensions
from fakes import HostBackend, register

ROOT = Path(__file__).parents[1]
TINY = ("--size", "64", "--frames", "2", "--steps", "3", "--backend", "host")


class Host(HostBackend):
    def formats(self, device):
        return ("float32", "float64")


@pytest.fixture
def tool(monkeypatch):
    """Return the program, with the host's Ops as the only backend."""
    register(monkeypatch, ("host", Host()))
    return prove_dimensions


@pytest.fixture
def docs(tool, tmp_path):
    """Return a document with marks and words around them."""
    path = tmp_path / "dimension.md"
    path.write_text(f"before\n\n{tool.BEGIN}\nstale\n{tool.END}\n\nafter\n")
    return path


def rows_of(text, name):
    return [line for line in text.splitlines() if line.startswith(f"| `{name}` |")]


def test_one_experiment_is_made_and_the_others_are_named(tool, docs, tmp_path, capsys):
    work = tmp_path / "work"
    words = ("--work", str(work), "--docs", str(docs), *TINY)
    tool.main(["--only", "single", *words])
    text = docs.read_text()
    assert text.startswith(f"before\n\n{tool.BEGIN}\n")
    assert text.endswith(f"{tool.END}\n\nafter\n")
    assert "stale" not in text
    figures, controls, ways = rows_of(text, "single")
    assert figures.startswith("| `single` | 1.41 | ")
    assert controls.count("(") == 6
    assert len(re.findall(r"\d\.\d{3} \(\d\.\d{3}\)", controls)) >= 4
    assert "64 x 64 | 3 | 2 of 22 | 1, 1, 0 | 1 |" in ways
    assert re.search(r"^- `single`: \d\.\d{3} (differs|cannot be told) from noise", text, re.M)
    assert "Not made yet: linear, relu, minibatch, tanh, weight-drift; `python tools" in text
    maps = {file: file.stat().st_mtime_ns for file in work.glob("*.npz")}
    assert len(maps) == 3
    tool.main(["--only", "single", *words])
    assert docs.read_text() == text
    assert {file: file.stat().st_mtime_ns for file in work.glob("*.npz")} == maps


def test_a_row_whose_time_is_up_keeps_its_maps_and_goes_on(tool, docs, tmp_path):
    said = []
    one = tool.Experiment("single", 1.41, 64, 2)
    settings = tool.Settings(tmp_path / "work", steps=2, double="none", backend="host", budget=0)
    assert not tool.make(one, settings, said.append)
    assert "time is up with 1 of 2 windows kept" in said[-1]
    assert tool.there(settings.work) == {}
    assert len(list(settings.work.glob("*.npz"))) == 1
    assert tool.make(one, replace(settings, budget=1e9), said.append)
    [found] = tool.there(settings.work).values()
    assert [frame.view for frame in found.frames] == ["published:0", "published:21"]
    tool.write(tool.document({}), docs)
    assert "Not made yet: linear, relu, single, minibatch, tanh, weight-drift" in docs.read_text()


def test_what_is_no_experiment_is_refused(tool, capsys):
    with pytest.raises(SystemExit, match="2"):
        tool.main(["--only", "newton"])
    assert "unknown experiment 'newton'" in capsys.readouterr().err


def test_the_committed_document_speaks_of_all_six(tool):
    text = (ROOT / "docs" / "dimension.md").read_text()
    tables = text.split(tool.BEGIN)[1].split(tool.END)[0]
    for one in tool.EXPERIMENTS:
        made = rows_of(tables, one.problem)
        assert made or re.search(rf"Not made yet: .*\b{one.problem}\b", tables)
    published = [one.published for one in tool.EXPERIMENTS]
    assert published == [1.17, 1.20, 1.41, 1.55, 1.66, 1.98]
