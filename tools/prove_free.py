"""Write docs/free.md: pixel-steps per second of every kernel that rounds freely, all in one run.

    python tools/prove_free.py [--rounds 5]

The problem is `tanh` (width 16, 272 samples) on its start window, 20 steps, 3 at 50,000 pixels. A
sample is one tile. Every kernel of every available backend runs in float32 at several tile sizes,
and at its own in the other types; all take turns, and medians are shown. In the same run each
output's classes are compared with those of the strict host on the same pixels: where more than
the bound differ, no time is reported. What stands in docs/free.md below `NOTES` is kept.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.contract import NARROW, arithmetics
from fractbench.backend import Backend, Device, Kernel, Tile
from fractbench.errors import FractbenchError
from fractbench.machine import machine
from fractbench.plan import Plan
from fractbench.reference import reference_kernel
from fractbench.registry import load, statuses
from fractbench.request import Request

PAGE = Path(__file__).resolve().parents[1] / "docs" / "free.md"
NOTES = "## What was tried"
SIZES = (256, 1024)
PUBLISHED = 50_000
"""Pixels of a batch in the published method; JAX is measured there, too."""
BLOCKS = (16, 32, 64, 128)
BOUND, NARROW_BOUND = 0.02, 0.1
"""The largest share of classes other than the host's."""


@dataclass
class Job:
    """One kernel at one tile size, and what it gave."""

    device: str
    dtype: str
    kernel: Kernel
    pixels: int
    plan: Plan
    tile: Tile
    block: int | None
    own: bool
    """Whether the kernel itself chooses that block."""
    wrong: float = 0.0
    rates: list[float] = field(default_factory=list)

    @property
    def line(self) -> str:
        """What the table calls it."""
        return f"{self.device} | {self.kernel.name} | {self.dtype}"

    @property
    def good(self) -> bool:
        """Whether its classes are those of the host, up to the bound."""
        return self.wrong <= (NARROW_BOUND if self.dtype in NARROW else BOUND)

    @property
    def rate(self) -> float:
        """The median, in pixel-steps per second."""
        return median(self.rates)

    def sample(self) -> None:
        """Run the tile once and check it."""
        if self.block is not None:
            self.kernel.block = self.block  # type: ignore[attr-defined]
        begun = perf_counter()
        found = self.kernel.run(self.tile)
        seconds = perf_counter() - begun
        self.rates.append(self.pixels * self.plan.problem.steps / seconds)
        classes = self.plan.problem.readout(found)[1]
        expected = host_classes(
            self.pixels, self.plan.problem.steps, self.plan.arithmetic.format.name
        )
        self.wrong = max(self.wrong, float(np.mean(classes != expected)))


def plan_of(pixels: int, steps: int, contract: str, dtype: str) -> Plan:
    """Return a plan of a map of so many pixels, as square as it can be."""
    height = next(h for h in range(int(pixels**0.5), 0, -1) if pixels % h == 0)
    size = (pixels // height, height)
    return Request(size=size, steps=steps, contract=contract, dtype=dtype).plan()


@lru_cache
def host_classes(pixels: int, steps: int, dtype: str) -> NDArray[np.uint8]:
    """Return the classes that the strict host gives."""
    plan = plan_of(pixels, steps, "strict", dtype)
    kernel = reference_kernel(plan)
    parts = [kernel.run(plan.tile(*cut)) for cut in plan.cuts(kernel.tile)]
    sums = {name: np.concatenate([p[name] for p in parts]) for name in plan.problem.accumulators}
    return plan.problem.readout(sums)[1]


def jobs_of(backend: Backend, device: Device) -> Iterator[Job]:
    """Yield every kernel of a device at every size, compiled and run once."""
    problem = plan_of(256, 20, "free", "float32").problem
    for arithmetic in arithmetics():
        if arithmetic.contract != "free":
            continue
        for name in backend.offers(problem, device, arithmetic):
            for pixels, steps, blocks in settings(backend, device, arithmetic.dtype, name):
                plan = plan_of(pixels, steps, "free", arithmetic.dtype)
                try:
                    kernel = backend.prepare(plan.problem, device, arithmetic, name)
                except FractbenchError as error:
                    print(f"{device} {name} {arithmetic.dtype}: {error}")
                    continue
                chosen: int | None = getattr(kernel, "block", None)
                given = (None,) if chosen is None else sorted({chosen, *blocks})
                for block in given:
                    job = Job(str(device), arithmetic.dtype, kernel, pixels, plan,
                              plan.tile(0, pixels), block, block == chosen)  # fmt: skip
                    job.sample()
                    job.rates.clear()
                    yield job


def settings(
    backend: Backend, device: Device, dtype: str, name: str
) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """Yield (pixels, steps, blocks) of the jobs of one kernel; its own block comes on top."""
    small = SIZES[:1] if dtype != "float32" else SIZES
    if name == "tuned":
        small = SIZES[-1:]
    cpu = device.name == "cpu"
    for pixels in small if cpu else (*small, 16384):
        swept = name == "tuned" and dtype == "float32" and cpu
        yield pixels, 20, BLOCKS if swept else ()
    baseline = backend.name == "jax" and name != "tuned"
    if baseline and (dtype == "float32" or name == "published"):
        yield PUBLISHED, 3, ()


def best(jobs: list[Job], device: str, kernel: str) -> float:
    """Return a float32 kernel's rate at its best size; NaN if it was not measured."""
    line = f"{device} | {kernel} | float32"
    return max((j.rate for j in jobs if j.line == line and j.good), default=float("nan"))


def table(jobs: list[Job]) -> list[str]:
    """Return the table's lines; each kernel's best size is bold."""
    device = next((j.device for j in jobs if j.kernel.name == "published"), "")
    baselines = [best(jobs, device, "idiomatic")]
    baselines += [
        next((j.rate for j in jobs if j.line == f"{device} | published | float32"
              and j.pixels == pixels and j.good), float("nan"))
        for pixels in (*SIZES, PUBLISHED)
    ]  # fmt: skip
    heads = (
        "device", "kernel", "type", "pixels", "block", "pixel-steps/s", "lowest", "highest",
        "other classes", "x idiomatic", *(f"x published at {p:,}" for p in (*SIZES, PUBLISHED)),
    )  # fmt: skip
    lines = ["| " + " | ".join(heads) + " |", "| --- | --- | --- |" + " ---: |" * (len(heads) - 3)]
    for job in jobs:
        top = max(j.rate for j in jobs if j.line == job.line)
        mark = "**" if job.rate == top else ""
        block = "-" if job.block is None else f"{job.block}{' (own)' if job.own else ''}"
        cells = [job.line, f"{job.pixels:,}", block]
        if job.good:
            cells += [f"{mark}{job.rate:,.0f}{mark}", f"{min(job.rates):,.0f}",
                      f"{max(job.rates):,.0f}", f"{job.wrong:.2%}"]  # fmt: skip
            cells += [f"{job.rate / b:.2f}" for b in baselines]
        else:
            cells += ["not reported", "", "", f"{job.wrong:.2%}", *[""] * len(baselines)]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def main() -> None:
    """Measure every available backend's devices and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    jobs: list[Job] = []
    for state in statuses():
        if state.available:
            backend = load(state.name)
            jobs += [job for device in state.devices for job in jobs_of(backend, device)]
            print(f"{state.name}: ready", flush=True)
    for _ in range(rounds):
        for job in jobs:
            job.sample()
    write(jobs, rounds)


def write(jobs: list[Job], rounds: int) -> None:
    """Write the page and print its table."""
    chip = machine()
    held = PAGE.read_text() if PAGE.exists() else ""
    notes = held[held.index(NOTES) :] if NOTES in held else f"{NOTES}\n"
    lines = table(jobs)
    versions = ", ".join(f"{s.name} {s.version}" for s in statuses() if s.available)
    head = [
        "# Throughput of the free kernels",
        "",
        f"Written by `tools/prove_free.py` on {chip['chip']}, {chip['threads']} threads, {rounds}",
        "rounds in which all kernels take turns: medians in pixel-steps per second on `tanh`",
        "(width 16, 272 samples). Other classes: the largest share of pixels whose class is not",
        f"the strict host's; above {BOUND:.0%} ({NARROW_BOUND:.0%} in narrow types) no time is",
        "reported. Ratios are to JAX in float32: `idiomatic` at its best size, and `published` at",
        f"three sizes. {versions}.",
        "",
    ]
    PAGE.write_text("\n".join([*head, *lines, "", notes]))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
