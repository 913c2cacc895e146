"""``fractbench bench``: how fast maps are made, each time beside the digest that proves it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from fractbench.cli.show import say, whole
from fractbench.errors import FractbenchError, StoppedError, UsageError

if TYPE_CHECKING:
    from fractbench.bench.case import Case
    from fractbench.bench.records.record import Record
    from fractbench.bench.settings import Settings

WRONG = ("mismatch", "nondeterministic")
GIB = 1 << 30


def bench(
    problems: Annotated[list[str] | None, typer.Argument(help="problems; tanh if none")] = None,
    backend: Annotated[str, typer.Option(help="B, B:DEVICE, a list, or all")] = "all",
    contract: Annotated[str, typer.Option(help="strict, fma, free, or a list")] = "strict",
    dtype: Annotated[str, typer.Option(help="float32, float64, ..., or a list")] = "float32",
    kernel: Annotated[str, typer.Option(help="auto, or names of kernels")] = "auto",
    size: Annotated[str, typer.Option(help="pixels, N or WxH, or a list")] = "32",
    steps: Annotated[str, typer.Option(help="steps of training, or a list")] = "100",
    view: Annotated[str | None, typer.Option(help="a named window")] = None,
    window: Annotated[str | None, typer.Option(help="low:high for each axis")] = None,
    repeats: Annotated[str, typer.Option("--repeats", "-r", help="samples of each case")] = "7",
    launches: Annotated[str, typer.Option(help="times that all of it starts afresh")] = "1",
    min_time: Annotated[str, typer.Option(help="seconds that a sample lasts at least")] = "0.05",
    cooldown: Annotated[str, typer.Option(help="seconds of rest before each sample")] = "0",
    limit: Annotated[str, typer.Option(help="seconds that a worker may stay silent")] = "600",
    memory: Annotated[str | None, typer.Option(help="GiB that a worker may hold")] = None,
    threads: Annotated[str | None, typer.Option(help="threads of every framework")] = None,
    seed: Annotated[str, typer.Option(help="of the order of samples")] = "0",
    roofline: Annotated[bool, typer.Option(help="measure each device's roofline")] = True,
    baseline: Annotated[bool, typer.Option(help="time the published method too")] = True,
    format: Annotated[str, typer.Option(help="table, md, csv, json or jsonl")] = "table",
    record: Annotated[str | None, typer.Option(help="append records to this .jsonl")] = None,
) -> None:
    """Time every combination; lists are separated by commas. No time without a proven map."""
    from fractbench.bench.settings import Settings
    from fractbench.bench.tables.formats import record_format

    form = record_format(format)
    settings = Settings(
        repeats=whole(repeats, "--repeats") or 0, launches=whole(launches, "--launches") or 0,
        min_time=number(min_time, "--min-time"), cooldown=number(cooldown, "--cooldown"),
        limit=number(limit, "--limit"), threads=whole(threads, "--threads"),
        memory=None if memory is None else int(number(memory, "--memory") * GIB),
        seed=whole(seed, "--seed", 0) or 0, roofline=roofline, baseline=baseline,
    )  # fmt: skip
    asked = _cases(
        problems or ["tanh"], backend, listed(contract, "--contract"), listed(dtype, "--dtype"),
        listed(kernel, "--kernel"), listed(size, "--size"), listed(steps, "--steps"), view, window,
    )  # fmt: skip
    made, trouble = _measure(asked, settings, record, named=backend != "all")
    from fractbench.cli.tabled import print_records

    print_records(made, form)
    if trouble is not None:
        raise trouble
    raise typer.Exit(status(made))


def _cases(
    problems: Sequence[str], backend: str, contracts: list[str], dtypes: list[str],
    kernels: list[str], sizes: list[str], steps: list[str], view: str | None, window: str | None,
) -> list[Case]:  # fmt: skip
    from fractbench.bench.case import cases
    from fractbench.registry import load, points

    targets = list(points()) if backend == "all" else listed(backend, "--backend")
    for target in targets:
        load(target.partition(":")[0])
    counts = [whole(count, "--steps") for count in steps]
    names = [name for text in problems for name in separated(text)]
    return cases(
        names, targets, contracts, dtypes, sizes, counts, kernels, view=view, window=window
    )


def _measure(
    asked: list[Case], settings: Settings, record: str | None, named: bool
) -> tuple[list[Record], FractbenchError | None]:
    """Run all launches, keep each one's records at once, and show what is being done.

    What ends it early is returned beside the records that there are by then.
    """
    from fractbench.bench.process import ended_by_signals
    from fractbench.bench.records.files import append
    from fractbench.bench.run import launches

    if record is not None:
        append(record, [])
    console = Console(stderr=True)
    made: list[Record] = []
    try:
        with (
            ended_by_signals(),
            console.status("starting") if console.is_terminal else nullcontext() as line,
        ):
            for whole_launch in launches(
                asked, settings, notice=lambda text: line.update(escape(text)) if line else None
            ):
                found = _with_baseline_if_there(whole_launch)
                found = found if named else _without_absent(found)
                made += found
                if record is not None:
                    append(record, found)
    except KeyboardInterrupt:
        kept = f"; {len(made)} records are safe in {record}" if record else ""
        return made, StoppedError(f"stopped{kept}")
    except FractbenchError as error:
        return made, error
    finally:
        if record is not None and not made:
            _remove_empty(Path(record))
    return made, None


def _remove_empty(file: Path) -> None:
    """Remove the file that was only made to prove that it can be."""
    if file.is_file() and not file.stat().st_size:
        file.unlink()


def _with_baseline_if_there(found: list[Record]) -> list[Record]:
    """Leave out, aloud, the published method where its backend cannot be used."""
    absent = [r for r in found if r.role == "baseline" and r.verdict.status == "unavailable"]
    for reason in {r.verdict.reason for r in absent}:
        say(f"the published method is not timed beside the cases: {reason}")
    return [r for r in found if r not in absent]


def _without_absent(made: list[Record]) -> list[Record]:
    """Leave out, aloud, what nobody named and what is not here: backends, or their kernels."""
    here = [record for record in made if record.verdict.status != "unavailable"]
    if not here:
        return made
    absent = {(r.backend.name, r.verdict.reason) for r in made if r not in here}
    for name, reason in sorted(absent, key=str):
        say(f"{name} is left out: {reason}")
    return here


def status(made: Sequence[Record]) -> int:
    """Return the exit status: 3 for a wrong map, 1 if any case or all have no time, else 0."""
    statuses = [r.verdict.status for r in made if r.role == "case"]
    if any(one in WRONG for one in statuses):
        return 3
    return 0 if statuses and all(one in ("exact", "agrees") for one in statuses) else 1


def separated(text: str) -> list[str]:
    """Return the problems of a word: commas separate names, unless they separate options."""
    return [text] if ":" in text else listed(text, "PROBLEMS")


def listed(text: str, option: str) -> list[str]:
    """Read a list separated by commas.

    Raises:
        UsageError: it holds nothing, or an empty entry.
    """
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise UsageError(f"{option} {text!r} has an empty entry; type names separated by commas")
    return list(dict.fromkeys(parts))


def number(text: str, option: str) -> float:
    """Read a number option.

    Raises:
        UsageError: it is no finite number.
    """
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise UsageError(f"{option} {text!r} is no number; type {option} 1")
    return value
