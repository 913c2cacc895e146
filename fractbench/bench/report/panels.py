"""panels: throughput and efficiency against the size of the map, a line for a device and kernel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median

from fractbench.bench.report.chart import Axis, Point, Tick, rate_label, share_label
from fractbench.bench.report.entry import Entry, shown
from fractbench.bench.report.scale import Scale, linear, logarithmic
from fractbench.bench.tables.wording import size

HEIGHT = 260
_TOP, _BOTTOM = 16.0, 230.0


@dataclass(frozen=True)
class Series:
    """One device and kernel: every sample, and the medians that the line runs through."""

    color: int
    shape: int
    dots: tuple[Point, ...]
    medians: tuple[Point, ...]


@dataclass(frozen=True)
class Plot:
    """One quantity against size."""

    title: str
    x: tuple[Tick, ...]
    y: tuple[Tick, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True)
class Key:
    """A line of the legend."""

    color: int
    shape: int
    label: str


@dataclass(frozen=True)
class Panel:
    """What is comparable: one problem under one arithmetic, and its plots."""

    title: str
    plots: tuple[Plot, ...]
    keys: tuple[Key, ...]


def panels(entries: Sequence[Entry]) -> list[Panel]:
    """Return a Panel for every problem, arithmetic and step count seen at two sizes or more."""
    timed = sorted((e for e in entries if e.rates and e.pixels > 0), key=_problem)
    made = [_panel(list(alike)) for _, alike in groupby(timed, key=_problem)]
    return [panel for panel in made if panel is not None]


def _problem(entry: Entry) -> tuple[str, str, str, int]:
    spec = entry.record.spec
    return spec.problem, spec.contract, spec.dtype, spec.steps


def _series(entry: Entry) -> tuple[str, str, str]:
    return entry.device, entry.chip, entry.kernel or ""


def _panel(alike: Sequence[Entry]) -> Panel | None:
    if len({e.pixels for e in alike}) < 2:
        return None
    lines = [list(line) for _, line in groupby(sorted(alike, key=_series), key=_series)]
    problem, contract, dtype, steps = _problem(alike[0])
    plots = [_plot("Pixel-steps per second", lines, lambda e: e.rates, logarithmic, rate_label)]
    if any(e.share for e in alike):
        plots.append(_plot("Share of the roofline", lines, _shares, _whole, share_label))
    keys = [Key(line[0].color, line[0].shape, " · ".join(_series(line[0]))) for line in lines]
    title = f"{problem}, {contract} {dtype}, {steps} steps"
    return Panel(title, tuple(plots), tuple(keys))


def _shares(entry: Entry) -> list[float]:
    if entry.share is None or entry.rate is None:
        return []
    shares = [rate / entry.rate * entry.share for rate in entry.rates]
    return [share for share in shares if shown(share)]


def _whole(values: Sequence[float]) -> Scale:
    return linear([1.0, *values], 0.0)


def _plot(
    title: str,
    lines: Sequence[Sequence[Entry]],
    read: Callable[[Entry], list[float]],
    scale: Callable[[Sequence[float]], Scale],
    label: Callable[[float], str],
) -> Plot:
    every = [entry for line in lines for entry in line]
    pixels = sorted({entry.pixels for entry in every})
    names = {entry.pixels: size(entry.record) for entry in every}
    ends = Scale(pixels[0], pixels[-1], True, tuple(float(count) for count in pixels))
    x = Axis(ends, 14, 92, lambda count: names[round(count)])
    y = Axis(scale([value for entry in every for value in read(entry)]), _BOTTOM, _TOP, label)
    made = [_line(line, read, x, y) for line in lines]
    return Plot(title, tuple(x.ticks), tuple(y.ticks), tuple(made))


def _line(
    line: Sequence[Entry], read: Callable[[Entry], list[float]], x: Axis, y: Axis
) -> Series:  # fmt: skip
    found: dict[int, list[float]] = {}
    for entry in line:
        found.setdefault(entry.pixels, []).extend(read(entry))
    held = {pixels: values for pixels, values in sorted(found.items()) if values}
    dots = [Point(x.at(pixels), y.at(value)) for pixels, values in held.items() for value in values]
    medians = [Point(x.at(pixels), y.at(median(values))) for pixels, values in held.items()]
    return Series(line[0].color, line[0].shape, tuple(dots), tuple(medians))
