"""disclosure: what in a record could tell who made it, found again before it is shared.

The schema has no field for names and paths, and what frameworks say was cleaned when the record was
made. This looks at every string of a finished record once more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from fractbench.bench.machine.privacy import clean
from fractbench.bench.records.picture import picture_fault
from fractbench.bench.records.record import Record
from fractbench.problems.catalogue import names as problem_names
from fractbench.registry import points

LINKED = ("roofline.peak_source",)
"""The fields that may hold an address on the web, written by us."""
_LINK = re.compile(r"https://[\w.-]+(?:/[\w./%+~-]*)?")
_KINDS = {
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*"),
    "a path": re.compile(
        r"(?<![\w.)\]])(?:~[\w.-]*|\.{1,2})?/[\w.~-]"  # /home, ~/x, ./x, ../x, not s/x
        r"|\w[\w.-]*/[\w.-]+/[\w.-]"  # a/b/c
        r"|\b[A-Za-z]:[\\/]"
        r"|\\\\\w"
        r"|\bfile:"
    ),
}
_ORDINARY = (
    "amd", "apple", "arch", "cpu", "cuda", "darwin", "debian", "fedora", "gpu", "intel", "linux",
    "mac", "max", "metal", "mps", "nvidia", "pro", "ubuntu", "ultra",
)  # fmt: skip
"""Words that chips and systems are called by: a user Max may share what his Apple M4 Max did."""


def disclosures(record: Record) -> list[str]:
    """Return a sentence for every field that could tell who made a record."""
    told = record.model_dump(mode="json", by_alias=True, exclude={"picture"})
    found = []
    for field, text in strings(told):
        plain = _LINK.sub("", text) if field in LINKED else text
        if what := revealing(plain):
            found.append(f"{field} {what}")
    if record.picture is not None and (fault := picture_fault(record.picture)):
        found.append(f"picture {fault}")
    return found


def strings(value: object, field: str = "") -> Iterator[tuple[str, str]]:
    """Yield (field, text) of every string in a JSON value, and of the names in its objects."""
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield f"{field} (a name in it)".strip(), name
            yield from strings(part, f"{field}.{name}".lstrip("."))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from strings(part, f"{field}[{index}]")


@cache
def revealing(text: str) -> str | None:
    """Return what a text seems to tell, or None."""
    for kind, pattern in _KINDS.items():
        if pattern.search(text):
            return f"looks like {kind}"
    plain = " ".join(_ordinary().sub("x", text).split())
    return None if clean(plain) == plain else "holds a name or something else that is private"


@cache
def _ordinary() -> re.Pattern[str]:
    words = "|".join(map(re.escape, (*_ORDINARY, *problem_names(), *points())))
    # Not within anns-mac-pro.local, which is a name as a whole.
    return re.compile(rf"(?<![\w.-])(?:{words})(?![\w-]|\.\w)", re.IGNORECASE)
