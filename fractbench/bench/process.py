"""Process: a Worker in a fresh interpreter, asked by JSON lines; it may crash, hang or run away."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn, Protocol, get_args

from fractbench.bench.failure import FailedError
from fractbench.bench.machine.privacy import clean
from fractbench.bench.records.record import Status

POLL = 0.2
"""Seconds between two looks at a silent worker."""
GRACE = 5.0
"""Seconds that a process may take to end."""
LONGEST = 64 << 20
"""Bytes of an answer; a longer one is none."""
TAIL = 4096
"""Bytes read from the end of what a worker wrote to standard error."""


class Asked(Protocol):
    """What the benchmark asks of a worker, in a process or not."""

    def ask(self, what: str, *args: Any) -> Any:
        """Call a method of the Worker; raise FailedError if it fails."""

    def alive(self) -> bool:
        """Return whether it can be asked again."""

    def close(self) -> None:
        """End it."""


class Process:
    """A Worker behind pipes. `limit` is seconds for an answer, `memory` bytes that it may hold."""

    def __init__(
        self, target: str, environment: Mapping[str, str], limit: float, memory: int | None
    ) -> None:
        """Start a fresh interpreter; it has a session of its own, so Ctrl-C reaches only us."""
        self._limit, self._memory = limit, memory
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `close`
        self._ended = False
        self.peak = 0
        # -P: a file in the person's folder must not be taken for a module.
        command = [sys.executable, "-P", "-m", "fractbench.bench.serve", target, str(os.getpid())]
        try:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=dict(environment),
                start_new_session=True,
            )
        except BaseException:
            self._errors.close()
            raise

    def ask(self, what: str, *args: Any) -> Any:
        """Send a question and wait for the answer, watching time and memory.

        Raises:
            FailedError: the answer is one, or there is none.
        """
        assert self._child.stdin is not None
        if self._ended:
            raise FailedError("error", "the worker was ended before")
        try:
            self._child.stdin.write(json.dumps([what, *args]).encode() + b"\n")
            self._child.stdin.flush()
        except OSError:
            raise self._lost() from None
        return self._told(self._line())

    def _told(self, line: bytes) -> Any:
        try:
            answer = json.loads(line)
            if "answer" in answer:
                return answer["answer"]
            status, reason, ends = answer["status"], answer["reason"], answer["ends"]
            known = status in get_args(Status) and isinstance(reason, str)
        except (ValueError, TypeError, LookupError, RecursionError):
            known = False
        if not known:
            self.kill()
            raise FailedError("error", clean(f"the worker's answer is none: {line[:80]!r}"))
        if ends:
            self.kill()
        raise FailedError(status, reason)

    def _line(self) -> bytes:
        assert self._child.stdout is not None
        until, line = time.monotonic() + self._limit, b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._child.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                # Asked first, so that all that a dead worker wrote is read. Its children may hold
                # the pipe open.
                ended = self._child.poll() is not None
                if selector.select(0 if ended else POLL):
                    part = os.read(self._child.stdout.fileno(), 1 << 16)
                    if not part:
                        raise self._lost()
                    line += part
                elif ended:
                    raise self._lost()
                self._watch()
                if not line.endswith(b"\n"):
                    self._bound(until, len(line))
        return line

    def _bound(self, until: float, count: int) -> None:
        """End a worker that takes too long or says too much."""
        if time.monotonic() > until:
            self.kill()
            raise FailedError("timeout", f"no answer within {self._limit:g} s; type a "
                              "larger --limit, or a smaller --size")  # fmt: skip
        if count > LONGEST:
            self.kill()
            raise FailedError("error", f"the worker's answer is longer than {LONGEST} bytes")

    def _watch(self) -> None:
        """End a worker that holds too much memory."""
        import psutil

        try:
            held = psutil.Process(self._child.pid).memory_info().rss
        except psutil.Error:
            return
        self.peak = max(self.peak, held)
        if self._memory is not None and held > self._memory:
            self.kill()
            raise FailedError(
                "out-of-memory",
                f"the worker held {held / 2**30:.1f} GiB, more than the {self._memory / 2**30:.1f} "
                "GiB allowed",
            )

    def _lost(self) -> FailedError:
        """Return what became of a worker that ended by itself, or no longer listens or answers."""
        try:
            code: int | None = self._child.wait(GRACE)
        except subprocess.TimeoutExpired:
            code = None
        self.kill()
        if code == -signal.SIGKILL:
            return FailedError("out-of-memory", "the worker was killed (SIGKILL), as the system "
                               "does when memory runs out")  # fmt: skip
        if code is None:
            how = "closed its pipe but did not end"
        else:
            how = f"ended by {_name(-code)}" if code < 0 else f"ended with status {code}"
        return FailedError("error", clean(": ".join([f"the worker {how}", *self._last_words()])))

    def _last_words(self) -> list[str]:
        """Return the last line on standard error, if any; a worker may have written gigabytes."""
        number = self._errors.fileno()
        # A seek would move the place where what is left of the worker writes.
        said = os.pread(number, TAIL, max(0, os.fstat(number).st_size - TAIL))
        return said.decode(errors="replace").strip().splitlines()[-1:]

    def alive(self) -> bool:
        """Return whether it can be asked again."""
        return not self._ended and self._child.poll() is None

    def kill(self) -> None:
        """End the child and whatever it started, now; the child may be dead already."""
        if self._ended:
            # The group's number may belong to somebody else by now.
            return
        self._ended = True
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)
        # A driver can hold a killed process for as long as it likes.
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(GRACE)

    def close(self) -> None:
        """End the child and free what it held."""
        self.kill()
        for stream in (self._child.stdin, self._child.stdout, self._errors):
            if stream is not None:
                with suppress(OSError):
                    stream.close()


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP interrupt as Ctrl-C does, so that workers are ended; once.

    A second one ends us at once. What ignores them (nohup) or has handlers of its own keeps that,
    and outside the main thread, where Python allows no handlers, nothing changes.
    """
    changed: list[int] = []

    def restore() -> None:
        while changed:
            signal.signal(changed.pop(), signal.SIG_DFL)

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:
        restore()
        raise KeyboardInterrupt

    try:
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:
                with suppress(ValueError):
                    signal.signal(number, interrupt)
                    changed.append(number)
        yield
    finally:
        restore()


def _name(number: int) -> str:
    """Return a signal's name; real-time signals have none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
