from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import fractbench
from fractbench.bench.machine import source
from fractbench.bench.machine.source import SHARED, kernel_source
from fractbench.errors import UsageError
from fractbench.registry import GROUP, points


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return the folder of a Backend's package whose import would fail."""
    place = tmp_path / "site"
    package = place / "fractbench_tiny_test"
    (package / "kernels").mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('the framework')\n")
    (package / "kernels" / "step.cu").write_text("int x;\n")
    monkeypatch.syspath_prepend(str(place))
    named(monkeypatch, "fractbench_tiny_test:backend")
    return package


def named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    found = {"tiny": EntryPoint("tiny", value, GROUP)}
    monkeypatch.setattr("fractbench.bench.machine.source.points", lambda: found)


def test_every_backend_has_its_own_number() -> None:
    numbers = {name: kernel_source(name) for name in points()}
    assert len(set(numbers.values())) == len(numbers)
    assert all(re.fullmatch("[0-9a-f]{64}", number) for number in numbers.values())
    assert numbers == {name: kernel_source(name) for name in points()}


def test_what_all_share_is_there() -> None:
    core = Path(fractbench.__file__).parent
    assert [part for part in SHARED if not (core / part).exists()] == []


def test_no_framework_is_imported() -> None:
    script = (
        "import sys; from fractbench.bench.machine.source import kernel_source\n"
        "for name in ('mlx', 'jax', 'torch', 'native'): kernel_source(name)\n"
        "print([n for n in sys.modules if n.split('.')[0] in "
        "('mlx', 'jax', 'torch', 'fractbench_mlx', 'fractbench_jax')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("change", ["content", "name", "addition"])
def test_any_change_of_a_text_shows(stranger: Path, change: str) -> None:
    before, text = kernel_source("tiny"), stranger / "kernels" / "step.cu"
    if change == "content":
        text.write_text("int y;\n")
    elif change == "name":
        text.rename(text.with_name("other.cu"))
    else:
        (stranger / "more.h").write_text("")
    assert kernel_source("tiny") != before


def test_a_change_of_what_all_share_shows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stranger: Path
) -> None:
    copy = tmp_path / "fractbench"
    core = Path(fractbench.__file__).parent
    shutil.copytree(core, copy, ignore=shutil.ignore_patterns("__pycache__", "cli", "bench"))
    before = kernel_source("tiny")
    monkeypatch.setattr(source.fractbench, "__file__", str(copy / "__init__.py"))
    assert kernel_source("tiny") == before
    (copy / "render.py").write_text("")
    assert kernel_source("tiny") == before
    (copy / "arithmetic" / "tanh.py").write_text("")
    assert kernel_source("tiny") != before


def test_compiled_files_and_places_do_not_count(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stranger: Path
) -> None:
    before = kernel_source("tiny")
    (stranger / "__pycache__").mkdir()
    (stranger / "__pycache__" / "x.py").write_text("1")
    (stranger / "libstep.so").write_bytes(b"1")
    (stranger / ".DS_Store").write_bytes(b"1")
    assert kernel_source("tiny") == before
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    stranger.rename(elsewhere / stranger.name)
    monkeypatch.syspath_prepend(str(elsewhere))
    assert kernel_source("tiny") == before


def test_a_backend_inside_a_framework_is_its_own_folder(
    monkeypatch: pytest.MonkeyPatch, stranger: Path
) -> None:
    named(monkeypatch, "fractbench_tiny_test.kernels.entry:backend")
    before = kernel_source("tiny")
    (stranger / "__init__.py").write_text("changed")
    assert kernel_source("tiny") == before
    (stranger / "kernels" / "entry.py").write_text("changed")
    assert kernel_source("tiny") != before


def test_a_backend_of_one_file(monkeypatch: pytest.MonkeyPatch, stranger: Path) -> None:
    named(monkeypatch, "tiny_of_one_file:backend")
    file = stranger.parent / "tiny_of_one_file.py"
    file.write_text("1")
    before = kernel_source("tiny")
    file.write_text("2")
    assert kernel_source("tiny") != before


def test_an_absent_backend_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="unknown backend 'nothing'; type one of: jax"):
        kernel_source("nothing")
    named(monkeypatch, "fractbench_gone_test:backend")
    with pytest.raises(UsageError, match="'fractbench_gone_test' of backend 'tiny' is not there"):
        kernel_source("tiny")
