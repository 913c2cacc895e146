"""``fractbench report``: records -> one page, or one picture, that stands on its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fractbench.cli.show import say
from fractbench.errors import UsageError
from fractbench.files import write_aside

KINDS = (".html", ".png", ".svg")


def report(
    files: Annotated[list[str], typer.Argument(help="files of records")],
    out: Annotated[
        str, typer.Option("--out", "-o", help="a page (.html), or the plots (.png, .svg)")
    ] = "report.html",
) -> None:
    """Show records: the table, throughput and efficiency, the maps as proof, every detail."""
    place = _place(out)
    from fractbench.bench.records.files import read

    records = [record for name in files for record in read(name)]
    different = len({record.line() for record in records})
    if different < len(records):
        say(f"{len(records) - different} of {len(records)} records came twice; shown once")
    if place.suffix == ".html":
        from fractbench.bench.report.page import page

        data = page(records)
    else:
        from fractbench.bench.report.plot import plot

        data = plot(records, "svg" if place.suffix == ".svg" else "png")
    print(write_aside(place, data))


def _place(out: str) -> Path:
    """Read --out.

    Raises:
        UsageError: it is no name of a page or a picture, or its folder is not there.
    """
    place = Path(out)
    if place.suffix not in KINDS:
        raise UsageError(
            f"--out {out!r} is neither a page nor a picture; type a name that ends in "
            f"{', '.join(KINDS[:-1])} or {KINDS[-1]}"
        )
    if place.is_dir():
        raise UsageError(f"--out {out!r} is a folder; type the name of a file")
    if not place.parent.is_dir():
        raise UsageError(f"--out {out!r} lies in a folder that is not there; make it first")
    return place
