"""Line: one device's worker and the cases that it is to time; a dead worker is started again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fractbench.backend import Device
from fractbench.bench.case import Case
from fractbench.bench.failure import FailedError, failure
from fractbench.bench.process import Asked
from fractbench.bench.records.facts import BackendFacts, State

if TYPE_CHECKING:
    from fractbench.bench.machine.energy import Meter

SPOILED = ("error", "out-of-memory")
"""After these a framework may be broken, or its memory full, for all that follows."""
Start = Callable[[str], Asked]
"""start(target) -> a fresh worker for it."""


@dataclass
class Entry:
    """A case, what its worker told, and its samples so far."""

    case: Case
    index: int
    kernel: str = ""
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
        self.calibration_work: float | None = None
        self.throttle: set[str] | None = None
        self.states: list[State] = []
        self.meter: Meter | None = None
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

    @property
    def on_cpu(self) -> bool:
        """Whether the device is the host's processor."""
        return self.device.name.startswith("cpu")

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
        except FailedError as error:
            if error.status in SPOILED:
                self.end()
            raise
        finally:
            if self.worker is not None:
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
        target = str(self.device) if self.hello else self.target
        try:
            self.worker = self._start(target)
            told = self.worker.ask("hello")
            self._check(told)
        except FailedError:
            self.end()
            raise
        except OSError as error:
            raise failure(error) from error
        self.hello = self.hello or told

    def _check(self, told: dict[str, Any]) -> None:
        """Refuse a hello that no record can hold, or that is another device's than before.

        Raises:
            FailedError: it is one.
        """
        try:
            backend_facts(told)
        except ValueError as error:
            fields = ", ".join(str(e["loc"][0]) for e in error.errors())  # type: ignore[attr-defined]
            raise FailedError(
                "error", f"what it tells of itself fits no record: {fields}"
            ) from None
        known = self.hello
        if known and any(known[name] != told[name] for name in ("backend", "device", "chip")):
            raise FailedError("error", "its process came back on another device")

    def open(self, entry: Entry) -> None:
        """Open a case, unless it is open in the worker that lives; keep what is told at first."""
        again = bool(entry.told)
        try:
            entry.kernel = self.ask("kernel", entry.case.message())
            told = self.ask("open", entry.index, entry.case.message())
        except FailedError as error:
            entry.fail(error)
            return
        if again and told["digest"] != entry.told["digest"]:
            entry.fail(FailedError("nondeterministic", "another process made another map"))
            return
        if again:
            entry.warnings.append("its process was started again after another case ended it")
        elif note := told.get("note"):
            entry.warnings.append(note)
        entry.told, entry.open = entry.told or told, True

    def end(self) -> None:
        """End the worker."""
        if self.worker is not None:
            self.worker.close()
        self.worker = None
        for entry in self.entries:
            entry.open = False


def backend_facts(told: dict[str, Any]) -> BackendFacts:
    """Return what a worker's hello tells of its backend.

    Raises:
        ValueError: it is of the wrong types.
    """
    return BackendFacts(
        name=told["backend"],
        device=told["device"],
        chip=told["chip"],
        version=told["version"],
        precision=told["precision"],
        environment=told["environment"],
        threads=told["threads"],
    )
