"""Entry: a Record with what a page needs besides: a name, a colour and the rate of every sample."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from fractbench.bench.records.record import Record
from fractbench.bench.tables.wording import chip, kernel_name, size

COLORS = 8
SHAPES = 4
Key = TypeVar("Key", str, tuple[str, str])


@dataclass(frozen=True)
class Entry:
    """One Record; `color` is its device's, `shape` its kernel's."""

    record: Record
    name: str
    color: int
    shape: int

    @property
    def device(self) -> str:
        """``backend:device``."""
        return self.record.device

    @property
    def chip(self) -> str:
        """The chip that it ran on."""
        return chip(self.record)

    @property
    def kernel(self) -> str | None:
        """The kernel's name; the published method, run for comparison, says so."""
        return kernel_name(self.record)

    @property
    def status(self) -> str:
        """The verdict's status."""
        return self.record.verdict.status

    @property
    def case(self) -> str:
        """What was asked for, in words."""
        spec = self.record.spec
        return f"{spec.problem}, {spec.contract} {spec.dtype}, {size(self.record)}"

    @property
    def pixels(self) -> int:
        """The pixels of the map."""
        return math.prod(self.record.spec.size)

    @cached_property
    def rate(self) -> float | None:
        """Pixel-steps per second at the median; None without a proof."""
        found = self.record.summary
        return None if found is None else shown(found.pixel_steps_per_second)

    @cached_property
    def interval(self) -> tuple[float, float] | None:
        """The interval of `rate`, lowest first."""
        found = self.record.summary
        if found is None or self.rate is None:
            return None
        low, high = (shown(self._per_second(time)) for time in (found.high_s, found.low_s))
        return (low, high) if low is not None and high is not None else None

    @cached_property
    def rates(self) -> list[float]:
        """Pixel-steps per second of every sample, in order of time."""
        if self.record.samples is None or self.rate is None:
            return []
        rates = [self._per_second(time) for time in self.record.samples.per_pass()]
        return [rate for rate in rates if shown(rate)]

    @cached_property
    def share(self) -> float | None:
        """Share of the roofline at the median."""
        found = self.record.summary
        return None if found is None else shown(found.roofline_share)

    def _per_second(self, seconds: float) -> float:
        return self.pixels * self.record.spec.steps / seconds if seconds > 0 else math.inf


def shown(value: float | None) -> float | None:
    """Return a value that an axis can show, else None."""
    return value if value is not None and math.isfinite(value) and value > 0 else None


def entries(records: Iterable[Record]) -> list[Entry]:
    """Return every different Record once, by case, the fastest first and the failed ones last.

    The order of the given Records makes no difference.
    """
    lines = {record.line(): record for record in records}
    ordered = sorted(lines.items(), key=lambda item: (*_place(item[1]), item[0]))
    devices = _numbers([(r.device, chip(r)) for _, r in ordered])
    kernels = _numbers([r.kernel.name if r.kernel else "" for _, r in ordered])
    return [
        Entry(
            record,
            "r-" + hashlib.sha256(line.encode()).hexdigest()[:12],
            devices[record.device, chip(record)] % COLORS,
            kernels[record.kernel.name if record.kernel else ""] % SHAPES,
        )
        for line, record in ordered
    ]


def _place(record: Record) -> tuple[object, ...]:
    spec, found = record.spec, record.summary
    rate = found.pixel_steps_per_second if found else 0.0
    case = (spec.problem, spec.contract, spec.dtype, math.prod(spec.size), spec.size, spec.steps)
    return (*case, spec.key, found is None, -rate, record.device)


def _numbers(values: Sequence[Key]) -> dict[Key, int]:
    """Return a number for every different value, in order."""
    return {value: number for number, value in enumerate(dict.fromkeys(sorted(values)))}
