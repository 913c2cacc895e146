"""cross_check: exact maps of one key have one digest, on all devices and in all launches."""

from __future__ import annotations

from collections.abc import Sequence

from fractbench.bench.failure import FailedError
from fractbench.bench.line import Entry
from fractbench.goldens import goldens

TRUSTED = ("numpy", "native")
"""Backends whose word decides, the first one first: the reference itself, and what is proven by
most goldens. No majority does: frameworks that share a compiler share its mistakes."""


def agreed(key: str, told: Sequence[tuple[str, str]]) -> str | None:
    """Return the digest to hold all devices to, given each one's (backend, digest).

    It is the golden's if there is one, else what they all say, else the reference's. None if
    nothing decides.
    """
    if golden := next((g.digest for g in goldens() if g.key == key), None):
        return golden
    if len({digest for _, digest in told}) == 1:
        return told[0][1]
    for name in TRUSTED:
        if found := [digest for backend, digest in told if backend == name]:
            return found[0]
    return None


def cross_check(entries: Sequence[Entry], known: dict[str, str]) -> None:
    """Fail every entry whose exact map is not the one; `known` holds those of earlier launches."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        plan = entry.case.plan
        if not entry.failed and plan.arithmetic.exact:
            groups.setdefault(plan.key, []).append(entry)
    for key, group in groups.items():
        told = [(entry.case.target.partition(":")[0], entry.told["digest"]) for entry in group]
        right = known.get(key) or agreed(key, told)
        for entry in group:
            if entry.told["digest"] != right:
                entry.fail(FailedError("mismatch", _reason(right)))
        if right:
            known[key] = right


def _reason(right: str | None) -> str:
    if right:
        return f"another whole map than the proven {right[-8:]}"
    return "the devices disagree on this map: add numpy to --backend, and it decides"
