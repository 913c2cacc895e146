"""The columns of a table of records: what identifies a row, and what was measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fractbench.bench.records.record import Record, Summary
from fractbench.bench.tables.figures import bar, one_line, plain, three
from fractbench.bench.tables.wording import (
    chip,
    kernel_name,
    percent,
    short_digest,
    size,
    time_or_reason,
    window,
)

ABSENT = "-"
TIME = "time per map"


@dataclass(frozen=True)
class Column:
    """A head and the cell of a Record; None where it has nothing to show."""

    head: str
    cell: Callable[[Record], str | None]
    always: bool = False
    """Shown even if all cells are alike; the others are then named once above the table."""
    number: bool = False
    """Aligned to the right."""


def _measured(
    read: Callable[[Summary], float | None], write: Callable[[float], str]
) -> Callable[[Record], str | None]:
    """Return a cell of a figure in the Summary; there is none without a proof."""

    def cell(record: Record) -> str | None:
        value = None if record.summary is None else read(record.summary)
        return None if value is None else write(value)

    return cell


def _figure(
    head: str, read: Callable[[Summary], float | None], write: Callable[[float], str] = plain
) -> Column:
    """Return the column of a figure, which is shown wherever it is known."""
    return Column(head, _measured(read, write), always=True, number=True)


COLUMNS: tuple[Column, ...] = (
    Column("chip", chip),
    Column("device", lambda r: r.device, always=True),
    Column("problem", lambda r: r.spec.problem),
    Column("contract", lambda r: r.spec.contract),
    Column("dtype", lambda r: r.spec.dtype),
    Column("size", size),
    Column("steps", lambda r: str(r.spec.steps), number=True),
    Column("window", window),
    Column("draws", lambda r: None if r.spec.draws == "fixed" else r.spec.draws),
    Column("kernel", kernel_name),
    Column("status", lambda r: r.verdict.status, always=True),
    Column(TIME, time_or_reason, always=True),
    _figure("pixel-steps/s", lambda s: s.pixel_steps_per_second, three),
    _figure("GFLOP/s", lambda s: s.gflops),
    _figure("x published", lambda s: s.times_published),
    _figure("% of roofline", lambda s: s.roofline_share, percent),
    _figure("J/M pixel-steps", lambda s: s.joules_per_million),
    Column("digest", short_digest),
)


def bars(records: Sequence[Record]) -> Column:
    """Return a column of bars: throughput relative to the best of the records."""
    rates = [r.summary.pixel_steps_per_second for r in records if r.summary is not None]
    best = max(rates, default=1.0)
    draw = _measured(lambda s: s.pixel_steps_per_second / best, bar)
    return Column("of the best", draw, always=True)


def split(
    records: Sequence[Record], columns: Sequence[Column] = COLUMNS
) -> tuple[list[Column], list[tuple[str, str]]]:
    """Return the columns to show, and (head, cell) of those that are alike in all records."""
    shown, alike = [], []
    for column in columns:
        cells = {column.cell(record) for record in records}
        if cells == {None}:
            continue
        if len(cells) > 1 or column.always:
            shown.append(column)
        else:
            alike.append((column.head, cells.pop() or ABSENT))
    return shown, [(head, one_line(cell)) for head, cell in alike]


def cells(columns: Sequence[Column], records: Sequence[Record]) -> list[list[str]]:
    """Return a row of cells for every Record."""
    return [[one_line(column.cell(record) or ABSENT) for column in columns] for record in records]
