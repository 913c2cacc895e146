"""Failure: why a case has no time, as one of the statuses of a Record."""

from __future__ import annotations

from fractbench.bench.records.record import Status
from fractbench.errors import BackendUnavailableError, CanaryError, UsageError


class FailedError(Exception):
    """A case ended without a time; the text may be shared."""

    def __init__(self, status: Status, reason: str) -> None:
        """Keep the status and the reason."""
        super().__init__(reason)
        self.status: Status = status
        self.reason = reason


MEMORY = ("out of memory", "resource_exhausted", "bad_alloc", "outofmemory", "unable to allocate")
"""What the frameworks' errors say when memory ran out; each has a type of its own."""


def failure(error: BaseException) -> FailedError:
    """Return any error as a FailedError, fit to be shared."""
    from fractbench.bench.machine.privacy import clean

    if isinstance(error, FailedError):
        return error
    kind, text = type(error).__name__, str(error)
    said = f"{kind} {text}".lower()
    if isinstance(error, MemoryError) or any(word in said for word in MEMORY):
        return FailedError("out-of-memory", clean(f"{kind}: {text}"))
    if isinstance(error, UsageError | BackendUnavailableError):
        return FailedError("unavailable", clean(text))
    if isinstance(error, CanaryError):
        return FailedError("mismatch", clean(text))
    return FailedError("error", clean(f"{kind}: {text}"))
