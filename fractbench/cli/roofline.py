"""``fractbench roofline``: what each device can do through each framework, measured here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fractbench.arithmetic.formats import FORMATS, Format
from fractbench.bench.environment import FIXED
from fractbench.cli.show import print_json, print_table, say
from fractbench.cli.targets import Target, targets
from fractbench.errors import UsageError, nearest

if TYPE_CHECKING:
    from fractbench.bench.records.record import Roofline

FORMS = ("table", "md", "json")
HEADS = (
    "device", "chip", "multiply-add GFLOP/s", "multiply, then add GFLOP/s", "GEMM GFLOP/s",
    "copy GB/s", "launch µs", "maker's peak GFLOP/s",
)  # fmt: skip


def roofline(
    backend: Annotated[
        str, typer.Option(help="backends or devices, with commas between, or all")
    ] = "all",
    dtype: Annotated[str, typer.Option(help="float32 or float64")] = "float32",
    format: Annotated[str, typer.Option(help="table, md or json")] = "table",
) -> None:
    """Measure what devices can do: multiply and add, matrix products, copies, launches."""
    if format not in FORMS:
        raise UsageError(f"unknown format {format!r}; type --format {' or --format '.join(FORMS)}")
    fmt = FORMATS.get(dtype)
    if fmt is None:
        raise UsageError(
            f"unknown dtype {dtype!r}{nearest(dtype, FORMATS)}; "
            f"type --dtype {' or --dtype '.join(FORMATS)}"
        )
    # As the benchmark's workers have it: no TF32, and no framework takes a GPU for itself.
    os.environ.update(FIXED)
    asked = targets(backend)
    able = [one for one in asked if dtype in one[0].formats(one[1])]
    if not able:
        raise UsageError(f"{asked[0][1]} has no {dtype}; type --dtype float32")
    for _, device in asked:
        if not any(device == other for _, other in able):
            say(f"{device} has no {dtype} and is left out")
    found = [(one, _measured(one, fmt)) for one in able]
    if format == "json":
        rows = [_object(one, roof) for one, roof in found]
        print_json({"schema": "fractbench.roofline/1", "dtype": dtype, "devices": rows})
        return
    cells = [_row(one, roof) for one, roof in found]
    if format == "md":
        _print_markdown(cells)
    else:
        print_table(HEADS, cells)
    for source in dict.fromkeys(roof.peak_source for _, roof in found if roof.peak_source):
        say(f"peak: {source}")


def _measured(one: Target, fmt: Format) -> Roofline:
    from fractbench.bench.machine.hardware import hardware
    from fractbench.bench.roofline.measure import measure

    say(f"measuring {one[1]}")
    return measure(*one, fmt, hardware=hardware(one[1]), say=say)


def _object(one: Target, roof: Roofline) -> dict[str, Any]:
    return {"device": str(one[1]), "chip": one[1].chip or None, **roof.model_dump()}


def _row(one: Target, roof: Roofline) -> tuple[str, ...]:
    rates = (roof.multiply_add, roof.multiply_then_add, roof.gemm, roof.copy_rate)
    return (
        str(one[1]),
        one[1].chip or "-",
        *(_figure(value, 1e9) for value in rates),
        _figure(roof.launch, 1e-6),
        _figure(roof.peak, 1e9),
    )


def _figure(value: float | None, unit: float) -> str:
    """Return three significant digits, and whole numbers from 100 up."""
    if value is None:
        return "-"
    scaled = value / unit
    return f"{scaled:,.0f}" if scaled >= 100 else f"{scaled:#.3g}"


def _print_markdown(rows: list[tuple[str, ...]]) -> None:
    print(f"| {' | '.join(HEADS)} |")
    print(f"| --- | --- |{' ---: |' * (len(HEADS) - 2)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
