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
from collections.abc import Mapping
from typing import Any, Protocol

from fractbench.bench.failure import FailedError
from fractbench.bench.machine.privacy import clean

POLL = 0.2
"""Seconds between two looks at a silent worker's memory."""


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
        self._target, self._limit, self._memory = target, limit, memory
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `close`
        self.peak = 0
        self._child = subprocess.Popen(
            [sys.executable, "-m", "fractbench.bench.serve", target],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=dict(environment),
            start_new_session=True,
        )

    def ask(self, what: str, *args: Any) -> Any:
        """Send a question and wait for the answer, watching time and memory.

        Raises:
            FailedError: the answer is one, or there is none.
        """
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(json.dumps([what, *args]).encode() + b"\n")
            self._child.stdin.flush()
        except OSError:
            raise self._lost() from None
        answer = json.loads(self._line())
        if "status" in answer:
            raise FailedError(answer["status"], answer["reason"])
        return answer["answer"]

    def _line(self) -> bytes:
        assert self._child.stdout is not None
        until, line = time.monotonic() + self._limit, b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._child.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if selector.select(POLL):
                    part = os.read(self._child.stdout.fileno(), 1 << 16)
                    if not part:
                        raise self._lost()
                    line += part
                elif time.monotonic() > until:
                    self.kill()
                    raise FailedError("timeout", f"no answer within {self._limit:g} s; type a "
                                      "larger --limit, or a smaller --size")  # fmt: skip
                self._watch()
        return line

    def _watch(self) -> None:
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
        """Return what became of a worker that ended by itself."""
        code = self._child.wait()
        if code == -signal.SIGKILL:
            return FailedError("out-of-memory", "the system killed the worker, as it does when "
                               "memory runs out")  # fmt: skip
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with status {code}"
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").strip().splitlines()
        return FailedError("error", clean(": ".join([f"the worker ended {how}", *said[-1:]])))

    def alive(self) -> bool:
        """Return whether the child runs."""
        return self._child.poll() is None

    def kill(self) -> None:
        """End the child and whatever it started, now."""
        if self.alive():
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()

    def close(self) -> None:
        """End the child and free what it held."""
        self.kill()
        for stream in (self._child.stdin, self._child.stdout, self._errors):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue
