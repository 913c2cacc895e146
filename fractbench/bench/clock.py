"""Clock: all the time that the benchmark knows, so that a test can script it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Monotonic nanoseconds, the date, and a way to wait."""

    name: str

    def ns(self) -> int:
        """Return monotonic nanoseconds."""

    def date(self) -> str:
        """Return the date and time in UTC, ISO 8601, whole seconds."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class WallClock:
    """The machine's own clock."""

    name = "perf_counter_ns"

    def ns(self) -> int:
        """Return `time.perf_counter_ns`."""
        return time.perf_counter_ns()

    def date(self) -> str:
        """Return the date and time."""
        return datetime.now(UTC).isoformat(timespec="seconds")

    def sleep(self, seconds: float) -> None:
        """Wait."""
        if seconds > 0:
            time.sleep(seconds)
