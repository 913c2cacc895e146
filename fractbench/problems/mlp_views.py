"""The windows of the published mlp pictures (arXiv 2402.06184, figures and released notebook)."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from fractbench.window import Window

_START = Window((("-3", "6"), ("-3", "6")))

_PUBLISHED = {
    "linear": ("2.278778652160,0.679198384024", "4.0227e-6", 21),
    "relu": ("-0.238354647408,1.910856136262", "2.1451e-6", 22),
    "single": ("1.683937604038,1.260231034637", "3.6956e-6", 21),
    "minibatch": ("-0.572840488430,2.241221409332", "5.0576e-12", 41),
    "tanh": ("1.123844266878,2.301807567137", "7.7489e-7", 23),
    "init-offset": ("-0.707606951649,1.591348039936", "6.2909e-10", 34),
}
"""Centre, final width in decades, and the doublings between it and the first frame."""


@lru_cache
def views_of(name: str) -> dict[str, Window]:
    """Return ``start``, ``published`` and the ladder ``published:0`` (widest) to ``published:N``.

    `weight-drift` has the windows of `init-offset`, whose picture was painted by its rule.
    """
    views = {"start": _START}
    entry = _PUBLISHED.get("init-offset" if name == "weight-drift" else name)
    if entry is not None:
        center, width, doublings = entry
        ladder = [str(Decimal(width) * 2 ** (doublings - k)) for k in range(doublings + 1)]
        views["published"] = Window.around(center, width)
        views |= {f"published:{k}": Window.around(center, w) for k, w in enumerate(ladder)}
    return views
