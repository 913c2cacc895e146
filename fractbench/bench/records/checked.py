"""checked: a line of a file -> its Record, nothing in it trusted."""

from __future__ import annotations

import json
import math
from datetime import datetime

from pydantic import ValidationError

from fractbench.bench.records.record import SCHEMA, Record
from fractbench.bench.records.summary import summary
from fractbench.errors import UsageError

DERIVED = (
    "median_s", "low_s", "high_s", "q25_s", "q75_s", "drift", "pixel_steps_per_second", "gflops",
    "roofline_share", "joules_per_million",
)  # fmt: skip
"""The fields of a Summary that follow from the record alone."""
ALIKE = 1e-9
"""How far they may be, relatively, from what is computed again: NumPys may round differently."""


def checked(line: bytes, where: str, torn: bool) -> Record:
    """Return one line's Record; `where` is its file and number, `torn` tells that nothing ended it.

    Raises:
        UsageError: it is no undamaged Record.
    """
    try:
        text = line.decode()
        made = json.loads(text)
    except UnicodeDecodeError:
        raise UsageError(f"{where} is no UTF-8 text; records are lines of JSON in UTF-8") from None
    except (ValueError, RecursionError) as error:
        if torn:
            name, _, number = where.rpartition(" line ")
            raise UsageError(f"{where} was cut off: {remedy(name, int(number))}") from None
        raise UsageError(f"{where} is no JSON: {error}") from None
    written = made.get("schema") if isinstance(made, dict) else None
    if written != SCHEMA:
        raise UsageError(
            f"{where} is no {SCHEMA}: its schema is {written!r}; another version of fractbench, "
            "or another program, wrote it"
        )
    try:
        found = Record.model_validate_json(text)
        _recompute(found)
    except ValidationError as error:
        raise UsageError(f"{where}: {_first(error)}") from None
    except (UsageError, ArithmeticError, ValueError) as error:
        raise UsageError(f"{where}: {error}") from None
    return found


def _recompute(found: Record) -> None:
    """Compare a summary with what its samples give, outputs with the digest; see to the time.

    Raises:
        UsageError: it says otherwise.
        ValueError: the time is none.
    """
    if datetime.fromisoformat(found.time).tzinfo is None:
        raise ValueError(f"time {found.time!r} tells no time zone; records have UTC, +00:00")
    if found.samples is None or found.summary is None:
        return
    _check_outputs(found)
    counted = found.kernel is not None and found.kernel.early_exit is False
    roofline = found.roofline if counted else None
    again = summary(found.spec, found.samples, None, roofline, found.energy)
    for field in DERIVED:
        told, computed = getattr(found.summary, field), getattr(again, field)
        if told is None or computed is None:
            same = told is computed
        else:
            same = math.isclose(told, computed, rel_tol=ALIKE, abs_tol=1e-12)
        if not same:
            raise UsageError(
                f"summary.{field} is {told} and the samples give {computed}; the record was "
                "changed after it was measured"
            )


def _check_outputs(found: Record) -> None:
    """See that every timed pass of an exact record gave the map of its digest.

    Raises:
        UsageError: one did not, or was not hashed.
    """
    if found.verdict.status != "exact" or found.samples is None:
        return
    outputs, passes = found.verdict.outputs, sum(found.samples.passes)
    if len(outputs) != passes:
        raise UsageError(
            f"verdict.outputs has {len(outputs)} digests and samples.passes add up to {passes}; "
            "every timed map has a digest in an exact record"
        )
    for output in outputs:
        if output != found.verdict.digest:
            raise UsageError(
                f"verdict.outputs has {output} and verdict.digest is {found.verdict.digest}; in an "
                "exact record they are all equal"
            )


def _first(error: ValidationError) -> str:
    """Return the first of the things that are wrong, and how many more there are."""
    first, *rest = error.errors(include_url=False)
    place = ".".join(str(part) for part in first["loc"]) or "the record"
    more = f" (and {len(rest)} more)" if rest else ""
    if first["type"] == "extra_forbidden":
        return f"unknown field {place}{more}"
    if first["type"] == "missing":
        return f"field {place} is missing{more}"
    return f"{place}: {first['msg']}{more}"


def remedy(name: str, number: int) -> str:
    """Return what to type to be rid of a line that was cut off."""
    return f"the lines before it are whole; delete it: sed -i.torn '{number}d' {name!r}"
