"""Write the tables of docs/dimension.md: the six published dimensions beside their controls.

    python tools/prove_dimensions.py [--only linear,single] [--size 128] [--budget 600]

Every experiment is measured over its zoom ladder by `fractbench.dimension`. Maps and results are
kept in a folder outside the repository (--work), so that the program can be run in pieces: what is
there is taken up, and the document is assembled from the experiments that are whole.
"""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import platformdirs
from pydantic import ValidationError

from fractbench.dimension.frames import Asked, views
from fractbench.dimension.gather import Doubling, Frames
from fractbench.dimension.maker import Maker
from fractbench.dimension.result import DimensionResult, Row
from fractbench.dimension.study import study
from fractbench.dimension.table import NOTHING, interval, number, share
from fractbench.files import write_aside
from fractbench.problems.catalogue import problem

DOCS = Path(__file__).resolve().parents[1] / "docs" / "dimension.md"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"
WORK = Path(platformdirs.user_cache_dir("fractbench")) / "dimensions"


@dataclass(frozen=True)
class Experiment:
    """A published dimension, and how it is measured here; None for `frames`: the whole ladder."""

    problem: str
    published: float
    size: int
    frames: int | None = None


EXPERIMENTS = (
    Experiment("linear", 1.17, 512),
    Experiment("relu", 1.20, 128, 12),
    Experiment("single", 1.41, 512),
    Experiment("minibatch", 1.55, 128, 11),
    Experiment("tanh", 1.66, 128, 12),
    Experiment("weight-drift", 1.98, 128, 12),
)
"""`weight-drift` is how the published picture of `init-offset` was made."""


@dataclass(frozen=True)
class Settings:
    """What the options change; None keeps what the experiment says."""

    work: Path = WORK
    size: int | None = None
    frames: int | None = None
    steps: int | None = None
    double: Doubling = "auto"
    backend: str | None = None
    budget: float = float("inf")
    seed: int = 0


class OutOfTime(Exception):  # noqa: N818 - it ends a row and is no error
    """A row has used up its seconds; its finished maps are kept."""


def make(one: Experiment, settings: Settings, say: Callable[[str], None] = print) -> bool:
    """Make and keep one row; return False if its time ran out before."""
    size, count = settings.size or one.size, settings.frames or one.frames
    maker = Maker(settings.work, settings.backend, say)
    asked = Asked(one.problem, size, settings.steps, float64=maker.has_float64())
    frames = Frames(views(problem(one.problem), "ladder", count))
    begun, done = perf_counter(), 0

    def finished(what: str) -> None:
        nonlocal done
        done += 1
        seconds = perf_counter() - begun
        say(f"{one.problem}: {what} ({done}, {seconds:.0f} s)")
        if seconds > settings.budget:
            raise OutOfTime

    try:
        found = study(asked, "ladder", frames, maker, settings.double, settings.seed, finished)
    except OutOfTime:
        say(f"{one.problem}: time is up with {frames.finished} of {len(frames.views)} windows kept")
        return False
    text = json.dumps(found.model_dump(by_alias=True), indent=2) + "\n"
    write_aside(file_of(one, settings.work), text.encode())
    return True


def file_of(one: Experiment, work: Path) -> Path:
    """Return where the result of an experiment is kept."""
    return work / f"dimension-{one.problem}.json"


def there(work: Path) -> dict[Experiment, DimensionResult]:
    """Return the experiments that are whole; a result of another version counts as not made."""
    found = {}
    for one in EXPERIMENTS:
        file = file_of(one, work)
        with contextlib.suppress(OSError, ValidationError):
            found[one] = DimensionResult.model_validate_json(file.read_text())
    return found


def document(made: dict[Experiment, DimensionResult]) -> str:
    """Return the Markdown of all tables."""
    missing = [one.problem for one in EXPERIMENTS if one not in made]
    lines = [*_figures(made), "", *_controls(made), "", *_verdicts(made), "", *_ways(made)]
    if missing:
        command = f"python tools/prove_dimensions.py --only {','.join(missing)}"
        lines += ["", f"Not made yet: {', '.join(missing)}; `{command}` makes them."]
    return "\n".join(lines)


def _table(heads: Sequence[str], rows: Iterator[Sequence[str]]) -> list[str]:
    rule = ["---", *["---:"] * (len(heads) - 1)]
    return [f"| {' | '.join(cells)} |" for cells in (heads, rule, *rows)]


def _figures(made: dict[Experiment, DimensionResult]) -> list[str]:
    heads = ("problem", "published", "its estimator here", "fitted", "95 % interval",
             "one-ulp flips", "can be told from noise")  # fmt: skip

    def rows() -> Iterator[Sequence[str]]:
        for one, found in made.items():
            own = found.rows[0]
            told = {"told": "yes", "noise": "no", "none": NOTHING}[found.verdict.standing]
            yield (f"`{one.problem}`", f"{one.published:.2f}", number(own.published),
                   number(own.value), interval(own), share(found.flips.share), told)  # fmt: skip

    return _table(heads, rows())


def _controls(made: dict[Experiment, DimensionResult]) -> list[str]:
    names = [row.name for row in next(iter(made.values())).rows[1:]] if made else []

    def rows() -> Iterator[Sequence[str]]:
        for one, found in made.items():
            by_name = {row.name: row for row in found.rows}
            yield (f"`{one.problem}`", *(_both(by_name[name]) for name in names))

    return [
        "The controls: the fitted figure, and in brackets that of the published estimator.",
        "",
        *_table(("problem", *names), rows()),
    ]


def _verdicts(made: dict[Experiment, DimensionResult]) -> list[str]:
    return [
        f"- `{one.problem}`: {number(found.rows[0].value)} {found.verdict.sentence}."
        for one, found in made.items()
    ]


def _ways(made: dict[Experiment, DimensionResult]) -> list[str]:
    heads = ("problem", "pixels", "steps", "windows", "float32, float64, other", "doubled",
             "edges", "most flips in a window", "seed", "made by")  # fmt: skip

    def rows() -> Iterator[Sequence[str]]:
        for one, found in made.items():
            kinds = [frame.arithmetic.split("-")[1] for frame in found.frames]
            told = [kinds.count("float32"), kinds.count("float64")]
            counts = ", ".join(str(n) for n in (*told, len(kinds) - sum(told)))
            views_of = [n for n in problem(one.problem).views if n.startswith("published:")]
            double = found.rows[-1]
            edges = sum(frame.edges for frame in found.frames) / len(found.frames)
            yield (f"`{one.problem}`", f"{found.size} x {found.size}", str(found.steps),
                   f"{len(kinds)} of {len(views_of)}", counts, str(double.frames), f"{edges:.1%}",
                   share(found.flips.worst_share), str(found.seed), found.device)  # fmt: skip

    return _table(heads, rows())


def _both(row: Row) -> str:
    text = f"{number(row.value)} ({number(row.published)})"
    return text if row.same_frames is None else f"{text}, map {number(row.same_frames)}"


def write(text: str, docs: Path) -> None:
    """Put the tables between the document's marks."""
    whole = docs.read_text()
    head, tail = whole.split(BEGIN)[0], whole.split(END)[1]
    docs.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{tail}")


def main(words: Sequence[str] | None = None) -> None:
    """Make what is asked for, then write what is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=WORK, help="folder of maps and results")
    parser.add_argument("--only", default="", help="experiments, separated by commas; or none")
    parser.add_argument("--size", type=int, help="pixels a side, in place of each row's own")
    parser.add_argument("--frames", type=int, help="windows of the ladder, evenly spread")
    parser.add_argument("--steps", type=int, help="training steps")
    parser.add_argument("--budget", type=float, default=float("inf"), help="seconds for each row")
    parser.add_argument("--backend", help="B or B:DEVICE; native if it works here")
    parser.add_argument("--no-double", action="store_true", help="no double resolution")
    parser.add_argument("--docs", type=Path, default=DOCS, help="the document to rewrite")
    asked = parser.parse_args(words)
    known = [one.problem for one in EXPERIMENTS]
    wanted = [name for name in asked.only.split(",") if name] or known
    unknown = sorted(set(wanted) - {*known, "none"})
    if unknown:
        parser.error(f"unknown experiment {unknown[0]!r}; there are {', '.join(known)}, and none")
    settings = Settings(
        asked.work, asked.size, asked.frames, asked.steps, "none" if asked.no_double else "auto",
        asked.backend, asked.budget,
    )  # fmt: skip
    for one in EXPERIMENTS:
        if one.problem in wanted:
            make(one, settings)
    text = document(there(asked.work))
    write(text, asked.docs)
    print(text)


if __name__ == "__main__":
    main()
