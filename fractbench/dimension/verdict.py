"""verdict: whether a dimension can be told from noise, and why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from fractbench.dimension.figures import Figure
from fractbench.dimension.nudged import Flips

FLIPPED = 0.05
"""The share of pixels in another class after one ulp, above which a picture is noise."""
OF_BOUNDARY = 0.25
"""The same as a share of the edges: a band of fair coins flips 0.57 pixels for each of its edges
(half of its pixels; 7 of 8 of its blocks are edges), so here half of the boundary is redrawn."""
ALIKE = 0.15
"""How near slopes at small, and at large boxes must be for a boundary to scale as a control does.
Windows of known shapes scatter by 0.01; a dust of noise with as many edges as a boundary is 0.2 to
0.5 away from it at one end or the other, even where the figures agree."""
DRIFT = 0.1
"""How far figures at half and double resolution may lie from the plain one: less than lies between
any two of the published figures from 1.20 up, which are 0.11 apart at least."""
SENTENCE = "cannot be told from noise"
_NAMES = {"noise": "noise with as many edges", "shuffled": "its own pixels shuffled"}

Standing = Literal["told", "noise", "none"]


@dataclass(frozen=True)
class Evidence:
    """What a verdict rests on.

    `own` is the map's figure; `controls` holds those of ``noise`` and ``shuffled``; `misses` how
    far the estimator is off on each shape whose dimension is known; `resolutions` holds by ``half``
    and ``double`` the figure and that of the same frames as they are. `flips` counts the pixels
    that one ulp changes (None: unknown); `density` is the share of blocks that are edges.
    """

    own: Figure
    controls: Mapping[str, Figure]
    misses: Sequence[float]
    resolutions: Mapping[str, tuple[Figure, Figure]]
    flips: Flips | None
    density: float


@dataclass(frozen=True)
class Verdict:
    """`told` from noise, `noise`, or `none`: there is no dimension to judge.

    `round_off` tells whether one-ulp flips are among the reasons.
    """

    standing: Standing
    reasons: tuple[str, ...] = ()
    round_off: bool = False

    @property
    def sentence(self) -> str:
        """What is printed with the figure."""
        if self.standing == "none":
            return "no dimension: " + "; ".join(self.reasons)
        if self.standing == "noise":
            return f"{SENTENCE}: " + "; ".join(self.reasons)
        return "; ".join(("differs from noise and from its own shuffled pixels", *self.reasons))


def judge(evidence: Evidence) -> Verdict:
    """Return the verdict; any one reason is enough for noise."""
    if evidence.own.value is None:
        return Verdict("none", (evidence.own.note or "no frame has a boundary long enough",))
    alike, remarks = _alike(evidence)
    flipped = list(_flips(evidence))
    reasons = (*alike, *flipped, *_drifts(evidence))
    if reasons:
        return Verdict("noise", reasons, bool(flipped))
    if evidence.flips is None:
        remarks.append("its one-ulp flips are not known")
    return Verdict("told", tuple(remarks))


def _alike(evidence: Evidence) -> tuple[list[str], list[str]]:
    """Return why the figure is that of a control, and what a reader must know where it is not."""
    own, reasons, remarks = evidence.own, [], []
    if own.interval is None:
        return [own.note or "it has no interval"], []
    known = {n: c for n, c in evidence.controls.items() if c.interval is not None}
    if not known:
        return ["neither noise nor its shuffled pixels have a dimension to compare with"], []
    miss = max(evidence.misses, default=0.0)
    for name, control in known.items():
        if not _meet(own.interval, control.interval, miss):
            continue
        said = (
            f"its interval, {_shown(own.interval)}, meets that of {_NAMES[name]}, "
            f"{_shown(control.interval)}"
        )
        if _one_slope(own, control):
            reasons.append(
                f"{said} (each give or take {miss:.3f}, what known shapes are missed by)"
            )
        else:
            remarks.append(
                f"{said}, whose slopes at small and large boxes, {_ends(control)}, are not its "
                f"own, {_ends(own)}"
            )
    return reasons, remarks


def _one_slope(own: Figure, control: Figure) -> bool:
    """Return whether two scale alike; what has no slopes of its own, a line, is taken to."""
    pairs = ((own.small, control.small), (own.large, control.large))
    return all(a is None or b is None or abs(a - b) <= ALIKE for a, b in pairs)


def _flips(evidence: Evidence) -> Iterator[str]:
    found = evidence.flips
    if found is None:
        return
    if found.share > FLIPPED:
        yield f"one ulp changes the class of {found.share:.1%} of its pixels, above {FLIPPED:.0%}"
    if found.least_share > OF_BOUNDARY * evidence.density:
        yield (
            f"one ulp changes {found.share / max(evidence.density, 1e-12):.2f} pixels for each "
            f"edge, above {OF_BOUNDARY}: half of the boundary is round-off"
        )


def _drifts(evidence: Evidence) -> Iterator[str]:
    for name, (changed, plain) in evidence.resolutions.items():
        if changed.value is None or plain.value is None:
            continue
        off = abs(changed.value - plain.value)
        if off > DRIFT and not _meet(changed.interval, plain.interval, 0.0):
            yield (
                f"at {name} the resolution it is {changed.value:.3f} and not {plain.value:.3f}, "
                f"more than {DRIFT} off"
            )


Interval = tuple[float, float] | None


def _meet(a: Interval, b: Interval, margin: float) -> bool:
    """Return whether two intervals overlap, each wider by a margin; one that is None does."""
    if a is None or b is None:
        return True
    return a[0] - margin <= b[1] + margin and b[0] - margin <= a[1] + margin


def _shown(interval: Interval) -> str:
    return "unknown" if interval is None else f"{interval[0]:.3f} to {interval[1]:.3f}"


def _ends(found: Figure) -> str:
    return " and ".join("unknown" if x is None else f"{x:.2f}" for x in (found.small, found.large))
