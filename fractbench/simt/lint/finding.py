"""finding: what the lint has to say of one line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What is wrong, and the line of the unit, from 1."""

    line: int
    what: str
