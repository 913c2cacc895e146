"""output: a figure -> the bytes of a PNG, PDF or SVG, the same for the same picture."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fractbench.errors import UsageError, nearest
from fractbench.files import write_aside
from fractbench.plot.draw import figure
from fractbench.plot.layout import layout
from fractbench.plot.panel import Picture
from fractbench.plot.shown import Shown
from fractbench.plot.titles import described

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "pdf", "svg")


def output_format(path: Path) -> str:
    """Return what a file's name asks for.

    Raises:
        UsageError: it ends in nothing that can be drawn, or is a folder, or in none.
    """
    wanted = path.suffix[1:].lower()
    if wanted not in FORMATS:
        raise UsageError(
            f"cannot draw {path.name!r}{nearest(wanted, FORMATS)}; "
            "type -o with a name ending in .png, .pdf or .svg"
        )
    if path.is_dir():
        raise UsageError(f"{str(path)!r} is a folder; type -o with the name of a file")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {str(path.parent)!r}; make it, or type another -o")
    return wanted


def write(path: Path, picture: Picture, maps: Sequence[Shown]) -> str:
    """Draw a picture of some maps into a file and return its size in words.

    Raises:
        FractbenchError: the panels do not fit, or the file cannot be written.
    """
    wanted, page = output_format(path), picture.page
    write_aside(path, drawn(picture, maps, wanted))
    placed = layout(picture)
    size = f"{placed.width:.1f} x {placed.height:.1f} mm"
    if wanted != "png":
        return size
    return f"{size}, {int(placed.width / page.dot)} x {int(placed.height / page.dot)} dots"


def drawn(picture: Picture, maps: Sequence[Shown], wanted: str) -> bytes:
    """Return the file of a picture of some maps, which its metadata name.

    Raises:
        UsageError: the panels do not fit, or there are too many dots.
    """
    title = picture.heading or ", ".join(panel.title for panel in picture.panels)
    return encoded(lambda: figure(picture), wanted, title, described(maps))


def encoded(draw: Callable[[], Figure], wanted: str, title: str, about: str) -> bytes:
    """Draw and return the file: no date, no version and no random name is in it.

    `title` and `about` go into the file's metadata. Warnings of Matplotlib, such as of a letter
    that its font lacks, are raised once for each text.
    """
    buffer = io.BytesIO()
    with _own_style(), warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        draw().savefig(buffer, format=wanted, metadata=_metadata(wanted, title, about))
    for text in dict.fromkeys(str(warning.message) for warning in said):
        warnings.warn(text, RuntimeWarning, stacklevel=2)
    return buffer.getvalue()


@contextmanager
def _own_style() -> Iterator[None]:
    """Leave a user's own Matplotlib settings out of the picture."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        # TrueType letters in PDF, which journals ask for; names in SVG that depend on nothing.
        matplotlib.rcParams.update({"pdf.fonttype": 42, "svg.hashsalt": "fractbench"})
        yield


def _metadata(wanted: str, title: str, about: str) -> dict[str, str | None]:
    if wanted == "png":
        return {"Title": title, "Description": about, "Software": "fractbench"}
    if wanted == "pdf":
        return {"Title": title, "Subject": about, "Creator": "fractbench", "CreationDate": None}
    return {"Title": title, "Description": about, "Creator": "fractbench", "Date": None}
