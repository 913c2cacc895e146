"""comparison: Records -> a table of times, ratios with intervals and verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from fractbench.bench.compare.match import Row, rows
from fractbench.bench.compare.remarks import changed_machines, coarse, differing_facts
from fractbench.bench.compare.significance import LEVEL, Difference, Launch, difference, scatter
from fractbench.bench.records.record import TIMED, Record


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
    wander: float | None = None,
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
        notes=tuple(differing_facts(columns)),
        warnings=tuple(_warnings(found, cells)),
    )


def _cells(
    row: Row, columns: Sequence[str], level: float, wander: float | None
) -> list[Cell | None]:
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
               r.summary.pixel_steps_per_second, scatter(r.samples.per_pass()))
        for r in records if r.samples and r.summary
    ]  # fmt: skip


def _warnings(
    found: Sequence[Row], cells: Sequence[tuple[object, Sequence[Cell | None]]]
) -> list[str]:
    differences = [c.difference for _, row in cells for c in row if c and c.difference]
    return [*changed_machines(found), *coarse(differences)]
