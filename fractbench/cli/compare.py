"""``fractbench compare``: records side by side, the first column being the base."""

from __future__ import annotations

import csv
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fractbench.cli.show import print_json, print_table, say
from fractbench.errors import UsageError, nearest

if TYPE_CHECKING:
    from fractbench.bench.comparison import Cell, Comparison

FORMATS = ("table", "md", "json", "csv")
SIDES = ("file", "device")


def compare(
    files: Annotated[list[str], typer.Argument(help="files of records; the first is the base")],
    by: Annotated[str, typer.Option(help="what the columns are: file or device")] = "file",
    format: Annotated[str, typer.Option(help="table, md, json or csv")] = "table",
    level: Annotated[float | None, typer.Option(help="of the intervals; 0.99 if none")] = None,
    wander: Annotated[
        float | None, typer.Option(help="how far this machine's speed wanders: docs/comparing.md")
    ] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="even if specs, digests or flags differ")
    ] = False,
) -> None:
    """Compare records: times, how many times faster, and whether the difference is real."""
    _allowed(format, FORMATS, "--format")
    _allowed(by, SIDES, "--by")
    from fractbench.bench import comparison
    from fractbench.bench.records import read
    from fractbench.bench.significance import LEVEL, WANDER

    level = _number(level, LEVEL, "--level", 0.5, 0.999)
    wander = _number(wander, WANDER, "--wander", 0, 10)
    held = [(name, read(name)) for name in files]
    columns = comparison.by_file(held) if by == "file" else comparison.by_device(held)
    found = comparison.compare(columns, by, level, wander, anyway)
    printers = {"json": _json, "csv": _csv, "md": _markdown, "table": _table}
    printers[format](found, level)
    for words in found.warnings if format != "md" else ():
        say(f"warning: {words}")


def _allowed(value: str, allowed: tuple[str, ...], option: str) -> None:
    if value not in allowed:
        raise UsageError(
            f"unknown {option[2:]} {value!r}{nearest(value, allowed)}; type {option} with one of: "
            f"{', '.join(allowed)}"
        )


def _number(value: float | None, default: float, option: str, low: float, high: float) -> float:
    if value is not None and not low <= value <= high:
        raise UsageError(f"{option} {value} is not allowed; type a number from {low} to {high}")
    return default if value is None else value


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
    from fractbench.bench.figures import three

    launches = f" ({cell.launches} launches)" if cell.launches > 1 else ""
    return three(cell.seconds, "s") + launches


def _ratio(cell: Cell | None) -> str:
    """Return how many times faster, with the interval; never per cent."""
    if cell is None or cell.difference is None:
        return "-"
    one = cell.difference
    numbers = f"({one.low:.2f}-{one.high:.2f})"
    if one.verdict == "faster":
        return f"{one.ratio:.2f}x faster {numbers}"
    if one.verdict == "slower":
        return f"{one.ratio:.2f}x, slower {numbers}"
    return f"no difference: {one.ratio:.2f}x {numbers}"


def _table(found: Comparison, level: float) -> None:
    heads, lines = _cells(found)
    print_table(heads, lines)
    for words in _below(found, level):
        print(words)


def _markdown(found: Comparison, level: float) -> None:
    heads, lines = _cells(found)
    print("| " + " | ".join(heads) + " |")
    print("| " + " | ".join("---" for _ in heads) + " |")
    for line in lines:
        print("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |")
    print()
    for words in (*_below(found, level), *(f"warning: {w}" for w in found.warnings)):
        print(f"- {words}")


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


def _json(found: Comparison, level: float) -> None:
    print_json({
        "schema": "fractbench.comparison/1", "base": found.columns[0], "level": level,
        "cells": _objects(found), "differs": list(found.notes), "warnings": list(found.warnings),
    })  # fmt: skip


def _csv(found: Comparison, level: float) -> None:
    objects = _objects(found)
    writer = csv.DictWriter(sys.stdout, list(objects[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(objects)
