"""measure: what a device can do through its framework, measured by the Backend's Probes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import perf_counter_ns

from fractbench.arithmetic.formats import FLOAT32, Format
from fractbench.backend import PROBES, Backend, Device, Probe
from fractbench.bench.records.facts import Hardware
from fractbench.bench.records.record import Roofline
from fractbench.bench.roofline.peaks import peak

Clock = Callable[[], int]
"""Returns nanoseconds."""

MILLISECOND = 1_000_000
SAMPLE, SAMPLES = 30 * MILLISECOND, 5
"""A run takes at least as long, and the best of so many counts."""
ENOUGH = 400 * MILLISECOND
"""Runs of one Probe end early once they took as long together."""
PIECE = 10 * MILLISECOND
"""What a calibration takes, about."""


def measure(
    backend: Backend,
    device: Device,
    fmt: Format,
    clock: Clock = perf_counter_ns,
    hardware: Hardware | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Roofline:
    """Run every Probe that the Backend has; what it has not or what fails is None.

    Args:
        backend: whose Probes.
        device: where.
        fmt: the dtype of the numbers.
        clock: nanoseconds; scripted in tests.
        hardware: the machine; with it, the maker's own figure for float32 is looked up.
        say: is told why something failed, a line each.
    """
    found: dict[str, float | None] = {}
    for kind in PROBES:
        try:
            probe = backend.probe(kind, device, fmt)
            found[kind] = None if probe is None else rate(probe, clock)
        except Exception as error:
            found[kind] = None
            say(f"{device}: {kind} fails: {_brief(error)}")
    launches = found.pop("launch")
    known = peak(device, hardware) if hardware is not None and fmt is FLOAT32 else None
    top, source = known or (None, None)
    return Roofline(
        **{"copy_rate" if kind == "copy" else kind: value for kind, value in found.items()},
        launch=None if launches is None else 1 / launches,
        peak=top,
        peak_source=source,
    )


def rate(probe: Probe, clock: Clock = perf_counter_ns) -> float:
    """Return a Probe's work per second in its best run, after one that warms up.

    Raises:
        ArithmeticError: that is no positive number.
    """
    probe.run(1)
    count, took = _long_enough(probe, clock, SAMPLE)
    best, spent = took, took
    for _ in range(SAMPLES - 1):
        if spent >= ENOUGH:
            break
        took = timed(probe, count, clock)
        best, spent = min(best, took), spent + took
    found = probe.work * count / best * 1e9
    if not (math.isfinite(found) and found > 0):
        raise ArithmeticError(f"a rate of {found}")
    return found


def calibration(backend: Backend, device: Device, clock: Clock = perf_counter_ns) -> Piece | None:
    """Return a fixed piece of work of about 10 ms; other processes may size it otherwise.

    It is the device's multiply and add in float32. A Backend without that Probe gets NumPy's, which
    at least shows the host's clock; None if neither can be had.
    """
    own = partial(backend.probe, "multiply_add", device, FLOAT32)
    for made in (own, _host):
        try:
            probe = made()
            if probe is not None:
                return _piece(probe, clock)
        except Exception:
            continue
    return None


def timed(probe: Probe, count: int, clock: Clock) -> int:
    """Return the nanoseconds of one run, at least one."""
    begun = clock()
    probe.run(count)
    return max(clock() - begun, 1)


@dataclass(frozen=True)
class Piece:
    """A fixed piece of work, in operations; calling it does it and returns its nanoseconds."""

    probe: Probe
    count: int
    clock: Clock

    @property
    def work(self) -> float:
        """Return the operations."""
        return self.probe.work * self.count

    def __call__(self) -> int:
        """Do the work."""
        return timed(self.probe, self.count, self.clock)


def _piece(probe: Probe, clock: Clock) -> Piece:
    probe.run(1)
    count, took = _long_enough(probe, clock, PIECE)
    return Piece(probe, max(1, round(count * PIECE / took)), clock)


def _long_enough(probe: Probe, clock: Clock, wanted: int) -> tuple[int, int]:
    """Return a count whose run takes at least as long as wanted, and how long it took."""
    count = 1
    while (took := timed(probe, count, clock)) < wanted:
        # A little more than the time asks for, since a longer run has less of what is paid once.
        count = max(2 * count, math.ceil(1.1 * count * wanted / took)) if took > 1 else 10 * count
    return count, took


def _host() -> Probe | None:
    from fractbench.registry import load

    numpy = load("numpy")
    return numpy.probe("multiply_add", numpy.device(None), FLOAT32)


def _brief(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
