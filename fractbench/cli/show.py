"""What all verbs share: tables and JSON on stdout, words on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from enum import StrEnum

from rich.console import Console
from rich.table import Table
from rich.text import Text

from fractbench.errors import UsageError


class Format(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    JSON = "json"


def form(text: str) -> Format:
    """Read a --format.

    Raises:
        UsageError: it is neither table nor json.
    """
    try:
        return Format(text)
    except ValueError:
        raise UsageError(f"unknown format {text!r}; type --format table or --format json") from None


def whole(text: str | None, option: str, low: int = 1) -> int | None:
    """Read an integer option; None stays None.

    Raises:
        UsageError: it is no integer, or below `low`.
    """
    if text is None:
        return None
    try:
        number = int(text)
    except ValueError:
        raise UsageError(f"{option} {text!r} is no integer; type {option} {max(low, 1)}") from None
    if number < low:
        raise UsageError(f"{option} {text} is not allowed; type an integer from {low} up")
    return number


def say(words: str) -> None:
    """Print a line for a person, on stderr."""
    print(words, file=sys.stderr, flush=True)


def print_json(value: object) -> None:
    """Print one JSON object on stdout."""
    print(json.dumps(value, indent=2))


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table on stdout: ruled on a terminal, in plain columns elsewhere."""
    if sys.stdout.isatty():
        # As Text, since rich would read the brackets of an extra, fractbench[jax], as markup.
        table = Table(*heads)
        for row in rows:
            table.add_row(*(Text(cell, overflow="fold") for cell in row))
        Console().print(table)
        return
    widths = [max(len(r[i]) for r in [heads, *rows]) for i in range(len(heads))]
    for row in [heads, *rows]:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


def print_pairs(pairs: Sequence[tuple[str, str]]) -> None:
    """Print names and values on stdout, a line each, never cut: a digest must stay whole."""
    width = max(len(name) for name, _ in pairs)
    for name, value in pairs:
        print(f"{name.ljust(width)}  {value}")
