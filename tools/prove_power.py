"""Write the tables of docs/comparing.md: false alarms and power on recorded samples.

    python tools/prove_power.py

The samples are real (tools/repeated_samples.py) and all of the same program, so that every
difference found is a false alarm. A change is planted by making the rates of one side higher.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import exp, log
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from fractbench.bench.compare.significance import CALM, LEVEL, TIMES, Launch, difference, scatter
from repeated_samples import recordings

DOCS = Path(__file__).resolve().parents[1] / "docs" / "comparing.md"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"
DESIGNS = {"one after the other": (1, 3, 5, 10), "far apart": (1, 3, 5, 10),
           "in turns": (4, 5, 8, 10, 15, 20, 30, 40, 60)}  # fmt: skip
CHANGES = (1.0, 1.05, 1.1, 1.3, 3.0)
TRIALS = 400
Sides = tuple[Sequence[Launch], Sequence[Launch]]


class Share(NamedTuple):
    """How many of `draws` were called different; with a change, faster."""

    found: int
    draws: int


def launches(recording: dict[str, Any]) -> list[Launch]:
    """Return a recording's launches, with rates as `compare` takes them: of the median sample."""
    rows = [(row["start_s"], row["samples_us"]) for row in recording["launches"]]
    return [Launch(start, 1e6 / float(np.median(took)), scatter(took)) for start, took in rows]


def draws(there: Sequence[Launch], design: str, count: int, step: int = 1) -> Iterator[Sides]:
    """Yield pairs of disjoint sets of `count` launches; every `step`-th of all there are.

    In turns is A B B A.
    """
    starts = range(0, len(there) - 2 * count + 1, step)
    for i in starts:
        if design == "in turns":
            sides = [there[i + n] for n in range(2 * count)]
            yield ([one for n, one in enumerate(sides) if n % 4 in (0, 3)],
                   [one for n, one in enumerate(sides) if n % 4 in (1, 2)])  # fmt: skip
        elif design == "one after the other":
            yield there[i : i + count], there[i + count : i + 2 * count]
        else:
            for j in range(i + 2 * count, len(there) - count + 1, 3 * step):
                yield there[i : i + count], there[j : j + count]


def share(there: Sequence[Launch], design: str, count: int, change: float = 1.0,
          level: float = LEVEL, step: int = 1) -> Share:  # fmt: skip
    """Count verdicts over all draws."""
    found = total = 0
    for base, other in draws(there, design, count, step):
        changed = [replace(one, rate=one.rate * change) for one in other]
        verdict = difference(base, changed, level).verdict
        found += verdict != "no difference" if change == 1 else verdict == "faster"
        total += 1
    return Share(found, total)


def table(recording: dict[str, Any]) -> Iterator[str]:
    """Yield the Markdown of one recording."""
    there = launches(recording)
    spread = float(np.std([log(one.rate) for one in there], ddof=1))
    minutes = there[-1].start / 60
    yield (
        f"Recording `{recording['name']}`: {len(there)} launches of {recording['what']} on "
        f"{recording['device']} ({recording['chip']}, {recording['threads']} threads) in "
        f"{minutes:.0f} minutes. The standard deviation of log time over all of it is "
        f"{spread:.3f}."
    )
    yield ""
    heads = [f"{change}x found" for change in CHANGES[1:]]
    yield f"| launches a side | sets | false alarms | {' | '.join(heads)} |"
    yield "| --- | ---: | ---: |" + " ---: |" * len(heads)
    for design, counts in DESIGNS.items():
        for count in (count for count in counts if 2 * count <= len(there)):
            alarms, *powers = (share(there, design, count, change) for change in CHANGES)
            cells = [f"{100 * one.found / one.draws:.0f} of 100" for one in powers]
            false = f"{100 * alarms.found / alarms.draws:.1f} of 100"
            yield f"| {count}, {design} | {alarms.draws} | {false} | {' | '.join(cells)} |"
    yield ""


def quiet_table() -> Iterator[str]:
    """Yield how often turns find 1.05x where log times of launches are normal."""
    counts, rng = (8, 10, 15, 20, 30, 40, 60), np.random.default_rng(0)
    yield "1.05x found in turns, by simulation, where launches scatter normally about one speed:"
    yield ""
    yield f"| standard deviation | {' | '.join(f'{count} turns' for count in counts)} |"
    yield "| --- |" + " ---: |" * len(counts)
    for deviation in (0.005, 0.01, 0.02, 0.03, 0.05):
        cells = []
        for count in counts:
            times = rng.normal(0, deviation, (TRIALS, 2 * count))
            found = [share([Launch(float(n), exp(-time)) for n, time in enumerate(row)],
                           "in turns", count, 1.05).found for row in times]  # fmt: skip
            cells.append(f"{100 * sum(found) / TRIALS:.0f} of 100")
        yield f"| {deviation:.1%} | {' | '.join(cells)} |"
    yield ""


def main() -> None:
    """Write the tables between the marks."""
    lines = [f"Level {LEVEL}, {TIMES:g} times the scatter within launches, at least {CALM}.", ""]
    for recording in recordings():
        lines += table(recording)
    lines += quiet_table()
    text = DOCS.read_text()
    head, tail = text.partition(BEGIN)[0], text.partition(END)[2]
    DOCS.write_text(head + "\n".join([BEGIN, "", *lines, END]) + tail)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
