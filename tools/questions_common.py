"""What the parts of prove_questions.py share: settings, rows that are kept, figures and tables."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

from fractbench.dimension.controls import Raster
from fractbench.dimension.maker import Maker
from fractbench.dimension.measured import Doubled, measure
from fractbench.dimension.nudged import Flips
from fractbench.dimension.uncertainty import Exponent
from fractbench.dimension.verdict import judge
from fractbench.files import write_aside

WORK = Path(platformdirs.user_cache_dir("fractbench")) / "questions"
NOTHING = "-"
Facts = dict[str, Any]
"""What JSON can hold."""
Made = Mapping[str, Facts]
"""The rows of a part that are whole, by name."""
Cells = Sequence[str]


@dataclass(frozen=True)
class Settings:
    """What the options change; None keeps what a row says."""

    size: int | None = None
    steps: int | None = None
    seeds: int | None = None

    def words(self, names: Sequence[str]) -> str:
        """Return the options that repeat those of some names."""
        values = {name: getattr(self, name) for name in names}
        return "".join(f" --{name} {value}" for name, value in values.items() if value is not None)


@dataclass(frozen=True)
class Part:
    """One question: its rows, how a row is made, and the text of those that are there.

    `asked` says what a row is, from its name and the settings, of which it takes those in
    `options`; `make` answers it; `draw` makes the pictures, from the rows and the folder of maps,
    in a folder.
    """

    name: str
    rows: tuple[str, ...]
    asked: Callable[[str, Settings], Facts]
    make: Callable[[Facts, Maker], Facts]
    text: Callable[[Made], list[str]]
    draw: Callable[[Made, Path, Path], None] = lambda made, work, pictures: None
    options: tuple[str, ...] = ("size", "steps")


def row_file(part: Part, row: str, work: Path) -> Path:
    """Return where a row is kept."""
    return work / f"{part.name}-{row.replace(':', '-')}.json"


def make_row(
    part: Part, row: str, settings: Settings, maker: Maker, anew: bool = False
) -> Facts:  # fmt: skip
    """Return a row, from its file if that answers the same question, else made and kept."""
    asked = part.asked(row, settings)
    file = row_file(part, row, maker.folder)
    try:
        kept: Facts = json.loads(file.read_text())
        if kept["asked"] == asked and not anew:
            return kept
    except (OSError, ValueError, KeyError, TypeError):
        pass
    options = settings.words(part.options)
    command = f"python tools/prove_questions.py --only {part.name}:{row}{options}"
    found = {"asked": asked, "command": command, **part.make(asked, maker)}
    maker.folder.mkdir(parents=True, exist_ok=True)
    write_aside(file, (json.dumps(found, indent=1) + "\n").encode())
    return found


def there(part: Part, work: Path) -> Made:
    """Return the rows that are whole."""
    files = {row: row_file(part, row, work) for row in part.rows}
    return {row: json.loads(file.read_text()) for row, file in files.items() if file.exists()}


def dimension(raster: Raster, flips: Flips | None = None) -> Facts:
    """Return a raster's figures, those of its controls, and whether it can be told from noise."""
    found = measure([raster], Doubled(reason="not made"))
    verdict = judge(found.evidence(flips))
    controls = {**found.shapes, "noise": found.noise, "shuffled": found.shuffled}
    return {
        "own": asdict(found.own),
        **{name: asdict(one) for name, one in controls.items()},
        "edges": found.density,
        "standing": verdict.standing,
        "sentence": verdict.sentence,
    }


def exponent(found: Exponent) -> Facts:
    """Return an uncertainty exponent for JSON, None where there is none."""
    return {
        name: None if isinstance(value, float) and np.isnan(value) else value
        for name, value in asdict(found).items()
    }


def number(value: float | None, digits: int = 3) -> str:
    """Return a number as it is printed."""
    return NOTHING if value is None else f"{round(value, digits) + 0.0:.{digits}f}"


def share(value: float | None) -> str:
    """Return a share in percent, so that a small one is not printed as none."""
    if value is None:
        return NOTHING
    return f"{value:.2%}" if value == 0 or value >= 0.0001 else "< 0.01%"


def between(figure: Mapping[str, Any]) -> str:
    """Return the 95 % interval of a figure or an exponent."""
    low, high = figure["low"], figure["high"]
    return NOTHING if low is None or high is None else f"{low:.2f} to {high:.2f}"


def with_interval(figure: Mapping[str, Any], name: str = "value") -> str:
    """Return a figure with its interval."""
    interval, value = between(figure), figure[name]
    told = "no interval" if interval == NOTHING else interval
    return NOTHING if value is None else f"{number(value)} ({told})"


def told(found: Mapping[str, Any]) -> str:
    """Return whether a dimension can be told from noise."""
    return {"told": "yes", "noise": "no", "none": NOTHING}[found["standing"]]


def noise_sentences(figures: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return a list of what cannot be told from noise, with the reasons; nothing if all can."""
    found = [
        f"- {name}: {number(one['own']['value'])} {one['sentence']}."
        for name, one in figures.items()
        if one["standing"] == "noise"
    ]
    return [*found, ""] if found else []


def met(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether the intervals of two figures overlap; False where one is not known."""
    if None in (one["low"], one["high"], other["low"], other["high"]):
        return False
    return bool(one["low"] <= other["high"] and other["low"] <= one["high"])


def table(heads: Cells, rows: Sequence[Cells], words: int = 1) -> list[str]:
    """Return a Markdown table; all but the first `words` columns stand to the right."""
    rule = [*["---"] * words, *["---:"] * (len(heads) - words)]
    return [f"| {' | '.join(cells)} |" for cells in (heads, rule, *rows)]


def text(words: str) -> str:
    """Return a paragraph, wrapped, from text in lines of any length."""
    return textwrap.fill(
        " ".join(words.split()), 100, break_on_hyphens=False, break_long_words=False
    )


def commands(part: str, made: Made) -> list[str]:
    """Return the commands that make the rows: one where their options are alike."""
    options = {row: f"{facts['command']} ".partition(f":{row} ")[2] for row, facts in made.items()}
    if len(set(options.values())) == 1:
        only = f"python tools/prove_questions.py --only {part} {next(iter(options.values()))}"
        return [f"    {only.strip()}", ""]
    return [*(f"    {facts['command']}" for facts in made.values()), ""]
