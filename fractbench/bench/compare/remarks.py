"""remarks: what a reader of a comparison must know besides its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from fractbench.bench.compare.match import Row, known
from fractbench.bench.compare.significance import Difference
from fractbench.bench.records.record import Record

SLOWED = 1.05
"""A calibration that differs by more between columns is worth a warning."""
TOLD = (
    "software.fractbench", "software.commit", "software.dirty", "software.python",
    "backend.version", "backend.threads", "kernel.source", "kernel.tile", "hardware.chip",
    "hardware.model", "hardware.gpu", "system.name", "system.release", "system.driver",
    "before.power", "before.power_mode",
)  # fmt: skip
"""The facts that a reader must know where columns differ in them."""


def differing_facts(columns: Mapping[str, Sequence[Record]]) -> list[str]:
    """Say in which facts the columns' records differ."""
    seen: dict[str, dict[str, list[Any]]] = {field: {} for field in TOLD}
    for column, records in columns.items():
        for record in records:
            for field, value in known(record, {f.partition(".")[0] for f in TOLD}):
                if field in seen and value not in seen[field].setdefault(column, []):
                    seen[field][column].append(value)
    return [
        f"{field}: " + " | ".join(f"{c} {', '.join(map(_short, v))}" for c, v in found.items())
        for field, found in seen.items()
        if len({str(sorted(map(str, values))) for values in found.values()}) > 1
    ]


def _short(value: object) -> str:
    text = "unknown" if value is None else str(value)
    return text[:12] if len(text) in (40, 64) else text


def changed_machines(found: Sequence[Row]) -> list[str]:
    """Say where the calibration tells that the machine was not the same in two columns."""
    said = {}
    for row in found:
        (base, (machine, before)), *others = (
            (column, _calibration(records)) for column, records in row.cells.items()
        )
        for column, (other, after) in others:
            if before is None or after is None or machine != other:
                continue
            ratio = before / after
            if max(ratio, 1 / ratio) > SLOWED:
                said[column] = (
                    f"{column}: a fixed piece of work took {ratio:.2f} times as long as in {base}: "
                    "the machine itself had changed, and the ratios have that in them"
                )
    return list(said.values())


def coarse(differences: Sequence[Difference]) -> Iterator[str]:
    """Say how small a ratio can be told where launches did not take turns."""
    wide = [one.told for one in differences if one.design != "pairs"]
    if wide:
        yield (
            f"where launches did not take turns, less than {min(wide):.2f}x cannot be told; "
            "docs/comparing.md says how to find less"
        )


def _calibration(records: Sequence[Record]) -> tuple[str, float | None]:
    """Return the machine and the device, and the median rate of calibrations, None if unknown.

    Every run chooses how much work a calibration is, so that times of two runs say nothing.
    """
    taken = [r.samples for r in records if r.samples]
    rates = [s.calibration_work / t for s in taken if s.calibration_work for t in s.calibration_ns]
    machine = f"{records[0].hardware} {records[0].device}"
    return machine, float(np.median(rates)) if rates else None
