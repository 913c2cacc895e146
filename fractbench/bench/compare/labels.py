"""labels: the columns of a comparison, each with a short name of its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from fractbench.bench.records.record import Record
from fractbench.bench.tables.wording import chip
from fractbench.errors import UsageError


def by_file(files: Sequence[tuple[str, Sequence[Record]]]) -> dict[str, Sequence[Record]]:
    """Return records by the shortest part of each path that tells it from the others.

    Raises:
        UsageError: a file is given twice.
    """
    paths = [Path(os.path.abspath(name)) for name, _ in files]
    twice = [str(files[n][0]) for n, path in enumerate(paths) if path in paths[:n]]
    if twice:
        raise UsageError(f"{twice[0]} is given twice; type different files")
    stems, depth = [path.with_suffix("") for path in paths], 1
    paths = stems if len(set(stems)) == len(paths) else paths
    while len({path.parts[-depth:] for path in paths}) < len(paths):
        depth += 1
    return {"/".join(path.parts[-depth:]): found
            for path, (_, found) in zip(paths, files, strict=True)}  # fmt: skip


def by_device(files: Sequence[tuple[str, Sequence[Record]]]) -> dict[str, Sequence[Record]]:
    """Return records by device and kernel, with the chip where there are several."""
    everything = [record for _, found in files for record in found]
    several = len({(r.hardware.chip, r.hardware.gpu) for r in everything}) > 1
    columns: dict[str, list[Record]] = {}
    for record in everything:
        name = f"{record.device} {record.kernel.name}" if record.kernel else record.device
        columns.setdefault(f"{name}, {chip(record)}" if several else name, []).append(record)
    return dict(columns)
