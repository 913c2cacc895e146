"""``fractbench trace``: the boundary of a huge map from a small share of its pixels."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from fractbench.api import Prepared
from fractbench.backend import Backend, Device
from fractbench.choice import for_many_pixels
from fractbench.cli.show import Format, form, print_json, print_pairs, say, whole
from fractbench.errors import StoppedError, UsageError
from fractbench.execute import Progress
from fractbench.files import writable_folder
from fractbench.plan import Plan
from fractbench.proof import prove
from fractbench.request import Request

if TYPE_CHECKING:
    from fractbench.tracing.made import Made
    from fractbench.tracing.probe import Probe
    from fractbench.tracing.rule import Rule
    from fractbench.tracing.traced import Level

MISMATCH = 3
"""The exit status of a trace that is whole and whose device makes wrong bits."""


def trace(
    problem: Annotated[str, typer.Argument(help="a name, or name:option=value,...")],
    backend: Annotated[
        str | None, typer.Option(help="B or B:DEVICE; MLX on a GPU, else native if it works here")
    ] = None,
    dtype: Annotated[str, typer.Option(help="float32 or float64")] = "float32",
    size: Annotated[str, typer.Option(help="2048 or 2048x1024 pixels, to 65536")] = "2048",
    steps: Annotated[str | None, typer.Option(help="training steps; the problem's own")] = None,
    view: Annotated[
        str | None, typer.Option(help="start (the default), published, published:K")
    ] = None,
    window: Annotated[
        str | None, typer.Option(help="X0:X1,Y0:Y1; exponents of ten on log axes")
    ] = None,
    center: Annotated[str | None, typer.Option("--center", "--centre", help="X,Y")] = None,
    width: Annotated[str | None, typer.Option(help="of the window about --center")] = None,
    coarse: Annotated[
        str | None, typer.Option(help="cells of the coarse lattice along the longer side (256)")
    ] = None,
    guard: Annotated[str | None, typer.Option(help="cells refined around a mixed one (2)")] = None,
    probes: Annotated[
        str | None, typer.Option(help="untrained pixels trained as a check, of two kinds (2048)")
    ] = None,
    out: Annotated[str | None, typer.Option(help="FILE.npz or FILE.png; both, in maps")] = None,
    format: Annotated[str, typer.Option(help="table or json")] = "table",
) -> None:
    """Trace the boundary of a large map: refine only where the class changes."""
    from fractbench.tracing.file import metadata, save
    from fractbench.tracing.made import ready
    from fractbench.tracing.probe import PIXELS

    chosen, rule = form(format), rule_of(coarse, guard)
    pixels = whole(probes, "--probes", 0)
    request = Request(
        problem=problem, dtype=dtype, preset="paper", size=size, steps=whole(steps, "--steps"),
        view=view, window=window, center=center, width=width,
    )  # fmt: skip
    if out is not None and Path(out).suffix not in (".npz", ".png"):
        raise UsageError(f"--out {out!r} is no .npz or .png; type --out boundary.npz")
    if out is not None and Path(out).is_dir():
        raise UsageError(f"--out {out!r} is a folder; type --out {Path(out) / 'boundary.npz'}")
    folder, proven = Path(out).parent if out else Path("maps"), ""

    def before(plan: Plan, with_backend: Backend, device: Device) -> None:
        nonlocal proven
        writable_folder(folder)
        say(f"{plan.problem.spec}: {plan.problem.title}; {plan.problem.steps} steps on {device}")
        proven = prove(with_backend, device, say, arithmetic=plan.arithmetic)

    prepared = ready(request, for_many_pixels(backend), before=before)
    if note := getattr(prepared.kernel, "note", ""):
        say(note)
    plan = prepared.plan
    if rule.step(max(plan.grid.width, plan.grid.height)) == 1:
        say(f"every pixel is trained: fewer than two to a side of each of {rule.coarse} cells")
    made = traced(prepared, folder, rule, PIXELS if pixels is None else pixels)
    if line := getattr(prepared.kernel, "told", ""):
        say(line)
    paths = [Path(out)] if out else [folder / f"{stem(prepared)}{end}" for end in (".npz", ".png")]
    files = {path.suffix[1:]: str(save(made, path)) for path in paths}
    if chosen is Format.JSON:
        print_json({**metadata(made), "files": files})
    else:
        print_pairs([*rows(made), *files.items()])
    if proven == "MISMATCH":
        raise typer.Exit(MISMATCH)


def rule_of(coarse: str | None, guard: str | None) -> Rule:
    """Return the Rule that was asked for, its own defaults where nothing was."""
    from fractbench.tracing.rule import Rule

    cells, around = whole(coarse, "--coarse"), whole(guard, "--guard", 0)
    rule = Rule() if cells is None else Rule(coarse=cells)
    return rule if around is None else replace(rule, guard=around)


def traced(prepared: Prepared, folder: Path, rule: Rule, pixels: int) -> Made:
    """Trace with progress; an interrupt leaves the trained pixels and says so."""
    from fractbench.tracing.made import make

    done = 0
    with trace_bar(prepared.plan) as bar:

        def progress(count: int, fresh: bool) -> None:
            nonlocal done
            done += count
            bar(count, fresh)

        try:
            return make(
                prepared, folder, rule, pixels=pixels, progress=progress, report=told_level
            )  # fmt: skip
        except KeyboardInterrupt:
            message = (
                f"stopped; the classes of {done} trained pixels are safe in {folder}: type the "
                "same command again and it goes on from there"
            )
    raise StoppedError(message)


def told_level(level: Level) -> None:
    """Tell of a finished level."""
    say(
        f"cells of {level.step} px: {level.mixed:,} of {level.looked:,} hold the boundary; "
        f"{level.trained:,} pixels trained so far"
    )


@contextmanager
def trace_bar(plan: Plan) -> Iterator[Progress]:
    """Yield the function that tells of trained pixels; how many it will be is not known."""
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    text = TextColumn("{task.fields[said]}", markup=False)
    shown, begun, fresh, total = sys.stderr.isatty(), perf_counter(), 0, 0
    columns = (SpinnerColumn(), text, TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True, disable=not shown) as bars:
        bar = bars.add_task("trace", total=None, said="")

        def report(count: int, new: bool) -> None:
            nonlocal fresh, total
            total, fresh = total + count, fresh + (count if new else 0)
            rate = fresh * plan.problem.steps / max(perf_counter() - begun, 1e-9)
            bars.update(bar, said=f"{total:,} pixels, {rate:,.0f} pixel-steps/s")

        yield report


def stem(prepared: Prepared) -> str:
    """Return a file's name that tells the plan and the device."""
    plan, device = prepared.plan, str(prepared.device).replace(":", "-")
    size = f"{plan.grid.width}x{plan.grid.height}"
    return f"{plan.problem.name}-{size}-{plan.problem.steps}-{device}-{plan.key[:8]}-boundary"


def rows(made: Made) -> list[tuple[str, str]]:
    """Return the lines of the printed result."""
    plan, done, boxes = made.plan, made.traced, made.counted
    full = done.width * done.height
    pairs = zip(boxes.sizes, boxes.counts, strict=True)
    value = boxes.dimension
    return [
        ("problem", plan.problem.spec),
        ("window", str(plan.grid.window)),
        ("size", f"{done.width} x {done.height} pixels, {plan.problem.steps} steps"),
        ("made by", f"{made.facts['device']} ({made.facts['kernel']}, {plan.arithmetic.name})"),
        *(
            [("precision", f"references of {made.facts['bits']} bits, differences in float32")]
            if "bits" in made.facts
            else []
        ),
        ("rule", f"coarse {done.rule.coarse}, guard {done.rule.guard}"),
        ("trained", f"{done.trained:,} of {full:,} pixels, {done.share:.2%}"),
        ("boundary", f"{done.keys.size:,} blocks of 2 x 2 pixels"),
        ("boxes", ", ".join(f"{size} px: {count:,}" for size, count in pairs) or "none"),
        ("dimension", "none" if value is None else f"{value:.3f}, median of the local slopes"),
        *((f"probe {one.where}", said(one)) for one in made.probes),
        ("digest", made.digest),
        ("time", f"{made.seconds:.2f} s, {made.fresh:,} pixels trained by this run"),
    ]


def said(one: Probe) -> str:
    """Return what a probe found, in words."""
    if one.share is None or one.bound is None:
        return "no pixel was left to probe"
    return (
        f"{one.wrong} of {one.pixels} untrained pixels filled wrongly: {one.share:.2%}, at most "
        f"{one.bound:.2%} (95 %)"
    )
