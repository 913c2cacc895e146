"""Compiling on first use: what is trusted, what is made anew, and what is said when it fails."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import FLOAT32, FLOAT64
from fractbench.cli import run_app
from fractbench.errors import BackendUnavailableError, CanaryError
from fractbench.registry import status
from fractbench_native import cache
from fractbench_native.compiler import FLAGS, Compiler, compiler
from fractbench_native.library import library
from helpers import absent
from instruction_sets import COMPILERS, MACHINES

RUN = """
import sys
from pathlib import Path
from fractbench_native import cache
def make(target):
    with Path(sys.argv[2]).open("a") as log:
        log.write("made\\n")
    target.write_bytes(b"library")
print(cache.held("key", make, Path(sys.argv[1])).read_bytes())
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(cache.platformdirs, "user_cache_dir", lambda _: str(tmp_path / "cache"))
    return tmp_path / "cache" / "native"


@pytest.fixture
def maker():
    """Return a `make` that counts its calls."""
    made = []

    def make(target):
        made.append(target)
        target.write_bytes(b"the library")

    make.count = lambda: len(made)
    return make


@pytest.fixture
def compiled():
    """Skip where no compiler is, but fail in CI."""
    try:
        compiler()
    except BackendUnavailableError as error:
        absent(str(error))


def wrapper(folder, text):
    """Return a command that is a shell script."""
    path = folder / "cxx"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_the_folder_is_private(home):
    assert cache.folder() == home
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    home.chmod(0o777)
    assert cache.folder() == home
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_folder_of_someone_else_is_not_used(home, monkeypatch):
    cache.folder()
    real = os.getuid()
    monkeypatch.setattr(cache.os, "getuid", lambda: real + 1)
    assert cache.folder() != home


def test_a_linked_folder_is_not_used(home, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    home.parent.mkdir()
    home.symlink_to(elsewhere)
    assert cache.folder() != home
    assert not list(elsewhere.iterdir())


def test_a_library_is_made_once(home, maker):
    first = cache.held("key", maker)
    assert cache.held("key", maker) == first
    assert maker.count() == 1
    assert first.read_bytes() == b"the library"


@pytest.mark.parametrize("harm", ["planted", "truncated", "empty", "linked", "writable", "folder",
                                  "no note", "note is a folder", "note of another"])  # fmt: skip
def test_what_was_tampered_with_is_made_anew(home, tmp_path, maker, harm):
    path = cache.held("key", maker)
    note = path.with_suffix(".sha256")
    if harm == "planted":
        path.write_bytes(b"something else")
    elif harm == "truncated":
        path.write_bytes(path.read_bytes()[:4])
    elif harm == "empty":
        path.write_bytes(b"")
    elif harm == "linked":
        copy = tmp_path / "copy"
        path.rename(copy)
        path.symlink_to(copy)
    elif harm == "writable":
        path.chmod(0o777)
    elif harm == "folder":
        path.unlink()
        path.mkdir()
    elif harm == "no note":
        note.unlink()
    elif harm == "note is a folder":
        note.unlink()
        note.mkdir()
    else:
        note.write_text("0" * 64)
    assert cache.held("key", maker) == path
    assert maker.count() == 2
    assert path.read_bytes() == b"the library"
    assert not path.is_symlink()
    assert cache.held("key", maker) == path
    assert maker.count() == 2


def test_a_library_of_someone_else_is_made_anew(home, maker, monkeypatch):
    path = cache.held("key", maker)
    foreign = path.stat().st_ino
    real = Path.lstat

    def lstat(self):
        facts = real(self)
        if facts.st_ino != foreign:
            return facts
        return os.stat_result([*facts[:4], facts.st_uid + 1, *facts[5:10]])

    monkeypatch.setattr(Path, "lstat", lstat)
    cache.held("key", maker)
    assert maker.count() == 2
    assert path.stat().st_ino != foreign


def test_a_failure_leaves_nothing_behind(home):
    def fail(target):
        target.write_bytes(b"half")
        raise BackendUnavailableError("no")

    with pytest.raises(BackendUnavailableError):
        cache.held("key", fail)
    assert [f.name for f in home.iterdir() if f.suffix != ".lock"] == []


def test_processes_and_threads_that_begin_together_make_it_once(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    log = tmp_path / "log"

    def one(_):
        done = subprocess.run([sys.executable, "-c", RUN, str(home), str(log)],
                              capture_output=True, text=True, check=True)  # fmt: skip
        return done.stdout.strip()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(one, range(4))) == {"b'library'"}
    assert log.read_text() == "made\n"


def test_no_compiler_is_a_row_with_the_remedy(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    found = status("native")
    assert not found.available
    assert found.reason == "no C++ compiler is here"
    assert "apt install g++" in found.install
    assert "FRACTBENCH_CXX" in found.install


def test_a_named_compiler_that_is_not_there_is_a_row(monkeypatch):
    monkeypatch.setenv("FRACTBENCH_CXX", "no-such-compiler -O0")
    found = status("native")
    assert not found.available
    assert found.reason == "FRACTBENCH_CXX is 'no-such-compiler -O0', and no such program is here"


@pytest.mark.parametrize("text", ["exit 1", "echo cxx 1; case $* in --version) ;; *) exit 4;; esac",
                                  "case $* in --version) echo cxx 1;; *) echo 'x: error: not today'"
                                  " >&2; exit 4;; esac"])  # fmt: skip
def test_a_compiler_that_fails_is_a_row(monkeypatch, tmp_path, home, text):
    monkeypatch.setenv("FRACTBENCH_CXX", wrapper(tmp_path, text))
    found = status("native")
    assert not found.available
    assert found.reason.startswith("the compiler cxx fails: ")
    assert "apt install g++" in found.install


def test_an_unbalanced_quote_is_a_row(monkeypatch):
    monkeypatch.setenv("FRACTBENCH_CXX", "g++ 'x")
    assert status("native").reason.startswith("FRACTBENCH_CXX is ")


@pytest.mark.parametrize(("text", "said"), [("true", "tells no version"),
                                            ("echo cxx 1", "makes no library")])  # fmt: skip
def test_a_program_that_is_no_compiler_is_a_row(monkeypatch, tmp_path, home, text, said):
    monkeypatch.setenv("FRACTBENCH_CXX", wrapper(tmp_path, text))
    found = status("native")
    assert not found.available
    assert said in found.reason


def test_a_run_without_a_compiler_ends_in_a_sentence(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run_app(["run", "--backend", "native", "--out", str(tmp_path / "o")]) == 2
    said = capsys.readouterr().err
    assert "native cannot be used: no C++ compiler is here; type: " in said
    assert "Traceback" not in said


@pytest.mark.parametrize("options", ["-ffast-math", "-ffp-contract=fast -mfma"])
def test_a_compiler_that_breaks_the_contract_is_refused(compiled, tmp_path, home, options):
    inner = compiler().command[0]
    command = wrapper(tmp_path, f'case "$*" in *-shared*) exec {inner} "$@" {options};; esac\n'
                                f'exec {inner} "$@"')  # fmt: skip
    using = Compiler((command,), ())
    with pytest.raises(CanaryError, match=r"computes .* otherwise than strict-float32-1 demands"):
        library("newton", Arithmetic(), None, using)


def test_options_that_come_first_are_overruled(compiled, home):
    using = Compiler((compiler().command[0], "-ffast-math"), ())
    assert library("newton", Arithmetic(), None, using)


def test_contraction_is_off():
    assert "-ffp-contract=off" in FLAGS


@pytest.mark.parametrize("command", COMPILERS)
@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("text", ["network", "mandelbrot", "newton", "descent", "probe"])
def test_the_texts_compile_without_a_warning(command, machine, text, home):
    """A warning here is an error on someone's newer compiler tomorrow."""
    using = Compiler((command, "-Wall", "-Wextra", "-Werror"), (machine,))
    wide = Arithmetic("fma", FLOAT64 if machine == MACHINES[-1] else FLOAT32)
    assert library(text, wide, {"WIDTH": 3} if text == "network" else None, using)


@pytest.mark.parametrize(
    ("line", "short"),
    [("g++ (Debian 12.2.0-14+deb12u1) 12.2.0", "gcc 12.2.0"),
     ("Debian clang version 14.0.6", "clang 14.0.6"),
     ("Apple clang version 16.0.0 (clang-1600.0.26.6)", "clang 16.0.0"),
     ("c++ (GCC) 14.2.1 20240912 (Red Hat 14.2.1-3)", "gcc 14.2.1"),
     ("something else", "something else")],
)  # fmt: skip
def test_a_compiler_is_named_in_short(line, short):
    using = Compiler(("x",), ())
    using.__dict__["version"] = line
    assert using.short == short
