"""trace: a record's samples over time, and the fixed piece of work that ran between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fractbench.bench.records.record import Record
from fractbench.bench.report.chart import Axis, Point, Tick, seconds_label
from fractbench.bench.report.scale import linear
from fractbench.bench.tables.figures import three

_TOP = 10.0


@dataclass(frozen=True)
class Trace:
    """Times against the moment at which they began; `band` is the interval of the median."""

    title: str
    words: str
    height: int
    x: tuple[Tick, ...]
    y: tuple[Tick, ...]
    dots: tuple[tuple[Point, str], ...]
    median: float | None
    band: tuple[float, float] | None


def traces(record: Record) -> list[Trace]:
    """Return the Trace of the samples and that of the calibration, as far as there are any."""
    taken, found = record.samples, record.summary
    if taken is None or found is None:
        return []
    starts = [time / 1e9 for time in (*taken.start_ns, *taken.calibration_start_ns)]
    across = Axis(linear([0.0, *starts], most=4), 0, 100, seconds_label)
    band = (found.low_s, found.median_s, found.high_s)
    made = [_trace("Time per map", across, taken.start_ns, taken.per_pass(), 120, band)]
    if taken.calibration_ns:
        fixed = [time / 1e9 for time in taken.calibration_ns]
        title = "Fixed calibration work between them"
        made.append(_trace(title, across, taken.calibration_start_ns, fixed, 80, None))
    return made


def _trace(
    title: str,
    across: Axis,
    starts_ns: Sequence[int],
    seconds: Sequence[float],
    height: int,
    interval: tuple[float, float, float] | None,
) -> Trace:
    values = [*seconds, *(interval or ())]
    up = Axis(linear(values, most=height // 40), height - 26.0, _TOP, seconds_label)
    starts = [time / 1e9 for time in starts_ns]
    dots = [
        (Point(across.at(start), up.at(value)), f"{three(value, 's')} at {three(start, 's')}")
        for start, value in zip(starts, seconds, strict=True)
    ]
    shortest, longest = three(min(seconds), "s"), three(max(seconds), "s")
    words = f"{len(seconds)} times from {shortest} to {longest}"
    return Trace(
        title=title,
        words=words,
        height=height,
        x=tuple(across.ticks),
        y=tuple(up.ticks),
        dots=tuple(dots),
        median=up.at(interval[1]) if interval else None,
        band=(up.at(interval[2]), up.at(interval[0])) if interval else None,
    )
