"""shared_files: the names and texts of the files that records are shared in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fractbench.bench.records.shelf import Placed
from fractbench.bench.tables.wording import chip


def files(offered: Sequence[Placed]) -> dict[str, str]:
    """Return the names and texts of the files to share: one for each device of each run."""
    out: dict[str, str] = {}
    for placed in offered:
        record = placed.record
        name = f"{slug(chip(record))}-{slug(record.device)}-{slug(record.run[:8])}.jsonl"
        out[name] = out.get(name, "") + record.line() + "\n"
    return out


def slug(text: str) -> str:
    """Return a text as part of a file's name: small letters, digits and hyphens, at most 40."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].rstrip("-") or "unknown"
