"""Write the pictures of the README and of docs/plot.md into docs/pictures/.

    python tools/make_pictures.py [run] [problems] [six] [difference] [deep] [--backend native]

All of them if none is named: what `fractbench run` leaves; a contact sheet of every problem's start
window, and one of the six published experiments, at their published number of steps; float32
beside float64; and a deep zoom. The digests under the pictures are those of the maps.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import fractbench
from fractbench.map import Map
from fractbench.plot.compose import Look, contact_sheet
from fractbench.plot.difference import difference
from fractbench.plot.output import write
from fractbench.plot.page import page
from fractbench.plot.parted import parted
from fractbench.plot.shown import shown

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
SIX = ("linear", "relu", "single", "minibatch", "tanh", "weight-drift")
"""In the order of their published dimensions; the last is init-offset as it was published."""
DEEP = "2.2020018383383726985504834093477,1.2188"
"""`fractbench find-centre single --width 1e-25 --seed 1`."""


def published(names: Sequence[str], backend: str, size: int, line: int, preset: str) -> list[Map]:
    """Return the start windows of Problems; `line` is the pixels of a map with one axis."""
    maps = []
    for name in names:
        wide = len(fractbench.problem(name).axes) == 1
        maps.append(
            fractbench.run(name, backend=backend, preset=preset, size=line if wide else size)
        )
        print(name, maps[-1].digest, flush=True)
    return maps


def sheet(path: Path, maps: Sequence[Map], columns: int, dpi: int) -> None:
    """Write a contact sheet; at these sizes and dots per inch each pixel is 2 x 2 dots."""
    look = Look(page("page", dpi=dpi), columns=columns)
    held = [shown(made) for made in maps]
    write(path, contact_sheet(held, look), held)


def two_formats(path: Path, backend: str, size: int, preset: str) -> None:
    """Write what parts float32 and float64."""
    maps = [
        shown(fractbench.run("tanh", backend=backend, preset=preset, size=size, dtype=dtype,
                             window="0:6,0:6"))
        for dtype in ("float32", "float64")
    ]  # fmt: skip
    found, names = difference(*maps), ("A: float32", "B: float64")
    write(path, parted(maps[0], maps[1], found, names, page("page", dpi=150)), maps)


def make(
    names: Sequence[str], folder: Path, backend: str, size: int, preset: str = "paper"
) -> None:
    """Make the named pictures in a folder; the six maps are twice as wide as `size`, in pixels."""
    folder.mkdir(parents=True, exist_ok=True)
    if "run" in names:
        fractbench.run("tanh").save(folder / "run.png")
    if "problems" in names:
        every = published(fractbench.problem_names(), backend, size, 8 * size, preset)
        sheet(folder / "problems.png", every, 5, 150)
    if "six" in names:
        six = published(SIX, backend, 2 * size, 8 * size, preset)
        sheet(folder / "six.png", six, 3, 180)
    if "difference" in names:
        two_formats(folder / "difference.png", backend, size, preset)
    if "deep" in names:
        made = fractbench.run(
            "single", backend=backend, preset=preset, size=2 * size, center=DEEP, width="1e-25"
        )
        made.save(folder / "deep.png")


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    pictures = ("run", "problems", "six", "difference", "deep")
    parser.add_argument("pictures", nargs="*", metavar="PICTURE", help=", ".join(pictures))
    parser.add_argument("--backend", default="native")
    parser.add_argument("--size", type=int, default=96)
    options = parser.parse_args()
    if unknown := set(options.pictures) - set(pictures):
        parser.error(f"no picture {min(unknown)!r}; there are: {', '.join(pictures)}")
    make(options.pictures or pictures, FOLDER, options.backend, options.size)


if __name__ == "__main__":
    main()
