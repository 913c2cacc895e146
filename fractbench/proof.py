"""proof: the first use of a device proves itself on a golden, and the answer is remembered.

The memory is one small JSON file in the user's cache folder; where it cannot be kept, every run
proves itself anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import platformdirs

from fractbench.arithmetic.contract import Arithmetic
from fractbench.backend import Backend, Device
from fractbench.digest import canonical_json
from fractbench.errors import FractbenchError, KernelUnavailableError
from fractbench.files import write_aside
from fractbench.goldens import Golden, goldens
from fractbench.machine import machine, packages
from fractbench.verify import Outcome, verify

FIRST = {
    "strict": ("tanh", "boundary"),
    "fma": ("tanh", "odd"),
    "perturbed": ("tanh", "deep"),
}
"""The smaller map is for NumPy, whose emulated fused multiply-add takes seconds."""
SCHEMA = "fractbench.proof/1"
Proven = Literal["proven", "MISMATCH", "free"]
"""`free`: the contract promises no bits, so there is nothing to prove; `verify` judges it."""


def memory() -> Path:
    """Return the file that remembers; it need not exist."""
    return Path(platformdirs.user_cache_dir("fractbench")) / "proven.json"


def prove(
    backend: Backend,
    device: Device,
    say: Callable[[str], None],
    file: Path | None = None,
    arithmetic: Arithmetic | None = None,
) -> Proven:
    """Return whether a device gives its first golden, from memory or by making it (under 5 s).

    `say` is told, in one line, what was found out anew, and on a mismatch what to do.
    """
    arithmetic = arithmetic or Arithmetic()
    if not arithmetic.exact:
        return "free"
    file = file or memory()
    golden = first(arithmetic)
    offered = backend.offers(golden.plan().problem, device, arithmetic)[:1]
    # A kernel that became available since, or another driver, was never proven.
    settings = backend.precision(device).values()
    key = " ".join((str(device), backend.version(), device.chip, *settings, version("fractbench"),
                    *offered, golden.digest))  # fmt: skip
    known = _recall(file)
    if known.get(key) == "proven":
        return "proven"
    outcome = verify(backend, device, [golden])
    if outcome.refusal:
        raise FractbenchError(outcome.refusal)
    if not outcome.total and outcome.notes:
        raise KernelUnavailableError(outcome.notes[0])
    if not outcome.good:
        say(
            f"MISMATCH: {device} ({backend.name} {backend.version()}) does not give the golden of "
            f"{outcome.mismatches[0]}; its maps are not to be trusted: type fractbench verify "
            f"--backend {backend.name} --report proof.json and open an issue with that file"
        )
        return "MISMATCH"
    say(f"proven: {device} ({backend.name} {backend.version()}) gives the golden map, bit for bit")
    if set(outcome.kernels) == set(offered):
        _remember(file, {**known, key: "proven"})
    return "proven"


def first(arithmetic: Arithmetic) -> Golden:
    """Return the golden of a first use under an exact contract."""
    wanted = (*FIRST[arithmetic.contract], arithmetic.contract, arithmetic.dtype)
    return next(g for g in goldens() if (g.problem, g.case, g.contract, g.dtype) == wanted)


def _recall(file: Path) -> dict[str, str]:
    try:
        known = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _remember(file: Path, known: dict[str, str]) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_aside(file, canonical_json(known).encode())
    except (OSError, FractbenchError):
        return


def report(outcomes: list[Outcome]) -> dict[str, Any]:
    """Return what `verify --report` writes: chips, versions and digests, no person and no path.

    `results` holds an entry for each device whose goldens were compared. Under ``--contract free``
    it is empty and a further key, `verdicts`, holds an entry for each kernel, dtype and problem:
    the device, the window and its size, whether it passed, and the judge's numbers or the trouble.
    """
    return {
        "schema": SCHEMA,
        "machine": machine(),
        "packages": packages(),
        "results": [
            {
                "backend": o.backend,
                "device": o.device,
                "chip": o.chip,
                "version": o.version,
                "matched": o.matched,
                "total": o.total,
                "kernels": dict(o.kernels),
                "refusal": o.refusal,
                "mismatches": [
                    {"problem": m.golden.problem, "case": m.golden.case,
                     "contract": m.golden.contract, "dtype": m.golden.dtype, "pixels": m.pixels,
                     "first_pixel": m.pixel, "first_step": m.step, "found": m.found}
                    for m in o.mismatches
                ],
                "digests": o.digests,
            }
            for o in outcomes
        ],
    }  # fmt: skip
