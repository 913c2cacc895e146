"""Write docs/scaling.md and its picture: time against pixels and against steps, on native.

    python tools/prove_scaling.py [--repeats 3]

A kernel that does not wait for its device, or that leaves work out, shows here first: its time does
not grow with the work. The benchmark times `whole`, which runs every step of every pixel, from 32^2
to 1024^2 pixels and from 25 to 1600 steps, in one run whose rounds visit all sizes in random order.
A power is fitted to each row of medians; 1 is linear.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from fractbench.bench.case import Case
from fractbench.bench.records.record import Record
from fractbench.bench.run import bench
from fractbench.bench.settings import Settings
from fractbench.request import Request

ROOT = Path(__file__).resolve().parents[1]
SIDES, STEPS = (32, 64, 128, 256, 512, 1024), (25, 50, 100, 200, 400, 800, 1600)
FEW, SIDE = 20, 64
"""Steps of the row of sizes; side of the row of steps."""


def cases() -> list[Case]:
    """Return both rows."""
    asked = [Request("tanh", size=side, steps=FEW) for side in SIDES]
    asked += [Request("tanh", size=SIDE, steps=steps) for steps in STEPS]
    return [Case(request, "native", "whole") for request in asked]


def power(work: list[float], seconds: list[float]) -> float:
    """Return the exponent of a straight line through the logarithms."""
    return float(np.polyfit(np.log(work), np.log(seconds), 1)[0])


def rows(made: list[Record]) -> dict[str, list[tuple[float, Record]]]:
    """Return each row's work in pixel-steps with its records."""
    work = [(float(r.spec.size[0] * r.spec.size[1] * r.spec.steps), r) for r in made]
    return {"pixels": work[: len(SIDES)], "steps": work[len(SIDES) :]}


def draw(found: dict[str, list[tuple[float, Record]]], path: Path) -> None:
    """Draw seconds against pixel-steps, every sample a dot, with the straight lines of power 1."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
    for (name, row), color in zip(found.items(), ("tab:blue", "tab:orange"), strict=True):
        work = [w for w, _ in row]
        medians = [r.summary.median_s for _, r in row if r.summary]
        axes.plot(work, medians, "-", color=color, label=f"more {name}, power "
                  f"{power(work, medians):.3f}")  # fmt: skip
        for w, r in row:
            samples = r.samples.per_pass() if r.samples else ()
            axes.plot([w] * len(samples), samples, ".", color=color, alpha=0.6)
    axes.set(xscale="log", yscale="log", xlabel="pixel-steps of a map", ylabel="seconds per map",
             title="native, strict float32, tanh (width 16, 272 samples)")  # fmt: skip
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=110, metadata={"Software": ""})


def page(found: dict[str, list[tuple[float, Record]]], repeats: int) -> str:
    """Return the text of docs/scaling.md."""
    first = found["pixels"][0][1]
    lines = [
        "# Time grows with the work",
        "",
        f"Written by `tools/prove_scaling.py` on {first.hardware.chip}, {first.hardware.threads}",
        f"threads: medians of {repeats} samples, rounds in random order, every output checked.",
        "",
        "![Seconds against pixel-steps](pictures/scaling.png)",
        "",
        "| pixels | steps | seconds | lowest | highest | ns per pixel-step |",
        "| ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in found.values():
        for work, record in row:
            assert record.summary
            assert record.samples
            seconds, median = record.samples.per_pass(), record.summary.median_s
            lines.append(
                f"| {record.spec.size[0]} x {record.spec.size[1]} | {record.spec.steps} | "
                f"{median:.4g} | {min(seconds):.4g} | {max(seconds):.4g} | "
                f"{median / work * 1e9:.0f} |"
            )
    for name, row in found.items():
        amounts = [w for w, _ in row]
        exponent = power(amounts, [r.summary.median_s for _, r in row if r.summary])
        lines += ["", f"Power fitted against {name}: {exponent:.3f}."]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, check and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    made = bench(cases(), Settings(repeats=repeats, roofline=False, baseline=False), notice=print)
    if bad := [r.verdict for r in made if r.verdict.status != "exact"]:
        raise SystemExit(f"not proven: {bad[0]}")
    found = rows(made)
    draw(found, ROOT / "docs" / "pictures" / "scaling.png")
    (ROOT / "docs" / "scaling.md").write_text(page(found, repeats))
    print(page(found, repeats))


if __name__ == "__main__":
    main()
