"""Goldens: digests that are committed and must not move.

`goldens.json` is made by tools/make_goldens.py. A golden moves only with a new contract version
and a line in CHANGELOG.md.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from fractbench.arithmetic.contract import arithmetic
from fractbench.draws import Draws
from fractbench.grid import grid_of, parse_size
from fractbench.map import Map
from fractbench.plan import Plan, map_key
from fractbench.problems.catalogue import problem
from fractbench.window import Window

SCHEMA = "fractbench.goldens/1"
Verdict = Literal["match", "mismatch", "none"]


@dataclass(frozen=True)
class Golden:
    """One committed digest and what it is the digest of."""

    case: str
    problem: str
    window: str
    size: str
    steps: int
    draws: str
    contract: str
    dtype: str
    key: str
    digest: str

    @property
    def long(self) -> bool:
        """Whether it is too long for a quick check."""
        return self.case in ("whole", "quick")

    @property
    def suffix(self) -> str:
        """The contract and dtype where they are not the default, for a person."""
        usual = (self.contract, self.dtype) == ("strict", "float32")
        return "" if usual else f" ({self.contract} {self.dtype})"

    def plan(self) -> Plan:
        """Return the Plan that makes it."""
        chosen = problem(self.problem).with_steps(self.steps)
        kinds, _, seed = self.draws.partition(",seed=")
        if seed:
            both = kinds.replace("weights+order", "both")
            chosen = chosen.with_draws(Draws.parse(both, int(seed)))
        size = parse_size(self.size, len(chosen.axes))
        grid = grid_of(chosen, Window.parse(self.window), size)
        return Plan(chosen, grid, arithmetic(self.contract, self.dtype))


@lru_cache(maxsize=1)
def goldens() -> tuple[Golden, ...]:
    """Return every committed golden."""
    text = files("fractbench").joinpath("goldens.json").read_text()
    data = json.loads(text)
    assert data["schema"] == SCHEMA
    return tuple(Golden(**row) for row in data["goldens"])


def verdict(made: Map) -> Verdict:
    """Tell whether a Map is a golden one, and if so whether it matches."""
    key = map_key(made.problem, made.grid, made.arithmetic)
    known = {g.digest for g in goldens() if g.key == key}
    if not known:
        return "none"
    return "match" if made.digest in known else "mismatch"
