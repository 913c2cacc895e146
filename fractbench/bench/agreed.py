"""agreed: which of several digests of one exact map is right."""

from __future__ import annotations

from collections.abc import Sequence

from fractbench.goldens import goldens

TRUSTED = ("numpy", "native")
"""Backends whose word decides: the reference itself, and what is proven by most goldens."""


def agreed(key: str, told: Sequence[tuple[str, str]]) -> str | None:
    """Return the digest to hold all devices to, given each one's (backend, digest).

    It is the golden's if there is one, else the reference's, else that of more than half of them.
    None if nothing decides.
    """
    if golden := next((g.digest for g in goldens() if g.key == key), None):
        return golden
    for name in TRUSTED:
        if found := [digest for backend, digest in told if backend == name]:
            return found[0]
    digests = [digest for _, digest in told]
    best = max(set(digests), key=digests.count)
    return best if 2 * digests.count(best) > len(digests) else None
