"""How a Comparison is printed: a table, Markdown, JSON or CSV.

Records may come from strangers: no text of theirs reaches a terminal with control characters, or
Markdown as markup.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fractbench.cli.show import print_json, print_table

if TYPE_CHECKING:
    from fractbench.bench.compare.comparison import Cell, Comparison


def _cells(found: Comparison) -> tuple[list[str], list[list[str]]]:
    """Return heads and rows of text."""
    base, *others = found.columns
    heads = [*found.shown, base, *(head for c in others for head in (c, f"{c} is"))]
    lines = []
    for names, cells in found.rows:
        line = [names[name] for name in found.shown] + [_time(cells[0])]
        for cell in cells[1:]:
            line += [_time(cell), _ratio(cell)]
        lines.append(line)
    return heads, lines


def _time(cell: Cell | None) -> str:
    if cell is None:
        return "-"
    if cell.seconds is None:
        return cell.status
    from fractbench.bench.tables.figures import three

    launches = f" ({cell.launches} launches)" if cell.launches > 1 else ""
    return three(cell.seconds, "s") + launches


def _ratio(cell: Cell | None) -> str:
    """Return how many times faster, with the interval; never per cent."""
    if cell is None or cell.difference is None:
        return "-"
    one = cell.difference
    ratio, low, high = map(_times, (one.ratio, one.low, one.high))
    if one.verdict == "faster":
        return f"{ratio}x faster ({low}-{high})"
    if one.verdict == "slower":
        return f"{ratio}x, slower ({low}-{high})"
    return f"no difference: {ratio}x ({low}-{high})"


def _times(ratio: float) -> str:
    """Return two decimals, or two digits where those would say nothing."""
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.2g}"


def print_plain(found: Comparison, level: float) -> None:
    """Print columns, with what they share and differ in below."""
    from fractbench.bench.tables.figures import one_line

    heads, lines = _cells(found)
    print_table([one_line(head) for head in heads], [[one_line(c) for c in row] for row in lines])
    for words in _below(found, level):
        print(one_line(words))


def print_markdown(found: Comparison, level: float) -> None:
    """Print what pastes into an issue, its warnings too."""
    from fractbench.bench.tables.markdown import escape, markdown

    heads, lines = _cells(found)
    print(markdown([escape(head) for head in heads], lines))
    for words in (*_below(found, level), *(f"warning: {w}" for w in found.warnings)):
        print(f"- {escape(words)}")


def _below(found: Comparison, level: float) -> list[str]:
    shared = ", ".join(f"{name} {value}" for name, value in found.constant.items())
    return [
        *([f"in all rows: {shared}"] if shared else []),
        f"times are medians; x faster than {found.columns[0]}, with intervals of {level:.4g}",
        *(f"differs: {note}" for note in found.notes),
    ]


def _objects(found: Comparison) -> list[dict[str, Any]]:
    """Return a flat object for every cell."""
    made = []
    for names, cells in found.rows:
        for column, cell in zip(found.columns, cells, strict=True):
            if cell is None:
                continue
            one = cell.difference
            keys = ("ratio", "low", "high", "design", "pairs")
            told = dict.fromkeys(keys) if one is None else asdict(one)
            verdict = one.verdict if one else None
            made.append({**names, "column": column, "status": cell.status,
                         "launches": cell.launches, "seconds": cell.seconds,
                         "pixel_steps_per_second": cell.rate, **told,
                         "verdict": verdict})  # fmt: skip
    return made


def print_object(found: Comparison, level: float) -> None:
    """Print one JSON object."""
    print_json({
        "schema": "fractbench.comparison/1", "base": found.columns[0], "level": level,
        "cells": _objects(found), "differs": list(found.notes), "warnings": list(found.warnings),
    })  # fmt: skip


def print_csv(found: Comparison, level: float) -> None:
    """Print a line for every cell."""
    objects = _objects(found)
    writer = csv.DictWriter(sys.stdout, list(objects[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(objects)


PRINTERS = {"table": print_plain, "md": print_markdown, "json": print_object, "csv": print_csv}
