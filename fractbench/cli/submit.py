"""``fractbench submit``: checks records and puts them where a pull request can take them along."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fractbench.cli.show import say
from fractbench.errors import UsageError

if TYPE_CHECKING:
    from fractbench.bench.records.shelf import Placed
    from fractbench.bench.records.submission import Check


def submit(
    file: Annotated[str, typer.Argument(help="the records, as --record of bench wrote them")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="print exactly what would be shared; write nothing")
    ] = False,
    out: Annotated[str, typer.Option("--out", "-o", help="the folder of records")] = "results",
) -> None:
    """Check records and put them into results/ for a pull request; nothing is sent anywhere."""
    from fractbench.bench.records.shared_files import files
    from fractbench.bench.records.shelf import read_file, read_folder
    from fractbench.bench.records.submission import checks, refuse

    folder = Path(out)
    offered = read_file(Path(file))
    found = checks(offered, read_folder(folder) if folder.is_dir() else [])
    for line in summary(offered, found):
        say(line)
    refuse(found)
    texts = files(offered)
    if dry_run:
        sys.stdout.write("".join(texts.values()))
        sys.stdout.flush()
        say(f"would write {', '.join(str(folder / name) for name in texts)}")
    else:
        _write(folder, texts)


def summary(offered: Sequence[Placed], found: Sequence[Check]) -> list[str]:
    """Return the lines that tell a person what is offered and what was found."""
    from fractbench.bench.tables.figures import one_line

    devices = sorted({placed.record.device for placed in offered})
    chips = sorted({placed.record.hardware.chip for placed in offered})
    timed = sum(placed.record.summary is not None for placed in offered)
    count = "1 record" if len(offered) == 1 else f"{len(offered)} records"
    whose = f"{', '.join(devices)} on {', '.join(chips)}"
    lines = [one_line(f"{count}, {timed} with a proven time, of {whose}")]
    for check in found:
        lines.append(f"{'REFUSED' if check.faults else 'ok'}: {check.name}")
        lines += [f"  {one_line(fault)}" for fault in check.faults]
        lines += [f"  note: {one_line(note)}" for note in check.notes]
    return lines


def _write(folder: Path, texts: dict[str, str]) -> None:
    """Write the files and tell what to do next.

    Raises:
        UsageError: one of them is there already.
    """
    from fractbench.files import writable_folder, write_aside

    for name in texts:
        if (folder / name).exists():
            raise UsageError(f"{folder / name} is there already; remove it, or type another --out")
    writable_folder(folder)
    for name, text in texts.items():
        print(write_aside(folder / name, text.encode()))
    sys.stdout.flush()
    say(
        "next: type fractbench results, look at RESULTS.md, commit it with the files above, and "
        "open a pull request"
    )
