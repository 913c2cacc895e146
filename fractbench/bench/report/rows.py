"""rows: throughput and efficiency of the records of one case, a row each, every sample a dot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from fractbench.bench.report.chart import Axis, Point, down, rate_label, share_label, share_text
from fractbench.bench.report.entry import Entry
from fractbench.bench.report.scale import linear, logarithmic
from fractbench.bench.tables.figures import three
from fractbench.bench.tables.wording import size

HEIGHT = 28
"""Pixels of a row's strip."""
_EDGE = 7.0


@dataclass(frozen=True)
class Strip:
    """Samples as dots, from top to bottom in order of time; their median and its interval."""

    dots: tuple[Point, ...]
    median: float
    interval: tuple[float, float] | None
    value: str
    words: str


@dataclass(frozen=True)
class Row:
    """One record; a strip is None where there is nothing to show."""

    entry: Entry
    rate: Strip | None
    share: Strip | None


@dataclass(frozen=True)
class Group:
    """The records of one case and the axes that they share."""

    title: str
    rate: Axis | None
    share: Axis | None
    rows: tuple[Row, ...]


def groups(entries: Sequence[Entry]) -> list[Group]:
    """Return a Group for every case; the entries are in order of cases."""
    cases = groupby(entries, key=lambda e: (e.case, e.record.spec.steps, e.record.spec.key))
    return [_group(list(alike)) for _, alike in cases]


def _group(alike: Sequence[Entry]) -> Group:
    spec = alike[0].record.spec
    title = f"{spec.problem}, {spec.contract} {spec.dtype}, {size(alike[0].record)}, {spec.steps}"
    rates = [value for e in alike for value in (*e.rates, *(e.interval or ()), *_known(e.rate))]
    shares = [value for e in alike for value in _shares(e, [*e.rates, *(e.interval or ())])]
    shares += [value for e in alike for value in _known(e.share)]
    rate = Axis(logarithmic(rates), 2, 98, rate_label) if rates else None
    share = Axis(linear([1.0, *shares], 0.0), 2, 98, share_label) if shares else None
    made = [Row(entry, _strip(entry, rate), _strip_of_share(entry, share)) for entry in alike]
    return Group(f"{title} steps", rate, share, tuple(made))


def _known(value: float | None) -> list[float]:
    return [] if value is None else [value]


def _shares(entry: Entry, rates: Sequence[float]) -> list[float]:
    """Return rates as shares of the roofline."""
    if entry.share is None or entry.rate is None:
        return []
    return [rate / entry.rate * entry.share for rate in rates]


def _strip(entry: Entry, axis: Axis | None) -> Strip | None:
    if axis is None or entry.rate is None:
        return None
    return _laid(axis, entry.rates, entry.rate, entry.interval, three, "pixel-steps per second")


def _strip_of_share(entry: Entry, axis: Axis | None) -> Strip | None:
    if axis is None or entry.share is None:
        return None
    ends = _shares(entry, entry.interval or ())
    interval = (ends[0], ends[1]) if ends else None
    samples = _shares(entry, entry.rates)
    return _laid(axis, samples, entry.share, interval, share_text, "of the roofline")


def _laid(
    axis: Axis,
    samples: Sequence[float],
    median: float,
    interval: tuple[float, float] | None,
    write: Callable[[float], str],
    unit: str,
) -> Strip:
    places = down(len(samples), _EDGE, HEIGHT - _EDGE)
    dots = [Point(axis.at(value), y) for value, y in zip(samples, places, strict=True)]
    words = f"Median {write(median)} {unit}"
    if interval:
        words += f", interval {write(interval[0])} to {write(interval[1])}"
    words += f", {len(samples)} samples"
    ends = (axis.at(interval[0]), axis.at(interval[1])) if interval else None
    return Strip(tuple(dots), axis.at(median), ends, write(median), words)
