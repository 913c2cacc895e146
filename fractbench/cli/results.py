"""``fractbench results``: the records of a folder, rendered into one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fractbench.cli.show import say
from fractbench.errors import FractbenchError

FOLDER, PAGE = "results", "RESULTS.md"


def results(
    folder: Annotated[str, typer.Argument(help="a folder with records, .jsonl files")] = FOLDER,
    out: Annotated[str, typer.Option("--out", "-o", help="the page to write")] = PAGE,
    check: Annotated[
        bool, typer.Option("--check", help="write nothing; exit 1 if the page is not up to date")
    ] = False,
    format: Annotated[
        str | None,
        typer.Option(help="print the records instead: table, md, csv, json or jsonl"),
    ] = None,
) -> None:
    """Render the shared records of all machines into RESULTS.md."""
    from fractbench.bench.records.shelf import read_folder
    from fractbench.bench.tables.results_page import render
    from fractbench.cli.tabled import print_records
    from fractbench.files import write_aside

    shelf = read_folder(Path(folder))
    page = render(shelf)
    if format is not None:
        print_records([placed.record for placed in shelf], format)
    elif check:
        _compare(Path(out), page, _command(folder, out))
    else:
        write_aside(Path(out), page.encode())
    say(_counted(folder, len(shelf), len({placed.file for placed in shelf})))


def _compare(file: Path, page: str, command: str) -> None:
    """Compare the page with what the records give.

    Raises:
        FractbenchError: they differ, or the page is not there.
    """
    try:
        same = file.read_bytes() == page.encode()
    except OSError as error:
        raise FractbenchError(f"cannot read {file}: {error.strerror}; type {command}") from None
    if not same:
        raise FractbenchError(f"{file} is not what the records give; type {command}")


def _command(folder: str, out: str) -> str:
    """Return what to type to make the page."""
    place = "" if folder == FOLDER else f" {folder}"
    page = "" if out == PAGE else f" -o {out}"
    return f"fractbench results{place}{page}"


def _counted(folder: str, records: int, files: int) -> str:
    if not records:
        return f"{folder} holds no records yet; fractbench submit puts some there"
    lines = "1 record" if records == 1 else f"{records} records"
    return f"{lines} in {'1 file' if files == 1 else f'{files} files'} of {folder}"
