"""Process and serve against real children that end, hang, fork or babble in every way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from fractbench.bench import process
from fractbench.bench.failure import FailedError
from fractbench.bench.process import Process, ended_by_signals

PATIENCE = 60.0
Start = Callable[..., Process]


@pytest.fixture
def started() -> Iterator[list[Process]]:
    """What a test started; closed at its end."""
    found: list[Process] = []
    yield found
    for one in found:
        one.close()


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: list[Process]) -> Start:
    """Start a Process whose interpreter is a shell script that got its first question."""

    def start(script: str, limit: float = PATIENCE) -> Process:
        path = tmp_path / "python"
        path.write_text(f"#!/bin/sh\nread question\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(path))
        started.append(Process("any", os.environ, limit, None))
        return started[-1]

    return start


@pytest.fixture
def backend(tmp_path: Path) -> Callable[[str], dict[str, str]]:
    """Register a backend `stub` whose module is the given code; return a worker's environment."""

    def write(code: str) -> dict[str, str]:
        facts = tmp_path / "stub_backend-1.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: stub-backend\nVersion: 1\n")
        (facts / "entry_points.txt").write_text(
            "[fractbench.backends]\nstub = stub_backend:backend\n"
        )
        (tmp_path / "stub_backend.py").write_text(code)
        old = os.environ.get("PYTHONPATH")
        path = os.pathsep.join([str(tmp_path), *([old] if old else [])])
        return {**os.environ, "PYTHONPATH": path}

    return write


def gone(pid: int) -> bool:
    """Wait until a process computes no more; an orphan may stay a zombie."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def written(path: Path) -> int:
    """Wait for a process's number in a file."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if path.exists() and path.read_text().endswith("\n"):
            return int(path.read_text())
        time.sleep(0.05)
    raise AssertionError("nothing was written")


def failure_of(worker: Process) -> tuple[str, str]:
    with pytest.raises(FailedError) as caught:
        worker.ask("hello")
    return caught.value.status, caught.value.reason


def test_an_answer_comes_through(shell: Start) -> None:
    worker = shell("""echo '{"answer": [1, null]}'; read more""")
    assert worker.ask("hello") == [1, None]
    assert worker.alive()
    worker.close()
    assert not worker.alive()
    assert failure_of(worker) == ("error", "the worker was ended before")


@pytest.mark.parametrize(
    "line",
    [
        "babble", "7", "null", "[]", "{}", '"answer"', '{"status": "error"}', "\\377\\376",
        '{"status": "splendid", "reason": "", "ends": false}',
        '{"status": ["error"], "reason": "", "ends": false}',
        '{"status": "error", "reason": 1, "ends": false}',
        '{"answer": 1}\\n{"answer": 2}',
    ],
)  # fmt: skip
def test_garbage_is_an_error_and_ends_the_worker(shell: Start, line: str) -> None:
    worker = shell(f"printf '{line}\\n'; sleep {PATIENCE:g}")
    status, reason = failure_of(worker)
    assert (status, "answer is none" in reason) == ("error", True)
    assert not worker.alive()
    assert failure_of(worker) == ("error", "the worker was ended before")


def test_a_very_deep_answer_is_garbage(shell: Start) -> None:
    worker = shell("head -c 200000 /dev/zero | tr '\\0' '['; echo")
    assert failure_of(worker)[0] == "error"


def test_an_endless_answer_is_an_error(shell: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "LONGEST", 1 << 20)
    worker = shell("exec cat /dev/zero")
    assert failure_of(worker) == ("error", "the worker's answer is longer than 1048576 bytes")


def test_dribble_does_not_put_off_the_limit(shell: Start) -> None:
    worker = shell("while :; do printf x; sleep 0.05; done", limit=0.5)
    assert failure_of(worker)[0] == "timeout"


@pytest.mark.parametrize(
    ("script", "status", "says"),
    [
        ("exit 3", "error", "the worker ended with status 3"),
        ("echo first >&2; echo last >&2; exit 3", "error", "status 3: last"),
        ("kill -SEGV $$", "error", "the worker ended by SIGSEGV"),
        ("kill -9 $$", "out-of-memory", "was killed (SIGKILL), as the system does when memory"),
        pytest.param(
            "kill -40 $$", "error", "the worker ended by signal 40",
            marks=pytest.mark.skipif(
                not hasattr(signal, "SIGRTMIN"), reason="the system has no real-time signals"
            ),
        ),
        ("printf half; exit 4", "error", "the worker ended with status 4"),
    ],
)  # fmt: skip
def test_the_end_of_a_worker_is_told(shell: Start, script: str, status: str, says: str) -> None:
    found, reason = failure_of(shell(script))
    assert (found, says in reason) == (status, True), reason


def test_a_closed_pipe_does_not_hold_us(shell: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "GRACE", 0.2)
    worker = shell(f"exec 1>&-; sleep {PATIENCE:g}")
    assert failure_of(worker) == ("error", "the worker closed its pipe but did not end")
    assert not worker.alive()


def test_a_child_that_holds_the_pipe_hides_no_crash_and_is_ended(
    shell: Start, tmp_path: Path
) -> None:
    note = tmp_path / "child"
    worker = shell(f"sleep {10 * PATIENCE:g} & echo $! >{note}; kill -SEGV $$")
    status, reason = failure_of(worker)
    assert (status, "SIGSEGV" in reason) == ("error", True), reason
    assert gone(written(note))


def test_closing_ends_the_children_of_a_dead_worker(shell: Start, tmp_path: Path) -> None:
    note = tmp_path / "child"
    worker = shell(f"""sleep {10 * PATIENCE:g} & echo $! >{note}; echo '{{"answer": 1}}'""")
    assert worker.ask("hello") == 1
    worker._child.wait(PATIENCE)
    assert psutil.pid_exists(written(note))
    worker.close()
    assert gone(written(note))


def test_a_kernel_that_exits_beside_a_thread_answers_and_is_gone(
    backend: Callable[[str], dict[str, str]], started: list[Process]
) -> None:
    given = backend(
        "import threading, time\n"
        f"threading.Thread(target=time.sleep, args=({10 * PATIENCE},)).start()\n"
        "raise SystemExit(5)\n"
    )
    started.append(Process("stub", given, PATIENCE, None))
    assert failure_of(started[0]) == ("error", "SystemExit: 5")
    assert not started[0].alive()


def test_a_panic_that_is_no_exception_is_an_error_and_the_worker_lives(
    backend: Callable[[str], dict[str, str]], started: list[Process]
) -> None:
    given = backend("class Panic(BaseException): ...\nraise Panic('lost its head')\n")
    started.append(Process("stub", given, PATIENCE, None))
    for _ in range(2):
        assert failure_of(started[0]) == ("error", "Panic: lost its head")
    assert started[0].alive()


def test_the_worker_has_an_empty_input_and_no_module_of_the_persons_folder(
    backend: Callable[[str], dict[str, str]],
    started: list[Process],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = backend(
        "import os, sys\n"
        "seen = sys.stdin.read(), os.read(0, 9), '' in sys.path, os.getcwd() in sys.path\n"
        "class Seen(BaseException): ...\nraise Seen(seen)\n"
    )
    here = tmp_path / "here"
    here.mkdir()
    (here / "json.py").write_text("raise SystemExit(9)\n")
    monkeypatch.chdir(here)
    started.append(Process("stub", given, PATIENCE, None))
    for _ in range(2):
        assert failure_of(started[0]) == ("error", "Seen: ('', b'', False, False)")


ASK = """
import os, sys
from pathlib import Path
from fractbench.bench.process import Process, ended_by_signals

worker = Process("stub", os.environ, 600.0, None)
with ended_by_signals():
    try:
        worker.ask("hello")
    except KeyboardInterrupt:
        worker.close()
        print("closed")
"""


@pytest.mark.parametrize(
    ("number", "says"), [("SIGKILL", ""), ("SIGTERM", "closed\n"), ("SIGHUP", "closed\n")]
)
def test_no_worker_computes_on_when_its_parent_is_ended(
    backend: Callable[[str], dict[str, str]], tmp_path: Path, number: str, says: str
) -> None:
    note = tmp_path / "worker"
    given = backend(
        "import os, time\n"
        f"open({str(note)!r}, 'w').write(f'{{os.getpid()}}\\n')\n"
        f"time.sleep({10 * PATIENCE})\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", ASK], env=given, stdout=subprocess.PIPE, text=True
    )
    try:
        worker = written(note)
        parent.send_signal(signal.Signals[number])
        out, _ = parent.communicate(timeout=PATIENCE)
    finally:
        parent.kill()
        parent.wait()
    assert out == says
    assert gone(worker)


def interrupted() -> None:
    with ended_by_signals():
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(PATIENCE)


def test_signals_interrupt_once_and_are_as_before() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with pytest.raises(KeyboardInterrupt):
            interrupted()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
