"""``fractbench diff``: two maps -> which pixels differ, as numbers and as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fractbench.cli.show import Format, form, print_json, print_pairs

if TYPE_CHECKING:
    from fractbench.plot.difference import Apart, Box, Difference
    from fractbench.plot.shown import Shown

SCHEMA = "fractbench.diff/1"
DIFFERENT = 1
"""The exit status of two maps that differ, as of diff(1)."""


def diff(
    a: Annotated[str, typer.Argument(help="a map, as .npz")],
    b: Annotated[str, typer.Argument(help="another")],
    out: Annotated[
        str | None, typer.Option("-o", "--out", help="a picture: .png, .pdf or .svg")
    ] = None,
    format: Annotated[str, typer.Option(help="table or json")] = "table",
    anyway: Annotated[
        bool, typer.Option("--anyway", help="even if problem, steps, window or draws differ")
    ] = False,
) -> None:
    """Compare two maps: which pixels differ, in class and in any bit.

    Exit status: 0 if all bits are equal, 1 if any differs, 2 if the maps cannot be compared.
    """
    chosen = form(format)
    from fractbench.plot.difference import check_comparable, difference
    from fractbench.plot.output import output_format
    from fractbench.plot.shown import read

    if out is not None:
        output_format(Path(out))
    first, second = read(a), read(b)
    check_comparable(first, second, anyway)
    found = difference(first, second)
    picture = [] if out is None else [("picture", _drawn(Path(out), first, second, found))]
    if chosen is Format.JSON:
        print_json({**as_json(first, second, found), **dict(picture)})
    else:
        print_pairs([*rows(first, second, found), *picture])
    if not found.same:
        raise typer.Exit(DIFFERENT)


def _drawn(path: Path, a: Shown, b: Shown, found: Difference) -> str:
    """Write the picture and return its name; a failure is no difference, so its status is 2."""
    from fractbench.errors import FractbenchError, UsageError
    from fractbench.plot.output import write
    from fractbench.plot.parted import parted

    names = (f"A: {a.about['arithmetic']}", f"B: {b.about['arithmetic']}")
    if names[0][1:] == names[1][1:]:
        names = (f"A: {a.name}", f"B: {b.name}")
    try:
        write(path, parted(a, b, found, names), [a, b])
    except FractbenchError as error:
        raise UsageError(str(error)) from error
    return str(path)


def as_json(a: Shown, b: Shown, found: Difference) -> dict[str, Any]:
    """Return everything that is found, for a program."""
    return {
        "schema": SCHEMA,
        "a": {"name": a.name, "digest": a.digest},
        "b": {"name": b.name, "digest": b.digest},
        "same": found.same,
        "pixels": found.pixels,
        "different": found.count,
        "classes_different": found.classes_count,
        "changes": [
            {"from": before, "to": after, "pixels": count}
            for (before, after), count in found.changes.items()
        ],
        "accumulators": found.accumulators,
        "first_accumulator": found.first_accumulator,
        "first_pixel": found.first_pixel,
        "box": found.box,
        "classes_box": found.classes_box,
        "value": vars(found.value),
        "value_in_class": vars(found.value_in_class),
        "boundary": found.boundary,
        "differing_on_boundary": found.differing_on_boundary,
        "classes_on_boundary": found.classes_on_boundary,
    }


def rows(a: Shown, b: Shown, found: Difference) -> list[tuple[str, str]]:
    """Return the lines of the printed result."""
    lines = [
        ("A", a.digest),
        ("B", b.digest),
        ("pixels", "{} x {}".format(*a.size)),
        ("bits", _share(found.count, found.pixels)),
        ("class", _share(found.classes_count, found.pixels)),
    ]
    if found.box is None:
        return lines
    changes = ", ".join(f"{i} to {j} {n}" for (i, j), n in found.changes.items())
    counts = ", ".join(f"{name} {count}" for name, count in found.accumulators.items())
    column, row = found.first_pixel or (0, 0)
    lines += [("changes", changes)] if changes else []
    return [
        *lines,
        ("first", f"{found.first_accumulator}, at column {column}, row {row}"),
        ("accumulators", counts),
        ("value", f"{_far(found.value)}; where the class is kept {_far(found.value_in_class)}"),
        ("where", f"bits {_where(found.box)}; class {_where(found.classes_box)}"),
        ("boundary", f"bits {_share(found.differing_on_boundary, found.count)}, "
                     f"class {_share(found.classes_on_boundary, found.classes_count)}, "
                     f"all pixels {_share(found.boundary, found.pixels)}"),
    ]  # fmt: skip


def _where(box: Box | None) -> str:
    if box is None:
        return "nowhere"
    return f"columns {box[0]} to {box[2]}, rows {box[1]} to {box[3]}"


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole}" + (f" ({100 * part / whole:.3g}%)" if whole else "")


def _far(apart: Apart) -> str:
    if apart.largest is None or apart.median is None:
        return "none"
    return f"at most {apart.largest:.4g}, median {apart.median:.4g}"
