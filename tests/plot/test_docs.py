"""Every command of docs/plot.md runs, on small maps of those names."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import fractbench
from fractbench.cli import run_app

PAGE = (Path(__file__).parents[2] / "docs" / "plot.md").read_text()
COMMANDS = re.findall(r"^    fractbench ((?:plot|diff) .*?)(?: +#.*)?$", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Maps on the window that the commands speak of."""
    made = tmp_path_factory.mktemp("named")
    for name, options in {
        "tanh": {}, "relu": {}, "newton": {}, "float32": {}, "float64": {"dtype": "float64"},
    }.items():  # fmt: skip
        known = name if name in fractbench.problem_names() else "tanh"
        fractbench.run(known, backend="native", size=12, steps=20, **options).save(
            made / f"{name}.npz"
        )
    return made


def test_the_commands_were_found():
    assert len(COMMANDS) == 9


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_runs(command, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    verb, *words = shlex.split(command)
    assert run_app([verb, *words]) == (verb == "diff")
    if "-o" in words:
        assert (folder / words[words.index("-o") + 1]).stat().st_size > 1000


def test_every_option_is_explained():
    from fractbench.cli.plot import plot

    for option in plot.__annotations__.keys() - {"files", "out", "sheet", "key", "return"}:
        assert f"`--{option.replace('_', '-')}`" in PAGE, option
