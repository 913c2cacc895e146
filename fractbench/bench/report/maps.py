"""maps: every digest once, with its picture and all that gave exactly these bits."""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from fractbench.bench.records.picture import picture_fault
from fractbench.bench.report.entry import Entry
from fractbench.bench.tables.wording import window


@dataclass(frozen=True)
class Picture:
    """A PNG in base64 and its size."""

    data: str
    width: int
    height: int


@dataclass(frozen=True)
class Proof:
    """A map: its digest, its picture if any record has one, and the records that made it."""

    name: str
    digest: str
    picture: Picture | None
    window: str
    entries: tuple[Entry, ...]

    @property
    def title(self) -> str:
        """What map it is, in words."""
        first = self.entries[0]
        return f"{first.case}, {first.record.spec.steps} steps"

    @property
    def statuses(self) -> tuple[str, ...]:
        """Every status that it was given, once."""
        return tuple(dict.fromkeys(entry.status for entry in self.entries))


def proofs(entries: Sequence[Entry]) -> list[Proof]:
    """Return a Proof for every digest, in order of appearance."""
    held: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.record.verdict.digest is not None:
            held.setdefault(entry.record.verdict.digest, []).append(entry)
    return [_proof(digest, alike) for digest, alike in held.items()]


def proof_name(digest: str) -> str:
    """Return the name of a digest's place on the page."""
    return "m-" + hashlib.sha256(digest.encode()).hexdigest()[:12]


def _proof(digest: str, alike: Sequence[Entry]) -> Proof:
    found = (picture(entry.record.picture) for entry in alike)
    return Proof(
        name=proof_name(digest),
        digest=digest,
        picture=next((one for one in found if one is not None), None),
        window=window(alike[0].record),
        entries=tuple(alike),
    )


def picture(text: str | None) -> Picture | None:
    """Return a record's picture; None if it has none, or one that is not what it must be."""
    if text is None or picture_fault(text):
        return None
    width, height = struct.unpack(">II", base64.b64decode(text)[16:24])
    return Picture(text, width, height) if width and height else None
