"""``fractbench compare``: records side by side, the first column being the base."""

from __future__ import annotations

from typing import Annotated

import typer

from fractbench.cli.compared import PRINTERS
from fractbench.cli.show import say
from fractbench.errors import UsageError, nearest

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
    _allowed(format, tuple(PRINTERS), "--format")
    _allowed(by, SIDES, "--by")
    from fractbench.bench.compare.comparison import compare as side_by_side
    from fractbench.bench.compare.labels import by_device, by_file
    from fractbench.bench.compare.significance import LEVEL
    from fractbench.bench.records.files import read
    from fractbench.bench.tables.figures import one_line

    level = _number(level, "--level", 0.5, 0.999) or LEVEL
    wander = _number(wander, "--wander", 0, 10)
    held = [(name, read(name)) for name in files]
    columns = by_file(held) if by == "file" else by_device(held)
    found = side_by_side(columns, by, level, wander, anyway)
    PRINTERS[format](found, level)
    for words in found.warnings if format != "md" else ():
        say(one_line(f"warning: {words}"))


def _allowed(value: str, allowed: tuple[str, ...], option: str) -> None:
    if value not in allowed:
        raise UsageError(
            f"unknown {option[2:]} {value!r}{nearest(value, allowed)}; type {option} with one of: "
            f"{', '.join(allowed)}"
        )


def _number(value: float | None, option: str, low: float, high: float) -> float | None:
    if value is not None and not low <= value <= high:
        raise UsageError(f"{option} {value} is not allowed; type a number from {low} to {high}")
    return value
