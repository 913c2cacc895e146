"""``fractbench verify``: every golden, or every free kernel, on every device that is here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from fractbench.arithmetic.contract import check_contract
from fractbench.backend import Backend, Device
from fractbench.cli.show import print_table, say
from fractbench.cli.targets import able, targets
from fractbench.cli.verify_free import Asked, verify_free
from fractbench.cli.verify_free import report as free_report
from fractbench.errors import FractbenchError, UsageError, nearest
from fractbench.files import writable_folder, write_aside
from fractbench.goldens import Golden, goldens
from fractbench.problems.catalogue import ALIASES
from fractbench.proof import report as proof_report
from fractbench.render import difference_png
from fractbench.verify import Outcome, choose
from fractbench.verify import verify as verify_device


def verify(
    problems: Annotated[list[str] | None, typer.Argument(help="problems; all if none")] = None,
    backend: Annotated[str, typer.Option(help="B, B:DEVICE, a list, or all")] = "all",
    contract: Annotated[
        str | None, typer.Option(help="strict or fma; free: judge kernels that round freely")
    ] = None,
    dtype: Annotated[str | None, typer.Option(help="one; float32 and float64 if none")] = None,
    kernel: Annotated[str, typer.Option(help="auto: the best; under free all of them")] = "auto",
    report: Annotated[str | None, typer.Option(help="write proof.json, to be shared")] = None,
    view: Annotated[str | None, typer.Option(help="under free: another window than start")] = None,
    size: Annotated[str | None, typer.Option(help="under free: pixels, N or WxH")] = None,
    long: Annotated[bool, typer.Option(help="the 500-step goldens as well")] = False,
    out: Annotated[str, typer.Option(help="folder for difference pictures")] = "maps",
) -> None:
    """Compare digests with the committed ones; exit 0 only if all that is here matches."""
    if report is not None:
        writable_folder(Path(report).absolute().parent)
        if Path(report).is_dir():
            raise UsageError(f"--report {report!r} is a folder; type a file's name")
    if contract == "free":
        asked = Asked(problems or [], dtype, kernel, view, size)
        trials = verify_free(asked, targets(backend), out)
        _write(report, free_report(trials))
        raise typer.Exit(0 if all(t.passed for t in trials) else 1)
    if view is not None or size is not None:
        raise UsageError(
            "goldens have their own windows and sizes; type --contract free with --view or --size"
        )
    chosen = _narrowed(choose(goldens(), _known(problems or []), long), contract, dtype)
    here = able(targets(backend), chosen, kernel, contract, dtype)
    outcomes = [_verify_one(b, d, chosen, kernel) for b, d in here]
    print_table(("backend", "device", "version", "matched", "first mismatch"),
                [_row(o) for o in outcomes])  # fmt: skip
    for note in (note for o in outcomes for note in o.notes):
        say(note)
    _pictures(outcomes, out)
    _write(report, proof_report(outcomes))
    if not outcomes or not all(o.good for o in outcomes):
        raise typer.Exit(1)


def _known(given: list[str]) -> list[str]:
    known = {g.problem for g in goldens()} | {g.problem.partition(":")[0] for g in goldens()}
    named = [ALIASES.get(name, name) for name in given]
    for name in named:
        if name not in known:
            raise UsageError(
                f"no golden belongs to {name!r}{nearest(name, known)}; type fractbench problems"
            )
    return named


def _narrowed(chosen: list[Golden], contract: str | None, dtype: str | None) -> list[Golden]:
    """Return the goldens of a contract and a dtype, where they are named."""
    if contract is not None:
        check_contract(contract)
    found = [g for g in chosen if contract in (None, g.contract) and dtype in (None, g.dtype)]
    if not found:
        there = sorted({f"--contract {g.contract} --dtype {g.dtype}" for g in chosen})
        asked = " ".join(filter(None, (contract, dtype)))
        raise UsageError(f"no golden is {asked}; type {' or '.join(there)}")
    return found


def _verify_one(backend: Backend, device: Device, chosen: list[Golden], kernel: str) -> Outcome:
    console = Console(stderr=True)
    if not console.is_terminal:
        return verify_device(backend, device, chosen, kernel=kernel)
    with console.status(f"{device}") as line:
        return verify_device(
            backend,
            device,
            chosen,
            lambda g: line.update(escape(f"{device}: {g.problem} {g.case}")),
            kernel,
        )


def _row(o: Outcome) -> tuple[str, str, str, str, str]:
    trouble = o.refusal or (str(o.mismatches[0]) if o.mismatches else "")
    return o.backend, o.device, o.version, f"{o.matched} of {o.total}", trouble


def _pictures(outcomes: list[Outcome], out: str) -> None:
    """Draw where each device's first mismatching map differs from the host's."""
    for outcome in outcomes:
        seen = next((m for m in outcome.mismatches if m.maps), None)
        if seen is None or seen.maps is None:
            continue
        name = f"difference-{outcome.device}-{seen.golden.problem}.png".replace(":", "-")
        path = writable_folder(Path(out)) / name
        try:
            say(f"wrote {write_aside(path, difference_png(*seen.maps))}")
        except FractbenchError as error:
            say(str(error))


def _write(report: str | None, found: dict[str, Any]) -> None:
    if report is None:
        return
    write_aside(Path(report), (json.dumps(found, indent=2) + "\n").encode())
    say(f"wrote {report}: it names chips, versions and results, no person and no path")
