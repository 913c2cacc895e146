"""The table of results: what each cell says, and by what it sorts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fractbench.bench.records.record import Summary
from fractbench.bench.report.entry import Entry
from fractbench.bench.tables.figures import plain, three
from fractbench.bench.tables.wording import short_digest, size

ABSENT = "–"  # noqa: RUF001
Sortable = str | float | None


@dataclass(frozen=True)
class Cell:
    """A cell's text and a smaller second line; `value` is what it sorts by, None always last."""

    text: str
    value: Sortable
    note: str = ""


@dataclass(frozen=True)
class Column:
    """A head; `kind` tells the template how to show a cell, `number` how to align and sort it."""

    head: str
    cell: Callable[[Entry], Cell]
    kind: str = "text"
    number: bool = False


@dataclass(frozen=True)
class Line:
    """One row of the table."""

    entry: Entry
    cells: tuple[tuple[Column, Cell], ...]


def lines(entries: Sequence[Entry]) -> list[Line]:
    """Return a row for every record."""
    return [Line(e, tuple((column, column.cell(e)) for column in COLUMNS)) for e in entries]


def _text(read: Callable[[Entry], str | None]) -> Callable[[Entry], Cell]:
    def cell(entry: Entry) -> Cell:
        found = read(entry)
        return Cell(found or ABSENT, found)

    return cell


def _measured(
    read: Callable[[Summary], float | None], write: Callable[[float], str]
) -> Callable[[Entry], Cell]:
    def cell(entry: Entry) -> Cell:
        value = None if entry.record.summary is None else read(entry.record.summary)
        return Cell(ABSENT if value is None else write(value), value)

    return cell


def _hundredths(share: float) -> str:
    return plain(share * 100)


def _device(entry: Entry) -> Cell:
    return Cell(entry.device, f"{entry.device} {entry.chip}", entry.chip)


def _status(entry: Entry) -> Cell:
    return Cell(entry.status, entry.status, entry.record.verdict.reason or "")


def _kernel(entry: Entry) -> Cell:
    kernel, protocol = entry.record.kernel, entry.record.protocol
    notes = ["baseline"] if entry.record.role == "baseline" else []
    if kernel is not None and kernel.early_exit:
        notes.append("early exit")
    if protocol.launches > 1:
        notes.append(f"launch {protocol.launch + 1} of {protocol.launches}")
    return Cell(kernel.name if kernel else ABSENT, entry.kernel, ", ".join(notes))


def _rate(entry: Entry) -> Cell:
    if entry.rate is None:
        return Cell(ABSENT, None)
    ends = entry.interval
    note = f"{three(ends[0])} to {three(ends[1])}" if ends else ""
    return Cell(three(entry.rate), entry.rate, note)


COLUMNS: tuple[Column, ...] = (
    Column("Device", _device, "device"),
    Column("Problem", _text(lambda e: e.record.spec.problem)),
    Column("Contract", _text(lambda e: e.record.spec.contract)),
    Column("dtype", _text(lambda e: e.record.spec.dtype)),
    Column("Size", lambda e: Cell(size(e.record), float(e.pixels)), number=True),
    Column("Steps", lambda e: Cell(f"{e.record.spec.steps:,}", float(e.record.spec.steps)),
           number=True),
    Column("Kernel", _kernel),
    Column("Status", _status, "status"),
    Column("Pixel-steps/s", _rate, number=True),
    Column("GFLOP/s", _measured(lambda s: s.gflops, plain), number=True),
    Column("×\npublished", _measured(lambda s: s.times_published, plain),  # noqa: RUF001
           number=True),
    Column("% of\nroofline", _measured(lambda s: s.roofline_share, _hundredths), number=True),
    Column("J per M\npixel-steps", _measured(lambda s: s.joules_per_million, plain), number=True),
    Column("Digest", _text(lambda e: short_digest(e.record)), "digest"),
)  # fmt: skip
