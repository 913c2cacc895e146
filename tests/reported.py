"""Records of several machines, sizes and statuses, with pictures, for the tests of the report."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from PIL import Image

from fractbench.bench.records.facts import BackendFacts
from fractbench.bench.records.record import Energy, Record
from records import HARDWARE, noisy, record

HOSTILE = (
    "<script>window.hit = 1</script>\"'><img src=x onerror='window.hit = 1'>&amp;</title></style>"
)


def png(color: int = 0, side: int = 8) -> str:
    """Return a picture as a record holds it."""
    out = io.BytesIO()
    Image.fromarray(np.full((side, side, 3), color, np.uint8)).save(out, format="png")
    return base64.b64encode(out.getvalue()).decode()


def on(device: str, chip: str = "Apple M4 Pro", **changes: Any) -> BackendFacts:
    """Return BackendFacts of a device."""
    name, _, rest = device.partition(":")
    fields: dict[str, Any] = {
        "name": name, "device": rest, "chip": chip, "version": "1.0", "precision": {"tf32": "off"},
        "environment": {"OMP_NUM_THREADS": "2"}, "threads": 2, **changes,
    }  # fmt: skip
    return BackendFacts(**fields)


def several() -> list[Record]:
    """Return timed records of three devices at two sizes, and one record of every failure."""
    made = []
    for turn, (device, chip, seconds) in enumerate((
        ("native:cpu", "Apple M4 Pro", 0.5), ("mlx:gpu", "Apple M4 Pro", 0.02),
        ("torch:cuda:0", "NVIDIA H100 80GB HBM3", 0.004),
    )):  # fmt: skip
        for size in (64, 256):
            times = noisy(seconds * size / 64, 5 + turn, 0.02, turn)
            energy = Energy(joules=5.0, source="nvml") if "cuda" in device else None
            made.append(record(
                times, device=device, size=size, backend=on(device, chip), energy=energy,
                digest=f"strict-float32-1:sha256:{size:064x}", picture=png(size % 251),
                warnings=("close other programs",) if turn == 0 else (),
            ))  # fmt: skip
    failures = ("mismatch", "nondeterministic", "out-of-memory", "unavailable", "timeout", "error")
    made += [record(device="jax:cpu", status=status, backend=on("jax:cpu")) for status in failures]
    return made


def hostile() -> Record:
    """Return a record with markup in every text that may be anything."""
    return record(
        noisy(0.1), device="mlx:gpu", backend=on("mlx:" + HOSTILE, HOSTILE, version=HOSTILE,
        precision={HOSTILE: HOSTILE}), hardware=HARDWARE.model_copy(update={"chip": HOSTILE}),
        warnings=(HOSTILE,), time=HOSTILE, run=HOSTILE, digest=HOSTILE, picture=HOSTILE,
    )  # fmt: skip
