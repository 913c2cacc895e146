"""Write docs/throughput.md: pixel-steps per second of the strict Ops kernels, all in one run.

    python tools/prove_throughput.py [--rounds 5]

The problem is `tanh` (width 16, 272 samples) on its start window; a sample is one tile of 5 steps
(50 for JAX, whose tiles are quicker), after one that is not counted. Backends take turns, and each
sample's accumulators are compared with the host's before its time is used. Medians are shown, with
the lowest and the highest.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import median
from time import perf_counter

from fractbench.arithmetic.bits import same_bits
from fractbench.backend import Kernel, Tile
from fractbench.machine import machine
from fractbench.plan import Plan
from fractbench.reference import reference_kernel
from fractbench.registry import load, statuses
from fractbench.request import Request

ROOT = Path(__file__).resolve().parents[1]
PIXELS = (256, 1024)


def task(backend: str, pixels: int) -> tuple[Plan, Tile]:
    """Return a plan and its one tile."""
    side = int(pixels**0.5)
    plan = Request(size=side, steps=50 if backend == "jax" else 5).plan()
    return plan, plan.tile(0, pixels)


def sample(kernel: Kernel, plan: Plan, tile: Tile, cut: int) -> float:
    """Run a tile in pieces of `cut` pixels; return seconds, after checking every bit."""
    pieces = [plan.tile(s, min(cut, tile.count - s)) for s in range(0, tile.count, cut)]
    begun = perf_counter()
    found = [kernel.run(piece) for piece in pieces]
    seconds = perf_counter() - begun
    expected = reference_kernel(plan).run(pieces[-1])
    for name, values in expected.items():
        if not same_bits(values, found[-1][name]):
            raise SystemExit(f"{name} differs from the host's: no time is reported")
    return seconds


def main() -> None:
    """Measure every available backend's preferred device and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    found = [s for s in statuses() if s.available]
    jobs = []
    for state in found:
        backend, device = load(state.name), state.devices[0]
        for pixels in PIXELS:
            plan, tile = task(state.name, pixels)
            kernel = backend.prepare(plan.problem, device, plan.arithmetic)
            sample(kernel, plan, tile, kernel.tile)
            jobs.append((f"{device} {state.version}", pixels, kernel, plan, tile))
    times: dict[tuple[str, int], list[float]] = {}
    for _ in range(rounds):
        for name, pixels, kernel, plan, tile in jobs:
            seconds = sample(kernel, plan, tile, kernel.tile)
            rate = pixels * plan.problem.steps / seconds
            times.setdefault((name, pixels), []).append(rate)
    chip = machine()
    lines = [
        "# Throughput of the strict Ops kernels",
        "",
        f"Written by `tools/prove_throughput.py` on {chip['chip']}, {chip['threads']} threads,",
        f"{rounds} rounds: pixel-steps per second on `tanh` (width 16, 272 samples), each",
        "backend at its own tile size, every output checked.",
        "",
        "| device | pixels | median | lowest | highest |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for (name, pixels), rates in times.items():
        cells = (median(rates), min(rates), max(rates))
        lines.append(f"| {name} | {pixels} | " + " | ".join(f"{c:,.0f}" for c in cells) + " |")
    (ROOT / "docs" / "throughput.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines[7:]))


if __name__ == "__main__":
    main()
