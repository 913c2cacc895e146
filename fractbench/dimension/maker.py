"""maker: the maps of a study, made or taken up from a folder where they are already."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from fractbench.api import Prepared, prepare
from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import FLOAT64
from fractbench.backend import Backend, Device
from fractbench.choice import for_precision
from fractbench.dimension.nudged import Flips, flips, sample_size
from fractbench.errors import UsageError
from fractbench.execute import Progress, silent
from fractbench.files import writable_folder, write_aside
from fractbench.map import Map, load
from fractbench.plan import DOUBT, Plan
from fractbench.problems.base import Problem
from fractbench.proof import prove
from fractbench.registry import select
from fractbench.request import Request

Say = Callable[[str], None]
Bar = Callable[[Plan], AbstractContextManager[Progress]]


def no_bar(plan: Plan) -> AbstractContextManager[Progress]:
    """Show no progress."""
    return nullcontext(silent)


@dataclass
class Maker:
    """Makes maps and their flips, and keeps both in a folder, by the plan's key.

    `made` counts the maps that were not there; `proven` is False once a device gave a wrong golden.
    """

    folder: Path
    backend: str | None = None
    say: Say = print
    bar: Bar = no_bar
    made: int = 0
    proven: bool = True
    _held: dict[tuple[Problem, Arithmetic], Prepared] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Choose the backend, once, if none is named."""
        self.backend = for_precision(self.backend)

    def has_float64(self) -> bool:
        """Return whether the device has float64.

        Raises:
            FractbenchError: the backend or the device is unknown or cannot be used here.
        """
        backend, device = select(self.backend)
        return FLOAT64.name in backend.formats(device)

    def map(self, request: Request) -> Map:
        """Return a map, from its file if that is whole and of the same plan.

        Raises:
            FractbenchError: the request, the backend or the folder is not as it must be.
        """
        plan = request.plan()
        kept = self._kept(plan)
        if kept is not None:
            return kept
        ready = self._prepared(request, plan)
        with ready.journal(writable_folder(self.folder), None) as journal, self.bar(plan) as bar:
            made = ready.execute(None, journal, bar)
            made.save(self.file(plan))
            journal.remove()
        self.made += 1
        return made

    def flips(self, request: Request, made: Map, seed: int) -> Flips:
        """Return how many of a map's pixels one ulp changes; deep maps know it."""
        plan = request.plan()
        if plan.perturbed:
            doubt = made.accumulators[DOUBT]
            return Flips(doubt.size, int(np.count_nonzero(doubt)))
        file = self.file(plan).with_suffix(f".flips-{seed}.json")
        try:
            kept = json.loads(file.read_text())
            if kept["digest"] == made.digest and kept["pixels"] == sample_size(plan):
                return Flips(int(kept["pixels"]), int(kept["changed"]))
        except (OSError, ValueError, KeyError, TypeError):
            pass
        found = flips(plan, self._prepared(request, plan).kernel, made, seed)
        facts = {"digest": made.digest, "pixels": found.pixels, "changed": found.changed}
        write_aside(file, json.dumps(facts).encode())
        return found

    def file(self, plan: Plan) -> Path:
        """Return where the map of a plan is kept; strict maps do not depend on who made them."""
        size = f"{plan.grid.width}x{plan.grid.height}"
        return self.folder / f"{plan.problem.name}-{size}-{plan.problem.steps}-{plan.key}.npz"

    def _kept(self, plan: Plan) -> Map | None:
        file = self.file(plan)
        if not file.exists():
            return None
        try:
            saved = load(file)
            sums = {name: saved.arrays[name] for name in plan.accumulators}
            facts = saved.metadata.get("made", {})
            found = Map(plan.problem, plan.grid, plan.arithmetic, sums, facts)
            if found.digest == saved.metadata["digest"]:
                return found
            self.say(f"{file.name} is another map and is made anew")
        except UsageError as error:
            self.say(f"{error}; it is made anew")
        return None

    def _prepared(self, request: Request, plan: Plan) -> Prepared:
        """Prepare a kernel, or lend that of another window: it knows the problem alone."""
        key = (plan.problem, plan.arithmetic)
        if key in self._held:
            held = self._held[key]
            return Prepared(plan, held.backend, held.device, held.kernel, held.seconds)
        ready = prepare(request, self.backend, ready=self._prove)
        if note := getattr(ready.kernel, "note", ""):
            self.say(note)
        if not plan.perturbed:
            self._held[key] = ready
        return ready

    def _prove(self, plan: Plan, backend: Backend, device: Device) -> None:
        found = prove(backend, device, self.say, arithmetic=plan.arithmetic)
        self.proven = self.proven and found != "MISMATCH"
