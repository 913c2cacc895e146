"""``fractbench run``: a problem's name -> a map, a picture and a digest."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from fractbench.api import Prepared, prepare
from fractbench.backend import Backend, Device
from fractbench.cli.progress import pixel_bar
from fractbench.cli.show import Format, form, print_json, print_pairs, say, whole
from fractbench.errors import StoppedError
from fractbench.files import writable_folder
from fractbench.journal import Journal
from fractbench.map import Map
from fractbench.plan import Plan
from fractbench.proof import prove
from fractbench.request import Request
from fractbench.result import RunResult, result

MISMATCH = 3
"""The exit status of a run that is whole and whose bits are wrong."""
PROVEN: dict[str, bool | None] = {"proven": True, "MISMATCH": False, "free": None}


def run(
    problem: Annotated[str, typer.Argument(help="a name, or name:option=value,...")] = "tanh",
    backend: Annotated[str | None, typer.Option(help="B or B:DEVICE, e.g. torch:cuda:0")] = None,
    contract: Annotated[str, typer.Option(help="strict, fma or free")] = "strict",
    dtype: Annotated[
        str, typer.Option(help="float32, float64; free: bfloat16, float16, tf32")
    ] = "float32",
    kernel: Annotated[str, typer.Option(help="auto, or a kernel's name")] = "auto",
    size: Annotated[str | None, typer.Option(help="64 or 64x48 pixels")] = None,
    steps: Annotated[str | None, typer.Option(help="training steps")] = None,
    view: Annotated[str | None, typer.Option(help="start, published, published:K")] = None,
    window: Annotated[
        str | None, typer.Option(help="X0:X1,Y0:Y1; exponents of ten on log axes")
    ] = None,
    center: Annotated[str | None, typer.Option("--center", "--centre", help="X,Y")] = None,
    width: Annotated[str | None, typer.Option(help="of the window about --center")] = None,
    preset: Annotated[str, typer.Option(help="quick, standard or paper")] = "quick",
    draws: Annotated[
        str, typer.Option(help="fixed, or per-pixel=weights, order or both")
    ] = "fixed",
    seed: Annotated[str | None, typer.Option(help="of the draws")] = None,
    tile: Annotated[str | None, typer.Option(help="pixels at a time")] = None,
    out: Annotated[str, typer.Option(help="folder for the picture and the map")] = "maps",
    format: Annotated[str, typer.Option(help="table or json")] = "table",
) -> None:
    """Train a network at every pixel; leave a picture, a map and its digest."""
    begun, chosen = perf_counter(), form(format)
    request = Request(
        problem=problem, contract=contract, dtype=dtype, preset=preset, size=size,
        steps=whole(steps, "--steps"), view=view, window=window, center=center, width=width,
        draws=draws, seed=whole(seed, "--seed", 0),
    )  # fmt: skip
    pixels, folder, proven = whole(tile, "--tile"), Path(out), ""

    def ready(plan: Plan, with_backend: Backend, device: Device) -> None:
        nonlocal proven
        writable_folder(folder)
        say(f"{plan.problem.spec}: {plan.problem.title}; {plan.problem.steps} steps on {device}")
        proven = prove(with_backend, device, say, arithmetic=plan.arithmetic)

    prepared = prepare(request, backend, kernel, ready, say)
    if note := getattr(prepared.kernel, "note", ""):
        say(note)
    with prepared.journal(folder, pixels) as journal:
        made = train(prepared, pixels, journal, folder)
        files = save(prepared, made, folder)
        journal.remove()
    finished = result(made, prepared.seconds, perf_counter() - begun, files, PROVEN[proven])
    if chosen is Format.JSON:
        print_json(finished.model_dump(by_alias=True))
    else:
        print_pairs(rows(finished))
    if finished.deep and finished.deep.noise:
        say(finished.deep.noise)
    if finished.golden == "mismatch" or finished.proven is False:
        raise typer.Exit(MISMATCH)


def train(prepared: Prepared, tile: int | None, journal: Journal, folder: Path) -> Map:
    """Run all tiles with a progress bar; an interrupt leaves the finished ones and says so."""
    plan, done = prepared.plan, 0
    title = f"{plan.problem.name} {plan.grid.width}x{plan.grid.height}"
    with pixel_bar(title, plan.grid.pixels, plan.problem.steps) as bar:

        def report(count: int, fresh: bool) -> None:
            nonlocal done
            done += count
            bar(count, fresh)

        try:
            return prepared.execute(tile, journal, report)
        except KeyboardInterrupt:
            message = (
                f"stopped; {done} of {plan.grid.pixels} pixels are safe in {folder}: type the same "
                "command again and it goes on from there"
            )
    raise StoppedError(message)


def save(prepared: Prepared, made: Map, out: Path) -> dict[str, str]:
    """Write the map and its picture, under a name that tells the plan and the device."""
    plan = prepared.plan
    size = f"{plan.grid.width}x{plan.grid.height}"
    device = str(prepared.device).replace(":", "-")
    if not plan.arithmetic.exact:
        device += f"-{prepared.kernel.name}"  # each of them makes another map
    stem = f"{plan.problem.name}-{size}-{plan.problem.steps}-{device}-{plan.key[:8]}"
    npz, png = made.save(out / f"{stem}.npz"), made.save(out / f"{stem}.png")
    return {"png": str(png), "npz": str(npz)}


def deep_rows(done: RunResult) -> list[tuple[str, str]]:
    """Return the line about a deep zoom's precision and doubt."""
    if done.deep is None:
        return []
    count = f"{done.deep.references} reference{'s' if done.deep.references > 1 else ''}"
    return [
        ("precision", f"{count} of {done.deep.bits} bits, differences in float32"),
        ("one ulp", f"changes the class of {done.deep.flips:.2%} of the pixels, of "
         f"{done.deep.unsettled:.2%} beside every reference"),
    ]  # fmt: skip


def rows(done: RunResult) -> list[tuple[str, str]]:
    """Return the lines of the printed result."""
    shares = ", ".join(f"{name} {share:.2%}" for name, share in done.class_fractions.items())
    seconds = ", ".join(f"{name} {value:.2f} s" for name, value in done.seconds.items())
    return [
        ("problem", done.problem),
        ("window", done.window),
        ("size", f"{done.size[0]} x {done.size[1]} pixels, {done.steps} steps"),
        ("made by", f"{done.device} ({done.kernel}, {done.contract} {done.dtype})"),
        *deep_rows(done),
        ("classes", shares),
        ("digest", done.digest),
        ("golden", done.golden),
        ("time", seconds),
        ("speed", f"{done.pixel_steps_per_second:,.0f} pixel-steps per second"),
        *done.files.items(),
    ]
