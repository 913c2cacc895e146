"""``fractbench backends``: what can be used here, and what to type for the rest."""

from __future__ import annotations

from typing import Annotated

import typer

from fractbench.cli.show import Format, form, print_json, print_table
from fractbench.registry import Status, statuses


def backends(
    format: Annotated[str, typer.Option(help="table or json")] = "table",
) -> None:
    """List the backends, their versions and devices, and why others are not there."""
    chosen, found = form(format), statuses()
    if chosen is Format.JSON:
        print_json({"schema": "fractbench.backends/1", "backends": [_object(s) for s in found]})
        return
    print_table(("backend", "version", "devices", "note"), [_row(s) for s in found])


def _object(state: Status) -> dict[str, object]:
    return {
        "name": state.name,
        "available": state.available,
        "version": state.version or None,
        "devices": [{"name": str(d), "chip": d.chip or None} for d in state.devices],
        "reason": state.reason or None,
        "install": None if state.available else state.install or None,
    }


def _row(state: Status) -> tuple[str, str, str, str]:
    if state.available:
        return state.name, state.version, ", ".join(str(d) for d in state.devices), state.reason
    remedy = f"; type: {state.install}" if state.install else ""
    return state.name, state.version or "-", "-", f"{state.reason}{remedy}"
