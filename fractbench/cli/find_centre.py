"""``fractbench find-centre``: a point on the boundary, at any depth."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import typer

from fractbench.api import Prepared
from fractbench.backend import Backend, Device
from fractbench.choice import for_precision
from fractbench.cli.show import Format, form, print_json, print_pairs, say, whole
from fractbench.errors import StoppedError, UsageError
from fractbench.kernels import kernel_of
from fractbench.map import Map
from fractbench.plan import Plan
from fractbench.proof import prove
from fractbench.registry import select
from fractbench.request import Request
from fractbench.window import canonical, decimal
from fractbench.zoom.centre import Centre, follow

MISMATCH = 3


def find_centre(
    problem: Annotated[str, typer.Argument(help="a network's name, or name:option=value")],
    width: Annotated[str, typer.Option(help="decades to reach, e.g. 1e-25")] = "1e-12",
    seed: Annotated[str, typer.Option(help="of the path inward; draws: name:seed=N")] = "0",
    view: Annotated[
        str | None, typer.Option(help="where to begin: start (the default), published")
    ] = None,
    window: Annotated[str | None, typer.Option(help="where to begin: X0:X1,Y0:Y1")] = None,
    steps: Annotated[str | None, typer.Option(help="training steps; the problem's own")] = None,
    backend: Annotated[
        str | None, typer.Option(help="B or B:DEVICE; native if it works here")
    ] = None,
    format: Annotated[str, typer.Option(help="table or json")] = "table",
) -> None:
    """Follow the boundary inward and print a centre for run --center."""
    chosen, wanted = form(format), depth(width)
    number = whole(seed, "--seed", 0) or 0
    request = Request(problem=problem, preset="paper", size=2, steps=whole(steps, "--steps"),
                      view=view, window=window)  # fmt: skip
    plan = request.plan()
    target, device = select(for_precision(backend))
    rows = Rows(target, device)
    found: Centre | None = None
    try:
        proven = prove(target, device, say)
        for found in follow(plan.problem, plan.grid.window, wanted, rows.make, number):
            say(f"width {found.width:.1e}: {found.text}")
    except KeyboardInterrupt:
        reached = f"; the centre so far is {found.text} (width {found.width:.1e})" if found else ""
        message = f"stopped{reached}"
        raise StoppedError(message) from None
    assert found is not None
    show(plan, found, f"--width {wanted:e} --backend {device}", number, chosen)
    if proven == "MISMATCH":
        raise typer.Exit(MISMATCH)


class Rows:
    """Makes the Maps of rows on one device; the direct Kernel of a Problem is prepared once."""

    def __init__(self, backend: Backend, device: Device) -> None:
        """Start with nothing prepared."""
        self._maker = backend, device
        self._direct: Prepared | None = None

    def make(self, plan: Plan) -> Map:
        """Return the Map of one row."""
        if plan.perturbed or self._direct is None:
            kernel = kernel_of(plan, *self._maker)
            prepared = Prepared(plan, *self._maker, kernel, 0.0)
            if plan.perturbed:
                return prepared.execute()
            self._direct = prepared
        return Prepared(plan, *self._maker, self._direct.kernel, 0.0).execute()


def depth(text: str) -> Decimal:
    """Read a width.

    Raises:
        UsageError: it is no positive number below 1.
    """
    width = decimal(text, "--width takes a number such as 1e-25")
    if not 0 < width < 1:
        raise UsageError(f"--width {text} is not allowed; type a number between 0 and 1: 1e-25")
    return width


def show(plan: Plan, found: Centre, options: str, seed: int, how: Format) -> None:
    """Print the centre and the command that shows it; `options` are the width and the device."""
    spec, steps = plan.problem.spec, plan.problem.steps
    command = f"fractbench run {spec} --center {found.text} --steps {steps} {options}"
    if how is Format.JSON:
        print_json({"schema": "fractbench.centre/1", "problem": spec, "steps": steps, "seed": seed,
                    "center": found.text, "width": canonical(found.width), "bits": found.bits,
                    "command": command})  # fmt: skip
        return
    print_pairs([("problem", spec), ("centre", found.text), ("width", f"{found.width:.1e}"),
                 ("precision", f"{found.bits} bits"), ("show it", command)])  # fmt: skip
