"""``fractbench plot``: maps from files -> a picture for a paper, a slide or a page."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated

import typer

from fractbench.cli.show import print_pairs, say, whole


def plot(
    files: Annotated[list[str], typer.Argument(help="maps, as .npz; several stand side by side")],
    out: Annotated[
        str | None, typer.Option("-o", "--out", help=".png, .pdf or .svg; beside the map if none")
    ] = None,
    colors: Annotated[
        str | None, typer.Option(help="published, classes, or a Matplotlib colormap")
    ] = None,
    reference: Annotated[
        str | None, typer.Option(help="a map whose values are ranked in place of those shown")
    ] = None,
    crop: Annotated[
        str | None, typer.Option(help="X0:X1,Y0:Y1 in the numbers of the window")
    ] = None,
    crop_pixels: Annotated[
        str | None, typer.Option(help="C0:C1,R0:R1, without C1 and R1; row 0 is the lowest")
    ] = None,
    contour: Annotated[
        bool, typer.Option("--contour", help="draw where the class changes")
    ] = False,
    annotate: Annotated[
        list[str] | None, typer.Option(help='"text@x,y" in the numbers of the window; repeatable')
    ] = None,
    title: Annotated[
        list[str] | None, typer.Option(help="one for all maps, or one for each; '' for none")
    ] = None,
    size_preset: Annotated[
        str | None, typer.Option(help="column (85 mm), page (178 mm, the default), slide (16:9)")
    ] = None,
    width_mm: Annotated[float | None, typer.Option(help="width of the picture")] = None,
    dpi: Annotated[str | None, typer.Option(help="dots per inch: 300, slides 192")] = None,
    columns: Annotated[str | None, typer.Option(help="maps beside each other")] = None,
    sheet: Annotated[
        bool, typer.Option("--sheet", help="a contact sheet: no axes, each map by its own ranks")
    ] = False,
    key: Annotated[bool, typer.Option(help="explain the colours below the maps")] = True,
) -> None:
    """Draw maps: recolour, crop, annotate, at a size for print, with one colour reference."""
    from fractbench.errors import UsageError
    from fractbench.plot.compose import Look, contact_sheet, side_by_side
    from fractbench.plot.output import output_format, write
    from fractbench.plot.page import page
    from fractbench.plot.ranges import crop as cropped
    from fractbench.plot.ranges import crop_pixels as cropped_pixels
    from fractbench.plot.ranges import note, printable
    from fractbench.plot.shown import read

    maps = [read(name) for name in files]
    first = Path(files[0])
    path = first.with_name(f"{first.stem}-plot.png") if out is None else Path(out)
    if out is not None:
        output_format(path)
    if crop is not None and crop_pixels is not None:
        raise UsageError("--crop and --crop-pixels both choose a part; type one")
    look = Look(
        page(size_preset, width_mm, whole(dpi, "--dpi")), colors, contour,
        tuple(note(text) for text in annotate or ()),
        tuple(printable(text, "--title") for text in title or ()), key,
        whole(columns, "--columns"),
    )  # fmt: skip
    ranked = [read(reference)] if reference is not None else None if sheet else maps
    shown = maps
    if crop is not None:
        shown = [cropped(item, crop) for item in maps]
    elif crop_pixels is not None:
        shown = [cropped_pixels(item, crop_pixels) for item in maps]
    picture = (contact_sheet if sheet else side_by_side)(shown, look, ranked)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        size = write(path, picture, shown)
    for warning in said:
        say(f"warning: {warning.message}")
    print_pairs([("picture", str(path)), ("size", size), *(("map", item.digest) for item in maps)])
