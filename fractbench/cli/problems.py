"""``fractbench problems``: what can be trained."""

from __future__ import annotations

from typing import Annotated

import typer

from fractbench.cli.show import Format, form, print_json, print_table
from fractbench.problems.base import Problem
from fractbench.problems.catalogue import names, option_names, problem


def problems(
    format: Annotated[str, typer.Option(help="table or json")] = "table",
) -> None:
    """List the problems, their axes, steps, views and options."""
    chosen, found = form(format), [problem(name) for name in names()]
    if chosen is Format.JSON:
        print_json({"schema": "fractbench.problems/1", "problems": [_object(p) for p in found]})
        return
    heads = ("problem", "what", "steps", "views", "options")
    print_table(heads, [_row(p) for p in found])


def _object(p: Problem) -> dict[str, object]:
    return {
        "name": p.name,
        "title": p.title,
        "steps": p.steps,
        "axes": [{"label": a.label, "scale": a.scale, "low": a.low, "high": a.high}
                 for a in p.axes],
        "classes": [c.name for c in p.classes],
        "accumulators": list(p.accumulators),
        "views": {name: str(window) for name, window in p.views.items()},
        "options": list(option_names(p.name)),
        "draws": list(p.drawable),
    }  # fmt: skip


def _row(p: Problem) -> tuple[str, str, str, str, str]:
    options = ", ".join(option_names(p.name)) or "-"
    return p.name, p.title, str(p.steps), p.views_in_short, options
