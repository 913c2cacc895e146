"""Whole processes that are killed, starved of disk, or given a huge map."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "fractbench", "run", "relu:width=8", "--backend", "numpy",
           "--size", "40", "--steps", "60", "--tile", "100", "--format", "json"]  # fmt: skip
MIB = 2**20


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "HOME": str(folder)}


def run(folder: Path, out: str) -> dict:
    done = subprocess.run(
        [*COMMAND, "--out", out], cwd=folder, env=environment(folder), check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def start(folder: Path, *words: str) -> subprocess.Popen:
    """Start a run and wait until some tiles, but not all, are safe."""
    process = subprocess.Popen(
        [*COMMAND, "--out", "out", *words], cwd=folder, env=environment(folder), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    for _ in range(2000):
        if any(file.stat().st_size > 3000 for file in folder.glob("out/.*.tiles")):
            return process
        assert process.poll() is None, "the run ended before it could be interrupted"
        time.sleep(0.01)
    raise AssertionError("no tile was ever finished")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_run_goes_on_and_gives_the_same_digest(tmp_path, how):
    process = start(tmp_path)
    process.send_signal(how)
    _, words = process.communicate(timeout=30)
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert "pixels are safe in out: type the same command again" in words
        assert "Traceback" not in words
    resumed = run(tmp_path, "out")
    assert 0 < resumed["fresh_pixels"] < 1600
    whole = run(tmp_path, "elsewhere")
    assert whole["fresh_pixels"] == 1600
    assert resumed["digest"] == whole["digest"]
    assert not list(tmp_path.glob("out/.*.tiles"))


def test_an_interrupt_in_the_middle_of_xla_is_no_crash(tmp_path):
    pytest.importorskip("jax")
    process = start(tmp_path, "--backend", "jax", "--steps", "2000")
    process.send_signal(signal.SIGINT)
    _, words = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "type the same command again" in words


def test_an_interrupt_before_the_first_tile_says_so(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "fractbench", "verify", "--backend", "numpy"], cwd=tmp_path,
        env=environment(tmp_path), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    _, words = process.communicate(timeout=30)
    assert process.returncode == 130
    assert words == "fractbench: stopped\n"


def test_a_disk_that_fills_up_is_one_sentence(tmp_path):
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))\n"
        "from fractbench.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *COMMAND[3:], "--out", "out"], cwd=tmp_path,
        env=environment(tmp_path), text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "cannot keep a finished tile" in done.stderr
    assert "Traceback" not in done.stderr
    assert 0 < run(tmp_path, "out")["fresh_pixels"] < 1600


def test_a_map_of_4096_by_4096_is_made_and_saved_in_two_gib(tmp_path):
    """On Linux `ru_maxrss` of a child begins with what its parent held when it was started."""
    program = (
        "import resource, sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from fakes import FakeKernel\n"
        "from fractbench.execute import execute, journal_of\n"
        "from fractbench.request import Request\n"
        "plan = Request(preset='paper').plan()\n"
        "assert plan.grid.pixels == 4096 * 4096\n"
        "with journal_of(plan, Path(sys.argv[2]), 1 << 18) as journal:\n"
        "    made = execute(plan, FakeKernel(plan.problem), tile=1 << 18, journal=journal)\n"
        "made.save(Path(sys.argv[2]) / 'map.png')\n"
        "made.save(Path(sys.argv[2]) / 'map.npz')\n"
        "most = [line for line in open('/proc/self/status') if line.startswith('VmHWM')] "
        "if sys.platform == 'linux' else []\n"
        "print(int(most[0].split()[1]) if most else "
        "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    tests = str(Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", program, tests, str(tmp_path)], check=True, capture_output=True,
        text=True,
    )  # fmt: skip
    scale = 1 if sys.platform == "darwin" else 1024
    assert int(done.stdout) * scale < 2048 * MIB
