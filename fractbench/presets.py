"""Presets: sizes and steps that have names."""

from __future__ import annotations

from dataclasses import dataclass

from fractbench.errors import UsageError, nearest
from fractbench.problems.base import Problem


@dataclass(frozen=True)
class Preset:
    """The side of a square map, the length of a line, and the steps, at most the published ones."""

    side: int
    line: int
    steps: int | None

    def size(self, problem: Problem) -> tuple[int, int]:
        """Return the size in pixels."""
        return (self.side, self.side) if len(problem.axes) == 2 else (self.line, 1)

    def trained(self, problem: Problem) -> int:
        """Return the number of steps."""
        return problem.steps if self.steps is None else min(self.steps, problem.steps)


PRESETS = {
    "quick": Preset(48, 1025, 100),
    "standard": Preset(256, 65537, 500),
    "paper": Preset(4096, (1 << 23) + 1, None),
}


def preset(name: str) -> Preset:
    """Return a preset by name.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in PRESETS:
        raise UsageError(
            f"unknown preset {name!r}{nearest(name, PRESETS)}; type --preset {', '.join(PRESETS)}"
        )
    return PRESETS[name]
