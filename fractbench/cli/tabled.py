"""print_records: records on stdout in any of their formats, their warnings on stderr."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from fractbench.bench.records.record import Record
from fractbench.bench.tables.columns import TIME
from fractbench.bench.tables.formats import format_records, rows, shared, warnings_of
from fractbench.cli.show import print_table, say

REASON = 40
"""The characters of a reason that fit into a cell; a longer one also stands below the table."""


def print_records(records: Sequence[Record], form: str = "table") -> None:
    """Print records: as a ruled table with bars on a terminal, else as `format_records` has them.

    Raises:
        UsageError: there is no such format.
    """
    long: list[str] = []
    if form == "table" and records and sys.stdout.isatty():
        long = _ruled(records)
    else:
        print(format_records(records, form), end="")
    sys.stdout.flush()
    for line in long:
        say(line)
    for line in warnings_of(records):
        say(f"warning: {line}")


def _ruled(records: Sequence[Record]) -> list[str]:
    """Print the table, and return the reasons that were cut."""
    heads, cells = rows(records, bars=True)
    column, cut = heads.index(TIME), []
    for record, row in zip(records, cells, strict=True):
        if record.summary is None and len(row[column]) > REASON:
            cut.append(f"{record.device}: {row[column]}")
            row[column] = f"{row[column][: REASON - 1]}…"
    if said := shared(records):
        print(said)
    print_table(heads, cells)
    return cut
