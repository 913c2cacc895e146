"""comparison: Records -> a table of times, ratios with intervals and verdicts."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from fractbench.bench.match import Row, flatten, rows
from fractbench.bench.record import TIMED, Record
from fractbench.bench.significance import LEVEL, WANDER, Difference, Launch, difference
from fractbench.errors import UsageError

SLOWED = 1.05
"""A calibration that differs by more between columns is worth a warning."""
TOLD = (
    "software.fractbench", "software.commit", "software.dirty", "software.python",
    "backend.version", "backend.threads", "kernel.source", "kernel.tile", "hardware.chip",
    "hardware.model", "hardware.gpu", "system.name", "system.release", "system.driver",
    "before.power", "before.power_mode",
)  # fmt: skip
"""The facts that a reader must know where columns differ in them."""


@dataclass(frozen=True)
class Cell:
    """Repetitions of one row in one column; times are there if every launch is proven.

    `seconds` is the median of the launches' medians, of one map; `rate` is in pixel-steps per
    second. `difference` is against the row's first column, None in it and where either has no time.
    """

    status: str
    launches: int
    seconds: float | None
    rate: float | None
    difference: Difference | None


@dataclass(frozen=True)
class Comparison:
    """The table: `shown` are the names in which rows differ, `constant` those they share."""

    columns: tuple[str, ...]
    shown: tuple[str, ...]
    constant: Mapping[str, str]
    rows: tuple[tuple[Mapping[str, str], tuple[Cell | None, ...]], ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def compare(
    columns: Mapping[str, Sequence[Record]],
    by: str = "file",
    level: float = LEVEL,
    wander: float = WANDER,
    anyway: bool = False,
) -> Comparison:
    """Compare every column with the first; see `significance.difference`.

    Raises:
        UsageError: they may not be compared (see `match.rows`).
    """
    found = rows(columns, by, anyway)
    cells = [(row.names, tuple(_cells(row, list(columns), level, wander))) for row in found]
    values = {name: {row.names[name] for row in found} for name in found[0].names}
    return Comparison(
        columns=tuple(columns),
        shown=tuple(name for name, seen in values.items() if len(seen) > 1),
        constant={name: min(seen) for name, seen in values.items() if len(seen) == 1},
        rows=tuple(cells),
        notes=tuple(_notes(columns)),
        warnings=tuple(_warnings(found, [c for _, row in cells for c in row if c])),
    )


def by_file(files: Sequence[tuple[str, Sequence[Record]]]) -> dict[str, Sequence[Record]]:
    """Return records by the shortest part of each path that tells it from the others.

    Raises:
        UsageError: a file is given twice.
    """
    paths = [Path(os.path.abspath(name)) for name, _ in files]
    twice = [str(files[n][0]) for n, path in enumerate(paths) if path in paths[:n]]
    if twice:
        raise UsageError(f"{twice[0]} is given twice; type different files")
    stems, depth = [path.with_suffix("") for path in paths], 1
    paths = stems if len(set(stems)) == len(paths) else paths
    while len({path.parts[-depth:] for path in paths}) < len(paths):
        depth += 1
    return {"/".join(path.parts[-depth:]): found
            for path, (_, found) in zip(paths, files, strict=True)}  # fmt: skip


def by_device(files: Sequence[tuple[str, Sequence[Record]]]) -> dict[str, Sequence[Record]]:
    """Return records by device and kernel, with the chip where there are several."""
    everything = [record for _, found in files for record in found]
    several = len({_chip(record) for record in everything}) > 1
    columns: dict[str, list[Record]] = {}
    for record in everything:
        name = f"{record.device} {record.kernel.name}" if record.kernel else record.device
        columns.setdefault(f"{name}, {_chip(record)}" if several else name, []).append(record)
    return dict(columns)


def _chip(record: Record) -> str:
    return record.backend.chip or record.hardware.chip


def _cells(row: Row, columns: Sequence[str], level: float, wander: float) -> list[Cell | None]:
    base = row.cells.get(columns[0], ())
    made: list[Cell | None] = []
    for column in columns:
        records = row.cells.get(column)
        if not records:
            made.append(None)
            continue
        seconds = _middle([r.summary.median_s if r.summary else None for r in records])
        rate = _middle([r.summary.pixel_steps_per_second if r.summary else None for r in records])
        found = None
        if records is not base and base and rate and all(r.summary for r in base):
            turns = len({str(r.hardware) for r in (*base, *records)}) == 1
            found = difference(_launches(base), _launches(records), level, wander, turns)
        made.append(Cell(_status(records), len(records), seconds, rate, found))
    return made


def _middle(values: Sequence[float | None]) -> float | None:
    """Return the median, None if a value is not there."""
    there = [value for value in values if value is not None]
    return float(np.median(there)) if len(there) == len(values) else None


def _status(records: Sequence[Record]) -> str:
    """Return the commonest status, of those without a time if there is one."""
    seen = Counter(record.verdict.status for record in records)
    untimed = [(status, count) for status, count in seen.most_common() if status not in TIMED]
    if not untimed:
        return seen.most_common(1)[0][0]
    status, count = untimed[0]
    return status if count == len(records) else f"{status} ({count} of {len(records)})"


def _launches(records: Sequence[Record]) -> list[Launch]:
    return [
        Launch(datetime.fromisoformat(r.time).timestamp() + r.samples.start_ns[0] / 1e9,
               r.summary.pixel_steps_per_second)
        for r in records if r.samples and r.summary
    ]  # fmt: skip


def _notes(columns: Mapping[str, Sequence[Record]]) -> list[str]:
    """Say in which facts the columns' records differ."""
    seen: dict[str, dict[str, list[Any]]] = {field: {} for field in TOLD}
    for column, records in columns.items():
        for record in records:
            for field, value in flatten(record, {f.partition(".")[0] for f in TOLD}):
                if field in seen and value not in seen[field].setdefault(column, []):
                    seen[field][column].append(value)
    return [
        f"{field}: " + " | ".join(f"{c} {', '.join(map(_short, v))}" for c, v in found.items())
        for field, found in seen.items()
        if len({str(sorted(map(str, values))) for values in found.values()}) > 1
    ]


def _short(value: object) -> str:
    text = "unknown" if value is None else str(value)
    return text[:12] if len(text) in (40, 64) else text


def _warnings(found: Sequence[Row], cells: Sequence[Cell]) -> list[str]:
    said = {}
    for row in found:
        times = {c: _calibration(r) for c, r in row.cells.items()}
        (base, first), *others = times.items()
        for column, (machine, time) in others:
            if first[1] and time and machine == first[0]:
                ratio = time / first[1]
                if max(ratio, 1 / ratio) > SLOWED:
                    said[column] = (
                        f"{column}: a fixed piece of work took {ratio:.2f} times as long as in "
                        f"{base}: the machine itself had changed, and the ratios have that in them"
                    )
    wide = [c.difference.told for c in cells if c.difference and c.difference.design != "pairs"]
    if wide:
        said[""] = (
            f"where launches did not take turns, less than {min(wide):.2f}x cannot be told; "
            "docs/comparing.md says how to find less"
        )
    return list(said.values())


def _calibration(records: Sequence[Record]) -> tuple[str, float | None]:
    """Return the machine and the device, and the median calibration time in nanoseconds."""
    times = [t for r in records if r.samples for t in r.samples.calibration_ns]
    machine = f"{records[0].hardware} {records[0].device}"
    return machine, float(np.median(times)) if times else None
