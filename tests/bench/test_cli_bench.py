"""`fractbench bench` as a person uses it, on small maps and real processes."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from fractbench.bench.records.files import read
from fractbench.cli import run_app
from fractbench.errors import FractbenchError
from fractbench.registry import points

BUSY = 4.0
"""Seconds of a worker's own time after which a tiny map has been proven and timed."""
SMALL = "--size 8 --steps 6 -r 2 --min-time 0 --no-baseline --no-roofline"


def bench(arguments: str) -> int:
    return run_app(["bench", *arguments.split()])


def test_devices_and_sizes_multiply_out_and_agree_on_digests(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "records.jsonl"
    assert bench(f"tanh --backend numpy,native {SMALL} --size 8,5x3 --record {file}") == 0
    printed = capsys.readouterr()
    assert "numpy:cpu" in printed.out
    assert "native:cpu" in printed.out
    assert "warning: numpy:cpu, native:cpu: only 2 samples" in printed.err
    found = read(file)
    assert [(r.device, r.spec.size) for r in found] == [
        ("numpy:cpu", (8, 8)), ("native:cpu", (8, 8)), ("numpy:cpu", (5, 3)),
        ("native:cpu", (5, 3)),
    ]  # fmt: skip
    digests = [r.verdict.digest for r in found]
    assert digests[0] == digests[1] != digests[2] == digests[3]
    assert all(r.verdict.status == "exact" and r.picture for r in found)
    assert len({r.run for r in found}) == 1
    assert bench(f"tanh --backend numpy {SMALL} --record {file}") == 0
    assert len(read(file)) == 5


def test_json_holds_whole_records_and_nothing_else_is_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert bench(f"newton --backend numpy {SMALL} --format json") == 0
    [record] = json.loads(capsys.readouterr().out)
    assert record["schema"] == "fractbench.record/1"
    assert record["summary"]["gflops"] is None
    assert record["cold"]["import_ns"] > 0


def test_what_cannot_run_is_a_row_and_exit_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench(f"tanh --backend numpy,native --contract free --kernel tuned {SMALL}") == 1
    out = capsys.readouterr().out
    assert "agrees" in out
    assert "unavailable" in out


def test_the_published_method_is_timed_in_the_same_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    plain = SMALL.replace("--no-baseline", "")
    assert bench(f"tanh --backend native {plain} --format jsonl") == 0
    case, base = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (base["role"], base["kernel"]["name"]) == ("baseline", "published")
    rates = [r["summary"]["pixel_steps_per_second"] for r in (case, base)]
    assert case["summary"]["times_published"] == pytest.approx(rates[0] / rates[1])


def test_threads_are_set_before_the_framework_is_imported(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert bench(f"tanh --backend native --threads 1 {SMALL} --format json") == 0
    [record] = json.loads(capsys.readouterr().out)
    assert record["backend"]["environment"]["FRACTBENCH_THREADS"] == "1"
    assert record["backend"]["environment"]["MLX_ENABLE_TF32"] == "0"
    assert record["backend"]["threads"] == 1


def test_all_leaves_out_aloud_what_no_one_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {name: point for name, point in points().items() if name in ("numpy", "native")}
    monkeypatch.setattr("fractbench.registry.points", lambda: found)
    assert bench(f"tanh --contract free --kernel tuned {SMALL}") == 0
    printed = capsys.readouterr()
    assert "native is left out: native:cpu has no kernel 'tuned'" in printed.err
    assert "native" not in printed.out


def test_without_jax_the_published_method_is_left_out_aloud(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "jax").mkdir()
    (tmp_path / "jax" / "__init__.py").write_text("raise ImportError('no jax here')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    plain = SMALL.replace("--no-baseline", "")
    file = tmp_path / "records.jsonl"
    assert bench(f"tanh --backend numpy {plain} --record {file}") == 0
    printed = capsys.readouterr()
    assert "the published method is not timed beside the cases: jax cannot be used" in printed.err
    assert [r.role for r in read(file)] == ["case"]


def test_a_full_disk_costs_the_file_and_not_the_table(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(path: str, records: list[object]) -> None:
        if records:
            raise FractbenchError("cannot write records: No space left on device")

    monkeypatch.setattr("fractbench.bench.records.files.append", full)
    assert bench(f"tanh --backend numpy {SMALL} --record {tmp_path / 'r.jsonl'}") == 1
    printed = capsys.readouterr()
    assert "numpy:cpu" in printed.out
    assert "No space left on device" in printed.err


def workers_of(pid: int) -> list[psutil.Process]:
    """The workers among a bench's children: others (git, lscpu) live for a moment only."""
    found = []
    for child in psutil.Process(pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if "fractbench.bench.serve" in child.cmdline():
                found.append(child)
    return found


def test_an_interrupt_prints_and_keeps_what_has_samples(tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    command = [sys.executable, "-m", "fractbench", "bench", "tanh", "--backend", "numpy"]
    options = [*SMALL.split(), "-r", "9999", "--record", str(file)]
    pipe = subprocess.PIPE
    with subprocess.Popen([*command, *options], stdout=pipe, stderr=pipe) as child:
        workers: list[psutil.Process] = []
        while not workers or sum(workers[0].cpu_times()[:2]) < BUSY:
            time.sleep(0.1)
            assert child.poll() is None
            workers = workers or workers_of(child.pid)
        child.send_signal(signal.SIGTERM)
        out, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert b"stopped; " in err
    if b"stopped; 1 records are safe in" in err:
        [record] = read(file)
        assert record.samples is not None
        assert b"numpy:cpu" in out
    assert not workers[0].is_running()
