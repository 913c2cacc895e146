"""Line: one device's worker and the cases that it is to time; a dead worker is started again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fractbench.backend import Device
from fractbench.bench.case import Case
from fractbench.bench.failure import FailedError, failure
from fractbench.bench.process import Asked

Start = Callable[[str], Asked]
"""start(target) -> a fresh worker for it."""


@dataclass
class Entry:
    """A case, what its worker told, and its samples so far."""

    case: Case
    index: int
    told: dict[str, Any] = field(default_factory=dict)
    samples: list[dict[str, Any]] = field(default_factory=list)
    failed: FailedError | None = None
    open: bool = False
    spent: list[float | None] = field(default_factory=list)
    """Joules of every sample, None where the counter failed."""
    order: list[int] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def fail(self, error: FailedError) -> None:
        """End the case without a time."""
        self.failed = self.failed or error
        self.open = False


class Line:
    """A device, known after the worker's hello."""

    def __init__(self, target: str, start: Start) -> None:
        """Start nothing yet."""
        self.target, self._start = target, start
        self.entries: list[Entry] = []
        self.hello: dict[str, Any] = {}
        self.roofline: dict[str, Any] | None = None
        self.calibrations: list[tuple[int, int]] = []
        self.worker: Asked | None = None
        self.peak, self.timed_peak = 0, 0
        self.failed: FailedError | None = None

    @property
    def device(self) -> Device:
        """The device; by the typed name if its worker never said hello."""
        backend, _, name = self.target.partition(":")
        told = self.hello
        return Device(
            told.get("backend", backend), told.get("device", name), told.get("chip") or ""
        )

    def ask(self, what: str, *args: Any) -> Any:
        """Ask the worker, starting one if there is none.

        Raises:
            FailedError: it failed; if it is dead, its other cases are opened again when needed.
        """
        if self.worker is None:
            self._start_worker()
        assert self.worker is not None
        try:
            return self.worker.ask(what, *args)
        finally:
            self.peak = max(self.peak, getattr(self.worker, "peak", 0))
            if not self.worker.alive():
                self.end()

    def begin(self) -> None:
        """Start the worker; if it cannot be, `failed` tells why."""
        try:
            self._start_worker()
        except FailedError as error:
            self.failed = error

    def _start_worker(self) -> None:
        try:
            self.worker = self._start(self.target)
            self.hello = self.worker.ask("hello")
        except FailedError:
            self.end()
            raise
        except OSError as error:
            raise failure(error) from error

    def open(self, entry: Entry) -> None:
        """Open a case, unless it is open in the worker that lives; keep what is told at first."""
        again = bool(entry.told)
        try:
            told = self.ask("open", entry.index, entry.case.message())
        except FailedError as error:
            entry.fail(error)
            return
        if again and told["digest"] != entry.told["digest"]:
            entry.fail(FailedError("nondeterministic", "another process made another map"))
            return
        if again:
            entry.warnings.append("its process was started again after another case ended it")
        entry.told, entry.open = entry.told or told, True

    def end(self) -> None:
        """End the worker."""
        if self.worker is not None:
            self.worker.close()
        self.worker = None
        for entry in self.entries:
            entry.open = False
