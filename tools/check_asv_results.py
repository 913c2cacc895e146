"""Fail unless asv measured something in every suite, on every backend, and nothing failed.

    python tools/check_asv_results.py .asv/results [--backends numpy,native]

asv reports what it skips as n/a and is content when it skips everything; this is not. It reads the
results that `asv run --python=same --set-commit-hash HEAD` leaves (without the commit, asv saves
none): a number is a measurement, NaN was skipped, null failed.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from itertools import product
from pathlib import Path
from typing import Any

BACKENDS = "numpy,mlx,jax,torch,native"
PARAMETER = "backend"
Table = dict[tuple[str, ...], float | None]
"""Values by combination of parameters, as asv writes these."""


def tables(folder: Path) -> dict[str, Table]:
    """Return every benchmark's values from all results in a folder that were made in place."""
    found: dict[str, Table] = {}
    for path in sorted(folder.glob("*/*-existing-*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        for name, cells in data["results"].items():
            row = dict(zip(data["result_columns"], cells, strict=False))
            combinations = list(product(*row["params"]))
            values = row["result"] or [None] * len(combinations)
            found.setdefault(name, {}).update(zip(combinations, values, strict=True))
    return found


def complaints(
    known: dict[str, Any], found: dict[str, Table], backends: list[str]
) -> list[str]:  # fmt: skip
    """Return what is wrong: benchmarks that failed, or that have no number where one is due."""
    said = [] if known else ["no benchmark was discovered"]
    for name, facts in known.items():
        table = found.get(name, {})
        failed = [", ".join(c) or "all" for c, value in table.items() if value is None]
        said += [f"{name}: failed for {combination}" for combination in failed]
        measured = [c for c, value in table.items() if value is not None and not math.isnan(value)]
        if not measured:
            said.append(f"{name}: nothing was measured")
        elif PARAMETER in facts["param_names"]:
            place = facts["param_names"].index(PARAMETER)
            there = {c[place].strip("'") for c in measured}
            said += [f"{name}: nothing was measured on {b}" for b in backends if b not in there]
    return said


def main() -> None:
    """Print what was measured, or what is wrong and exit with 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--backends", default=BACKENDS, help="those that must be there")
    given = parser.parse_args()
    listing = given.folder / "benchmarks.json"
    known = json.loads(listing.read_text(encoding="utf-8")) if listing.exists() else {}
    known.pop("version", None)
    found = tables(given.folder)
    if said := complaints(known, found, given.backends.split(",")):
        sys.exit("\n".join(said))
    values = [value for table in found.values() for value in table.values()]
    measured = sum(value is not None and not math.isnan(value) for value in values)
    print(f"{len(known)} benchmarks, {measured} of {len(values)} combinations measured")


if __name__ == "__main__":
    main()
