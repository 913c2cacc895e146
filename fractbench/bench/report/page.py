"""page: Records -> one HTML page that loads nothing, runs only its own script, and works without.

All that comes from a record is escaped. The page's policy allows its own style and its own script
by their hashes, and pictures that are in the page; nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files

from fractbench.bench.records.record import TIMED, Record
from fractbench.bench.report.details import UNKNOWN, details
from fractbench.bench.report.entry import Entry, entries
from fractbench.bench.report.maps import proof_name, proofs
from fractbench.bench.report.panels import HEIGHT as PANEL_HEIGHT
from fractbench.bench.report.panels import panels
from fractbench.bench.report.rows import HEIGHT as ROW_HEIGHT
from fractbench.bench.report.rows import groups
from fractbench.bench.report.table import COLUMNS, lines

STATUSES = {
    "exact": "every checked bit equals the reference",
    "agrees": "bits may differ; the statistical test of the free contract found no disagreement",
    "mismatch": "the map is wrong",
    "nondeterministic": "the same run gave different maps",
    "out-of-memory": "the device or the machine had too little memory",
    "unavailable": "the backend, the device or the kernel is not there",
    "timeout": "no answer within the time limit",
    "error": "it ended in an error",
}
"""What each status means."""


def page(records: Sequence[Record]) -> bytes:
    """Return the page in UTF-8; the same Records, in any order, give the same bytes."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    style, script = _part("report.css"), _part("report.js")
    environment = Environment(
        loader=PackageLoader("fractbench.bench.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["details"] = lambda entry: details(entry.record)
    environment.filters["proof_name"] = proof_name
    found = entries(records)
    text = environment.get_template("page.html").render(
        policy=policy(style, script),
        style=style,
        script=script,
        facts=overview(found),
        entries=found,
        columns=COLUMNS,
        lines=lines(found),
        groups=groups(found),
        panels=panels(found),
        proofs=proofs(found),
        statuses=STATUSES,
        timed=TIMED,
        row_height=ROW_HEIGHT,
        panel_height=PANEL_HEIGHT,
        unknown=UNKNOWN,
    )
    return text.encode()


def policy(style: str, script: str) -> str:
    """Return the Content-Security-Policy of a page with this style and script."""
    rules = {
        "default-src": "'none'",
        "style-src": _hash(style),
        "script-src": _hash(script),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def overview(found: Sequence[Entry]) -> list[str]:
    """Return the sentence parts at the page's top: records, devices, proven, failed, dates."""
    proven = sum(entry.status in TIMED for entry in found)
    days = sorted({entry.record.time[:10] for entry in found})
    devices = {(entry.device, entry.chip) for entry in found}
    return [
        _count(len(found), "record"),
        _count(len(devices), "device"),
        f"{proven} proven",
        f"{len(found) - proven} without a proof, and so without a time",
        days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}",
    ]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _part(name: str) -> str:
    return files("fractbench.bench.report").joinpath("templates", name).read_text("utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
