"""The maps that are made: goldens, which prove themselves, and squares that the host proves."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ._case import Case, Judge
from ._here import kernel_of, known_here

if TYPE_CHECKING:
    from fractbench.map import Map
    from fractbench.plan import Plan

BOUND = 0.02
"""The largest share of classes other than the strict host's under `free`."""
EMULATED = {("numpy", "fma")}
"""Right, but rounded by hand and 10 times slower: nobody wants to know its time."""


def golden_case(
    backend: str, problem: str, case: str, contract: str = "strict", tile: int | None = None
) -> Case:
    """Return the Case of a golden map in float32, nothing of it run yet.

    Under `free`, which has no goldens, the map is that of `strict`, and its classes count.

    Raises:
        NotImplementedError: the backend is not here or does not cover it.
    """
    if (backend, contract) in EMULATED:
        raise NotImplementedError(f"{backend} emulates {contract}")
    with known_here():
        from fractbench.arithmetic.contract import arithmetic
        from fractbench.goldens import goldens
        from fractbench.plan import Plan
    wanted = (problem, case, "strict" if contract == "free" else contract, "float32")
    known = {(g.problem, g.case, g.contract, g.dtype): g for g in goldens()}
    if wanted not in known:
        raise NotImplementedError(f"there is no golden of {wanted}")
    golden = known[wanted]
    plan = golden.plan()
    if contract != "free":
        return case_of(backend, plan, same_digest(golden.digest), tile)
    loose = Plan(plan.problem, plan.grid, arithmetic("free", "float32"))
    return case_of(backend, loose, same_classes(plan), tile)


@lru_cache(maxsize=1)
def warm_golden(
    backend: str, problem: str, case: str, contract: str = "strict", tile: int | None = None
) -> Case:
    """Return a golden Case, judged and warm; kept, as asv sets up before every sample."""
    return golden_case(backend, problem, case, contract, tile).warm()


@lru_cache(maxsize=1)
def warm_square(
    backend: str, problem: str, size: int, steps: int, digest: str, tile: int | None = None
) -> Case:
    """Return the Case of a square map whose digest is known, judged, warm and kept."""
    return case_of(backend, square(problem, size, steps), same_digest(digest), tile).warm()


def square(problem: str, size: int, steps: int) -> Plan:
    """Return the plan of a square map of a problem's start window under `strict`."""
    with known_here():
        from fractbench.request import Request
    return Request(problem=problem, size=size, steps=steps).plan()


def case_of(backend: str, plan: Plan, judge: Judge, tile: int | None = None) -> Case:
    """Return the Case of a plan, cut into tiles as told or as the kernel likes them."""
    with known_here():
        from fractbench.execute import tile_size
    kernel = kernel_of(backend, plan)
    tiles = [plan.tile(*place) for place in plan.cuts(tile_size(plan, kernel, tile))]
    return Case(plan, kernel, tiles, judge)


def same_digest(digest: str) -> Judge:
    """Return the judge of an exact contract: every bit."""

    def judge(made: Map) -> str:
        return "" if made.digest == digest else f"the digest is {made.digest}, not {digest}"

    return judge


def same_classes(strict: Plan) -> Judge:
    """Return the judge of `free`: the share of classes other than the strict host's."""
    with known_here():
        from fractbench.reference import reference_map
    expected = reference_map(strict).classes

    def judge(made: Map) -> str:
        share = float((made.classes != expected).mean())
        return "" if share <= BOUND else f"{share:.1%} of the classes are not the strict host's"

    return judge
