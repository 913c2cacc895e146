"""formats: records as a table, as Markdown, CSV or JSON.

A record whose map is not proven shows its status and the reason, never a time.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from fractbench.bench.records.record import Record
from fractbench.bench.tables import columns
from fractbench.bench.tables.figures import one_line
from fractbench.bench.tables.flat import FLAT, flat
from fractbench.bench.tables.markdown import escape, markdown
from fractbench.errors import UsageError, nearest

FORMATS = ("table", "md", "csv", "json", "jsonl")


def record_format(text: str) -> str:
    """Read a --format of records.

    Raises:
        UsageError: there is none of that name.
    """
    if text in FORMATS:
        return text
    allowed = ", ".join(FORMATS)
    raise UsageError(f"unknown format {text!r}{nearest(text, FORMATS)}; type one of: {allowed}")


def format_records(records: Sequence[Record], form: str) -> str:
    """Return records in one of `FORMATS`, ending in a newline; nothing for no records.

    Raises:
        UsageError: there is no such format.
    """
    form = record_format(form)
    if form == "json":
        return "[" + ",\n".join(record.line() for record in records) + "]\n"
    if form == "jsonl":
        return "".join(record.line() + "\n" for record in records)
    if form == "csv":
        return _csv(records)
    if not records:
        return ""
    return (_markdown if form == "md" else _plain)(records)


def rows(records: Sequence[Record], bars: bool = False) -> tuple[list[str], list[list[str]]]:
    """Return the heads and the rows of a table; `bars` adds throughput relative to the best.

    Columns that are alike in all records are in `shared` instead; absent ones are left out.
    """
    shown = _shown(records, bars)
    return [column.head for column in shown], columns.cells(shown, records)


def shared(records: Sequence[Record]) -> str:
    """Return what all records have in common: ``problem tanh, contract strict, ...``."""
    return ", ".join(f"{head} {cell}" for head, cell in columns.split(records)[1])


def warnings_of(records: Sequence[Record]) -> list[str]:
    """Return every warning once, with the devices that it holds for, in order of appearance."""
    found: dict[str, dict[str, None]] = {}
    for record in records:
        for text in record.warnings:
            found.setdefault(one_line(text), {})[one_line(record.device)] = None
    return [f"{', '.join(devices)}: {text}" for text, devices in found.items()]


def _shown(records: Sequence[Record], bars: bool = False) -> list[columns.Column]:
    shown = columns.split(records)[0]
    return [*shown, columns.bars(records)] if bars and records else shown


def _plain(records: Sequence[Record]) -> str:
    """Return aligned columns; a row without a proof ends with its reason, however long that is."""
    shown = _shown(records)
    heads, table = [column.head for column in shown], columns.cells(shown, records)
    reason = heads.index(columns.TIME)
    proven = [record.summary is not None for record in records]
    wide = [row if told else row[:reason] for row, told in zip(table, proven, strict=True)]
    widths = [max(len(row[i]) for row in [heads, *wide] if i < len(row)) for i in range(len(heads))]
    cut = [row if told else row[: reason + 1] for row, told in zip(table, proven, strict=True)]
    return _said(shared(records)) + "".join(_line(row, widths, shown) for row in [heads, *cut])


def _line(row: Sequence[str], widths: Sequence[int], shown: Sequence[columns.Column]) -> str:
    sides = zip(row, widths, shown, strict=False)
    padded = (cell.rjust(w) if column.number else cell.ljust(w) for cell, w, column in sides)
    return "  ".join(padded).rstrip() + "\n"


def _markdown(records: Sequence[Record]) -> str:
    shown = _shown(records)
    heads, right = [column.head for column in shown], [column.number for column in shown]
    table = markdown(heads, columns.cells(shown, records), right)
    return _said(escape(shared(records))) + table


def _said(text: str) -> str:
    return f"{text}\n\n" if text else ""


def _csv(records: Sequence[Record]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(FLAT)
    writer.writerows(flat(record) for record in records)
    return out.getvalue()
