"""Case: one map on one device by one kernel, as a person asked for it; lists multiply out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any, Literal

from fractbench.plan import Plan
from fractbench.request import Request

BASELINE = ("jax", "published")
"""The published method: a backend's name and its kernel."""
SIDES = {"cpu": 16, "gpu": 224}
"""The side of the baseline's map: its best batch on a CPU (256), its own on a GPU (50,000)."""


@dataclass(frozen=True)
class Case:
    """What is timed. `target` is a backend or ``backend:device``, as typed."""

    request: Request
    target: str
    kernel: str = "auto"
    role: Literal["case", "baseline"] = "case"

    @cached_property
    def plan(self) -> Plan:
        """The Plan of its map.

        Raises:
            UsageError: something asked for is not allowed.
        """
        return self.request.plan()

    def message(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)

    @classmethod
    def of(cls, message: dict[str, Any]) -> Case:
        """Return what `message` was made from."""
        return cls(**{**message, "request": Request(**message["request"])})

    def __str__(self) -> str:
        """Return it in words, for progress and errors."""
        asked = self.request
        return f"{self.target} {asked.problem} {asked.contract} {asked.dtype} {self.kernel}"


def cases(
    problems: Sequence[str],
    targets: Sequence[str],
    contracts: Sequence[str],
    dtypes: Sequence[str],
    sizes: Sequence[str],
    steps: Sequence[int | None],
    kernels: Sequence[str] = ("auto",),
    **common: Any,
) -> list[Case]:
    """Return every combination, devices last, without repetitions.

    Raises:
        UsageError: a combination cannot be a map on any device.
    """
    found = []
    for name, contract, dtype, size, count, kernel, target in product(
        problems, contracts, dtypes, sizes, steps, kernels, targets
    ):
        asked = Request(name, contract, dtype, size=size, steps=count, **common)
        found.append(Case(asked, target, kernel))
        _ = found[-1].plan
    return list(dict.fromkeys(found))


def baselines(found: Sequence[Case], target: str, on_cpu: bool) -> list[Case]:
    """Return the published method's cases for the networks among `found`, on a device.

    A deep zoom has none: the method's float32 cannot tell its pixels apart.
    """
    made, side = [], SIDES["cpu" if on_cpu else "gpu"]
    for case in found:
        chosen = case.plan.problem
        if "free" in chosen.contracts and not chosen.draws.kinds and not case.plan.perturbed:
            asked = replace(case.request, contract="free", dtype="float32", size=f"{side}x{side}")
            made.append(Case(asked, target, BASELINE[1], "baseline"))
    return list(dict.fromkeys(made))
