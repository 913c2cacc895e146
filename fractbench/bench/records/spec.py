"""spec_of: what a Plan asks for, as a Record tells it."""

from __future__ import annotations

from fractbench.bench.records.facts import Spec
from fractbench.digest import inputs_digest
from fractbench.plan import Plan


def spec_of(plan: Plan) -> Spec:
    """Return the Spec of a Plan."""
    chosen, grid, arithmetic = plan.problem, plan.grid, plan.arithmetic
    return Spec(
        problem=chosen.spec,
        contract=arithmetic.contract,
        dtype=arithmetic.dtype,
        size=(grid.width, grid.height),
        steps=chosen.steps,
        window=tuple((str(low), str(high)) for low, high in grid.window.intervals),
        draws=str(chosen.draws),
        inputs=inputs_digest(chosen, arithmetic.format),
        key=plan.key,
    )
