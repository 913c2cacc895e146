"""Write docs/questions.md and its picture: what readers asked of the trainability maps.

    python tools/prove_questions.py [--only order,seeds,roundoff:tanh] [--size 128] [--steps 500]

Four questions: where the measure caps (`order`), averages over seeds (`seeds`), round-off
(`roundoff`), and what kind of boundary it is (`exponent`). Maps and rows are kept in a folder
outside the repository (--work), so that the program can be run in pieces: what is there is taken
up, and the document is assembled from the rows that are whole. `--only none` does that alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter

import questions_exponent
import questions_order
import questions_roundoff
import questions_seeds
from fractbench.dimension.maker import Maker
from questions_common import WORK, Made, Part, Settings, make_row, text, there

DOCS = Path(__file__).resolve().parents[1] / "docs" / "questions.md"
PARTS = (
    questions_order.PART,
    questions_seeds.PART,
    questions_roundoff.PART,
    questions_exponent.PART,
)


def chosen(only: str) -> list[tuple[Part, str]]:
    """Return the rows that words such as ``order,roundoff:tanh`` name; all of them for none.

    Raises:
        ValueError: a word names nothing; its text says so.
    """
    every = [(part, row) for part in PARTS for row in part.rows]
    words = [word for word in only.split(",") if word]
    if not words:
        return every
    found = []
    for word in words:
        named = [one for one in every if f"{one[0].name}:{one[1]}:".startswith(f"{word}:")]
        if not named and word != "none":
            known = ", ".join(part.name for part in PARTS)
            raise ValueError(
                f"there is no row {word!r}; type one of {known}, PART:ROW "
                f"({PARTS[0].name}:{PARTS[0].rows[0]}), or none"
            )
        found += [one for one in named if one not in found]
    return found


def page(made: Mapping[str, Made]) -> str:
    """Return the document of the rows that are there, by part."""
    lines = [
        "# Readers' questions",
        "",
        text("""What was asked of the trainability maps (arXiv 2402.06184), each answered by a
        figure with its 95 % interval beside its controls. Estimators, controls and *told from
        noise* are those of [dimension.md](dimension.md): *fitted* is the box-counting dimension of
        one straight fit, *their estimator* the published one, *noise* independent pixels with as
        many edges as the map. Maps of 128 pixels a side are small, and errors of 0.1 are common
        there. Written by"""),
        "",
        "    python tools/prove_questions.py",
        "",
        text("""with maps from `native` where it works. It can be run row by row with `--only`; what
        was made is kept in `--work`, and the page is assembled from it."""),
    ]
    for part in PARTS:
        rows = made[part.name]
        if rows:
            lines += ["", *part.text(rows)]
        missing = [f"{part.name}:{row}" for row in part.rows if row not in rows]
        if missing:
            words = part.name if not rows else ",".join(missing)
            lines += [
                "",
                "Not made yet:",
                "",
                f"    python tools/prove_questions.py --only {words}",
            ]
    return "\n".join(lines) + "\n"


def main(words: Sequence[str] | None = None) -> None:
    """Make what is asked for, then write what is there."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", help="parts or rows, separated by commas; or none")
    parser.add_argument("--size", type=int, help="pixels a side (a line: its square, and 1)")
    parser.add_argument("--steps", type=int, help="training steps")
    parser.add_argument("--seeds", type=int, help="seeds that are averaged, an odd number")
    parser.add_argument("--work", type=Path, default=WORK, help="folder of maps and rows")
    parser.add_argument("--anew", action="store_true", help="rows again, from maps that are there")
    parser.add_argument("--backend", help="B or B:DEVICE; native if it works here")
    parser.add_argument("--docs", type=Path, default=DOCS, help="the document to write")
    told = parser.parse_args(words)
    try:
        rows = chosen(told.only)
    except ValueError as error:
        parser.error(str(error))
    if told.seeds is not None and (told.seeds < 1 or told.seeds % 2 == 0):
        parser.error(f"--seeds {told.seeds} is not allowed; type an odd number, so that none ties")
    settings, maker = Settings(told.size, told.steps, told.seeds), Maker(told.work, told.backend)
    for part, row in rows:
        begun = perf_counter()
        make_row(part, row, settings, maker, told.anew)
        print(f"{part.name}:{row} in {perf_counter() - begun:.0f} s", flush=True)
    made = {part.name: there(part, told.work) for part in PARTS}
    for part in PARTS:
        part.draw(made[part.name], told.work, told.docs.parent / "pictures")
    told.docs.write_text(page(made))


if __name__ == "__main__":
    main()
