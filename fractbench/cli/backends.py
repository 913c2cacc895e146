"""``fractbench backends``: what can be used here, and what to type for the rest."""

from __future__ import annotations

from typing import Annotated

import typer

from fractbench.arithmetic.contract import arithmetics
from fractbench.cli.show import Format, form, print_json, print_table
from fractbench.problems.catalogue import problem
from fractbench.registry import Status, load, statuses


def backends(
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="every kernel, its contract, dtype and device")
    ] = False,
    format: Annotated[str, typer.Option(help="table or json")] = "table",
) -> None:
    """List the backends, their versions and devices, and why others are not there."""
    chosen, found = form(format), statuses()
    if chosen is Format.JSON:
        print_json({"schema": "fractbench.backends/1", "backends": [_object(s) for s in found]})
        return
    print_table(("backend", "version", "devices", "note"), [_row(s) for s in found])
    if verbose:
        print()
        heads = ("device", "contract", "dtype", "kernels for networks", "for the other problems")
        print_table(heads, [row for state in found for row in _kernels(state)])


def _object(state: Status) -> dict[str, object]:
    return {
        "name": state.name,
        "available": state.available,
        "version": state.version or None,
        "devices": [{"name": str(d), "chip": d.chip or None} for d in state.devices],
        "reason": state.reason or None,
        "install": None if state.available else state.install or None,
        "kernels": [
            {"device": device, "contract": contract, "dtype": dtype,
             "networks": _names(networks), "controls": _names(controls)}
            for device, contract, dtype, networks, controls in _kernels(state)
        ],
    }  # fmt: skip


def _kernels(state: Status) -> list[tuple[str, str, str, str, str]]:
    """Return a row for every Arithmetic that a device of a backend offers a kernel for."""
    if not state.available:
        return []
    backend, network, control = load(state.name), problem("tanh"), problem("mandelbrot")
    rows = []
    for device in state.devices:
        for arithmetic in arithmetics():
            offered = [", ".join(backend.offers(p, device, arithmetic)) for p in (network, control)]
            if any(offered):
                first, second = (names or "-" for names in offered)
                rows.append((str(device), arithmetic.contract, arithmetic.dtype, first, second))
    return rows


def _row(state: Status) -> tuple[str, str, str, str]:
    if state.available:
        return state.name, state.version, ", ".join(str(d) for d in state.devices), state.reason
    remedy = f"; type: {state.install}" if state.install else ""
    return state.name, state.version or "-", "-", f"{state.reason}{remedy}"


def _names(cell: str) -> list[str]:
    return [] if cell == "-" else cell.split(", ")
