"""make: a Request -> a traced boundary with its probes, in one call."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from fractbench.api import Prepared, prepare
from fractbench.backend import Backend, Device
from fractbench.digest import header, map_digest
from fractbench.execute import Progress, silent
from fractbench.plan import Plan
from fractbench.request import Request
from fractbench.tracing.estimate import Counted, counted
from fractbench.tracing.large import LargeGrid, plan_of
from fractbench.tracing.probe import PIXELS, Probe, probe
from fractbench.tracing.rule import Rule
from fractbench.tracing.trace import Report, trace
from fractbench.tracing.traced import Traced
from fractbench.tracing.trainer import Trainer, kept


@dataclass(frozen=True)
class Made:
    """A traced boundary, whose it is, and how it was made.

    Attributes:
        plan: the full map that it is the boundary of.
        traced: the boundary.
        probes: untrained pixels, everywhere and near the boundary; nothing if not asked for.
        seconds: what tracing took, without preparing and without probes.
        fresh: pixels trained by this run; the others are an earlier one's.
        facts: backend, device, kernel and versions; of a deep zoom its references' `bits` too.
    """

    plan: Plan
    traced: Traced
    probes: tuple[Probe, ...]
    seconds: float
    fresh: int
    facts: dict[str, Any]

    @property
    def counted(self) -> Counted:
        """The boundary's box counts."""
        return counted(self.traced)

    @property
    def head(self) -> dict[str, Any]:
        """What identifies the full map."""
        return header(self.plan.problem, self.plan.grid, self.plan.arithmetic)

    @property
    def digest(self) -> str:
        """The SHA-256 of the header of the full map and the boundary's blocks."""
        return boundary_digest(self.head, self.traced)


def boundary_digest(head: dict[str, Any], traced: Traced) -> str:
    """Return the digest of a boundary: equal blocks of equal maps have equal ones."""
    return map_digest(head, ("boundary",), {"boundary": traced.keys})


def ready(
    request: Request,
    backend: str | None = None,
    kernel: str = "auto",
    before: Callable[[Plan, Backend, Device], None] | None = None,
) -> Prepared:
    """Resolve a Request and prepare a Kernel; `before` is called before the Kernel is made.

    Raises:
        FractbenchError: the request, the backend or the device is not as it must be.
    """
    plan = plan_of(request)
    if not isinstance(plan.grid, LargeGrid):
        return prepare(request, backend, kernel, before)
    small = prepare(dataclasses.replace(request, size=2), backend, kernel, before)
    return dataclasses.replace(small, plan=plan)


def make(
    prepared: Prepared,
    folder: Path,
    rule: Rule | None = None,
    *,
    pixels: int = PIXELS,
    progress: Progress = silent,
    report: Report = lambda level: None,
) -> Made:
    """Trace a boundary; trained pixels are kept in a folder until it is whole.

    Args:
        prepared: the plan and its kernel.
        folder: keeps the classes of trained pixels, so that the same call goes on where an
            interrupted one stopped, whatever its rule.
        rule: what is refined.
        pixels: probes of each kind; 0 for none.
        progress: is told of trained pixels.
        report: is told of finished levels.
    """
    plan, facts = prepared.plan, prepared.made()
    with kept(plan, prepared.kernel, folder, facts) as ledger:
        trainer = Trainer(plan, prepared.kernel, ledger, progress)
        begun = perf_counter()
        traced = trace(trainer, plan.grid.width, plan.grid.height, rule, report)
        seconds, fresh = perf_counter() - begun, trainer.fresh
        probes = probe(traced, trainer, pixels=pixels) if pixels else ()
    return Made(plan, traced, tuple(probes), seconds, fresh, facts)
