"""check_backend: the public conformance kit, for our Backends and a stranger's.

from fractbench.testing import check_backend
from fractbench_tiny import backend

def test_tiny():
    check_backend(backend)
"""

from __future__ import annotations

from collections.abc import Sequence

from fractbench.backend import API, Backend, Device
from fractbench.errors import FractbenchError
from fractbench.execute import execute
from fractbench.goldens import Golden, goldens
from fractbench.kernels import kernel_of
from fractbench.verify import Outcome, choose, verify


class ConformanceError(FractbenchError):
    """A Backend breaks a rule; the text says which, and where."""


def check_backend(
    backend: Backend, device: str | None = None, problems: Sequence[str] = ()
) -> Outcome:
    """Hold a Backend to its protocol, the canary, every short golden and freedom from tiles.

    Args:
        backend: the Backend.
        device: one of its devices by name; its preferred one if None.
        problems: names, to check fewer problems.

    Returns:
        The Outcome, with every digest.

    Raises:
        ConformanceError: it breaks a rule.
        CanaryError: the device does not compute as the contract demands.
    """
    if backend.api != API:
        raise ConformanceError(f"{backend.name} declares api {backend.api}, not {API}")
    found = backend.device(device)
    if found.backend != backend.name:
        raise ConformanceError(f"a device of {backend.name} says it belongs to {found.backend}")
    chosen = choose(goldens(), problems, long=False)
    if not chosen:
        raise ConformanceError(f"no golden belongs to {', '.join(problems)}")
    outcome = verify(backend, found, chosen)
    if outcome.refusal:
        raise ConformanceError(outcome.refusal)
    if outcome.mismatches:
        raise ConformanceError(f"{found} misses the golden of {outcome.mismatches[0]}")
    _check_tiles(backend, found, chosen[0])
    return outcome


def _check_tiles(backend: Backend, device: Device, golden: Golden) -> None:
    """Run a golden in odd tiles, backwards, twice through one Kernel."""
    plan = golden.plan()
    kernel = kernel_of(plan, backend, device)
    size = max(1, plan.grid.pixels // 3)
    for _ in range(2):
        made = execute(plan, kernel, tile=size, order=lambda n: range(n - 1, -1, -1))
        if made.digest != golden.digest:
            raise ConformanceError(
                f"{device} gives another map of {golden.problem} {golden.case} in tiles of {size}"
            )
