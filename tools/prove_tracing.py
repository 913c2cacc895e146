"""Write the tables of docs/tracing.md: what traced boundaries spare, and what they miss.

    python tools/prove_tracing.py [--only full-linear,large-tanh] [--backend native]

Two kinds of pieces. `full-...` makes a whole map, traces it under many rules and counts what each
one missed. `large-...` traces a map that is too large to make. Each piece is kept as JSON in a
folder outside the repository (--work), and so are unfinished maps and traces: the program goes on
where it was stopped, and the document is assembled from the pieces that are whole.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

import fractbench
from fractbench.dimension.published import sizes_of
from fractbench.files import write_aside
from fractbench.request import Request
from fractbench.tracing import Rule, missed, sparse_box_counts, trace
from fractbench.tracing.cells import Places
from fractbench.tracing.estimate import Counted
from fractbench.tracing.file import metadata
from fractbench.tracing.made import make, ready
from fractbench.tracing.missed import boundary
from fractbench.tracing.traced import Level

DOCS = Path(__file__).resolve().parents[1] / "docs" / "tracing.md"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"
WORK = Path(platformdirs.user_cache_dir("fractbench")) / "tracing"
COARSE = (64, 128, 256, 512, 1024)
BANDS = {"none, not followed": (0, False), "0": (0, True), "1": (1, True), "2": (2, True),
         "4": (4, True), "8": (8, True)}  # fmt: skip
"""The guard of every row, and whether the boundary is followed beyond it."""
WIDE = Rule(512, 8)
"""Compared with full maps beside the default rule."""
Json = dict[str, Any]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Piece:
    """One map to be made whole, or one to be traced only; None for the problem's own steps.

    `coarse` and `guard` are of the trace of a large one.
    """

    name: str
    problem: str
    size: int
    dtype: str = "float32"
    view: str = "start"
    steps: int | None = None
    coarse: int = Rule.coarse
    guard: int = Rule.guard

    @property
    def options(self) -> Json:
        """What `Request` takes."""
        return {"preset": "paper", **{name: getattr(self, name) for name in (
            "size", "dtype", "view", "steps")}}  # fmt: skip


FULL = (
    Piece("full-mandelbrot", "mandelbrot", 2048, "float64"),
    Piece("full-newton", "newton", 2048),
    Piece("full-linear", "linear", 2048),
    Piece("full-single", "single", 2048),
    Piece("full-single-published", "single", 1024, "float64", "published"),
    Piece("full-tanh", "tanh", 512),
)
LARGE = (
    Piece("large-mandelbrot", "mandelbrot", 65536, "float64", coarse=2048),
    Piece("large-linear", "linear", 8192),
    Piece("large-single", "single", 8192),
    Piece("large-linear-published", "linear", 8192, "float64", "published"),
    Piece("large-single-published", "single", 8192, "float64", "published"),
    Piece("large-tanh", "tanh", 2048),
)


def prove(piece: Piece, work: Path, backend: str, say: Say = print) -> Json:
    """Return a piece's figures: those that are kept, or new ones, which are then kept."""
    file = work / f"{piece.name}.json"
    asked = {**asdict(piece), "backend": backend}
    if file.exists() and (held := json.loads(file.read_text()))["asked"] == asked:
        return dict(held)
    work.mkdir(parents=True, exist_ok=True)
    say(f"{piece.name}: {piece.problem} at {piece.size}^2")
    prover = full if piece.name.startswith("full") else large
    text = json.dumps({"asked": asked, **prover(piece, work, backend)}, indent=1)
    write_aside(file, f"{text}\n".encode())
    return dict(json.loads(text))


def full(piece: Piece, work: Path, backend: str) -> Json:
    """Make a whole map; count what every rule misses of its boundary, and what it trains."""
    made = fractbench.run(piece.problem, backend=backend, out=work, **piece.options)
    classes, size = made.classes, piece.size
    blocks = boundary(classes)
    sizes = sizes_of(size - 1)
    whole = boxes(blocks, size, sizes)

    def traced(rule: Rule) -> Json:
        found = trace(lambda places: classes.ravel()[places], size, size, rule)
        lost, mine = missed(found, classes), boxes(found.keys, size, sizes)
        pairs = zip(whole.counts, mine.counts, strict=True)
        return {
            "trained": found.share, "missed": lost.share, "wrong": lost.wrong_share,
            "boxes_off": max((abs(b / a - 1) for a, b in pairs if a), default=0.0),
            "dimension": mine.dimension,
        }  # fmt: skip

    rules = {
        name: [traced(Rule(coarse, guard, follow)) for coarse in COARSE]
        for name, (guard, follow) in BANDS.items()
    }
    return {
        "steps": made.problem.steps, "seconds": made.made["run_seconds"],
        "blocks": int(blocks.size), "sizes": whole.sizes, "counts": whole.counts,
        "dimension": whole.dimension, "rules": rules,
        "agreement": [{"rule": asdict(rule), **traced(rule)} for rule in (Rule(), WIDE)],
    }  # fmt: skip


def boxes(keys: Places, size: int, sizes: Sequence[int]) -> Counted:
    """Return the box counts of boundary blocks on a square grid."""
    rows, columns = np.divmod(keys, size - 1)
    counts = sparse_box_counts(rows, columns, (size - 1, size - 1), sizes)
    return Counted(tuple(sizes), tuple(int(count) for count in counts))


def large(piece: Piece, work: Path, backend: str) -> Json:
    """Trace a map; `peak` is the process's memory in bytes if this piece raised it."""
    before = peak()
    prepared = ready(Request(piece.problem, **piece.options), backend)
    made = make(prepared, work, Rule(piece.coarse, piece.guard))
    after = peak()
    return {**metadata(made), "peak": after if after > before else None}


def peak() -> int:
    """Return the most bytes that this process has held; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def estimated(levels: Sequence[Level], doublings: int) -> int:
    """Return the pixels that a trace of a grid so many times doubled would train.

    The pixels that a level adds grow by a factor from level to level; that of the last level goes
    on. The coarse lattice stays.
    """
    fresh = [b.trained - a.trained for a, b in pairwise(levels)]
    total = levels[-1].trained
    for n in range(1, doublings + 1):
        total += round(fresh[-1] * (fresh[-1] / fresh[-2]) ** n)
    return total


def document(made: dict[str, Json]) -> str:
    """Return the Markdown of all tables, from the pieces that are whole."""
    larges = [made[p.name] for p in LARGE if p.name in made]
    fulls = [made[p.name] for p in FULL if p.name in made]
    lines = [*_large(larges), "", *_estimates(larges), "", *_agreement(fulls)]
    for one in fulls:
        lines += ["", *_missed(one)]
    if missing := [p.name for p in (*FULL, *LARGE) if p.name not in made]:
        command = f"python tools/prove_tracing.py --only {','.join(missing)}"
        lines += ["", f"Not made yet: {', '.join(missing)}; `{command}` makes them."]
    return "\n".join(lines)


def _table(heads: Sequence[str], rows: Iterator[Sequence[str]]) -> list[str]:
    rule = ["---", *["---:"] * (len(heads) - 1)]
    return [f"| {' | '.join(cells)} |" for cells in (heads, rule, *rows)]


def _map(one: Json) -> str:
    asked = one["asked"]
    where = "" if asked["view"] == "start" else f", {asked['view']} window"
    return f"`{asked['problem']}` {asked['size']:,}^2, {asked['dtype']}{where}"


def _large(found: Sequence[Json]) -> list[str]:
    heads = ("traced", "rule", "steps", "pixels trained", "share of the grid", "boundary blocks",
             "seconds", "peak memory", "wrong fills everywhere", "near the boundary",
             "published estimator")  # fmt: skip

    def rows() -> Iterator[Sequence[str]]:
        for one in found:
            trained, wrong = one["trained_pixels"], [_probe(p) for p in one["probes"]]
            seconds = f"{one['trace_seconds']:.0f}"
            if one["fresh_pixels"] < trained:
                seconds += f" for {one['fresh_pixels'] / trained:.0%} of them"
            memory = "" if one["peak"] is None else f"{one['peak'] / 2**30:.2f} GiB"
            rule = f"coarse {one['rule']['coarse']}, guard {one['rule']['guard']}"
            yield (_map(one), rule, str(one["steps"]), f"{trained:,}",
                   f"{one['trained_share']:.3%}", f"{one['boundary_blocks']:,}", seconds, memory,
                   *wrong,
                   _number(one["published_dimension"]))  # fmt: skip

    return ["## Large boundaries", "", *_table(heads, rows())]


def _probe(one: Json) -> str:
    if not one["pixels"]:
        return "none left"
    return f"{one['wrong']} of {one['pixels']:,} (at most {one['bound']:.2%})"


def _estimates(found: Sequence[Json]) -> list[str]:
    heads = ("map", "last level, estimated from the earlier ones", "pixels at twice the side",
             "at four times", "hours at this speed, twice", "four times")  # fmt: skip

    def rows() -> Iterator[Sequence[str]]:
        for one in found:
            levels = [Level(**level) for level in one["levels"]]
            if len(levels) < 4:
                continue
            check = estimated(levels[:-1], 1) / levels[-1].trained - 1
            more = [estimated(levels, n) for n in (1, 2)]
            each = one["trace_seconds"] / max(one["fresh_pixels"], 1) / 3600
            yield (_map(one), f"{check:+.1%}", *(f"{n:,}" for n in more),
                   *(f"{n * each:.2g}" for n in more))  # fmt: skip

    return ["## Larger ones, estimated", "", *_table(heads, rows())]


def _agreement(found: Sequence[Json]) -> list[str]:
    heads = ("full map", "rule", "boundary blocks", "missed", "pixels filled wrongly",
             "box counts differ by at most", "estimate, full map", "traced")  # fmt: skip

    def rows() -> Iterator[Sequence[str]]:
        for one in found:
            for ours in one["agreement"]:
                rule = f"coarse {ours['rule']['coarse']}, guard {ours['rule']['guard']}"
                yield (_map(one), rule, f"{one['blocks']:,}", f"{ours['missed']:.3%}",
                       f"{ours['wrong']:.2e}", f"{ours['boxes_off']:.2%}",
                       _number(one["dimension"]), _number(ours["dimension"]))  # fmt: skip

    return ["## Against full maps", "", *_table(heads, rows())]


def _missed(one: Json) -> list[str]:
    heads = ("guard", *(f"coarse {coarse}" for coarse in COARSE))

    def rows() -> Iterator[Sequence[str]]:
        for name, cells in one["rules"].items():
            yield (name, *(f"{c['missed']:.3%} for {c['trained']:.1%}" for c in cells))

    return [f"### {_map(one)}: blocks missed, for pixels trained", "", *_table(heads, rows())]


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"


def write(made: dict[str, Json], file: Path = DOCS) -> None:
    """Put the tables between the marks."""
    before, _, rest = file.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    write_aside(file, f"{before}{BEGIN}\n\n{document(made)}\n\n{END}{after}".encode())


def main() -> None:
    """Make what is missing of the pieces asked for, and write the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="names of pieces, separated by commas; none: just write")
    parser.add_argument("--backend", default="native")
    parser.add_argument("--work", type=Path, default=WORK)
    told = parser.parse_args()
    every = {piece.name: piece for piece in (*FULL, *LARGE)}
    asked = list(every) if told.only is None else [n for n in told.only.split(",") if n != "none"]
    if unknown := [name for name in asked if name not in every]:
        raise SystemExit(f"unknown piece {unknown[0]!r}; type some of {', '.join(every)}")
    for name in asked:
        prove(every[name], told.work, told.backend)
    kept = {n: told.work / f"{n}.json" for n in every}
    write({n: json.loads(file.read_text()) for n, file in kept.items() if file.exists()})


if __name__ == "__main__":
    main()
