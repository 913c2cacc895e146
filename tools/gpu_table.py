"""The page docs/gpu.md: what tools/prove_gpu.py found on a GPU, in tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from fractbench.bench.records.record import Record
from gpu_devices import Verified
from gpu_speeds import Speeds, cards, name_of

AIMS = {"strict": 0.24, "fma": 0.38}
"""Shares of the multiply-add peak on an H100, by the published count of operations."""
ISSUE, PUBLISHED = 0.75, 10.0
"""What a fused kernel is to reach of the cost model's limit, and times the published method."""


def page(verified: Sequence[Verified], records: Sequence[Record], command: str) -> str:
    """Return the whole text.

    Args:
        verified: the goldens, device by device.
        records: those of one run of the benchmark, at least one.
        command: what was typed.
    """
    parts = [
        [*heading(records, command)],
        ["## Goldens", "", *lines(("device", "version", "matched", "trouble"), [
            (v.device, v.version, f"{v.matched} of {v.total}", v.trouble or "-") for v in verified
        ])],
        ["## Speed", "", SPEED, "", *lines(COLUMNS, map(partial(row, Speeds(records)), records))],
        ["## Claims", "", *lines(("card", "claim", "aim", "found"), claims(records))],
        ["## Rooflines", "", *lines(ROOFLINES, rooflines(records))],
    ]  # fmt: skip
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


SPEED = """`whole` runs every step; `fused` leaves overflowed pixels early, and the steps that it
need not run count as done, so that it has no shares. Intervals are of 95 % for the median. The peak
is the fastest multiply-add in float32 that was measured on the card in this run; operations are the
published 4 S n^2 + 8 S n of a pixel-step, without tanh. The limit is what the cost model
(fractbench/simt/cost.py) allows at the chip's highest clock."""
COLUMNS = ("device", "kernel", "contract", "pixels", "steps", "pixel-steps/s", "interval",
           "share of peak", "share of limit", "x published")  # fmt: skip
ROOFLINES = ("device", "multiply-add, 10^9/s", "multiply, then add", "GEMM", "copy, GB/s",
             "maker's figure", "MHz after the run")  # fmt: skip


def heading(records: Sequence[Record], command: str) -> list[str]:
    """Return the title and everything that the numbers depend on."""
    one = records[0]
    system, software = one.system, one.software
    packages = {r.backend.name: r.backend.version for r in records if r.backend.version}
    return [
        "# Fused kernels on a GPU",
        "",
        f"Written by `{command}` on {', '.join(cards(records))}: medians of "
        f"{one.protocol.repeats} samples in one run of `fractbench bench` on `tanh` (width 16, 272 "
        "samples, float32), all cases taking turns, every map proven before it was timed and every "
        "timed map hashed.",
        "",
        f"{one.time}; host {one.hardware.chip}; {system.name} {system.release}; driver "
        f"{system.driver or 'unknown'}; CUDA {system.cuda or 'unknown'}; Python {software.python}; "
        f"fractbench {software.fractbench} at {(software.commit or 'an unknown commit')[:12]}"
        f"{', changed' if software.dirty else ''}; "
        + ", ".join(f"{name} {version}" for name, version in packages.items()) + ".",
    ]  # fmt: skip


def row(speeds: Speeds, record: Record) -> tuple[str, ...]:
    """Return a line of the table: COLUMNS."""
    spec, made = record.spec, record.summary
    pixels = spec.size[0] * spec.size[1]
    what = (record.device, name_of(record), spec.contract, f"{pixels:,}", str(spec.steps))
    if made is None:
        said = f"{record.verdict.status}: {record.verdict.reason or 'no reason was told'}"
        return (*what, "-", said.replace("|", "/"), "-", "-", "-")
    low, high = pixels * spec.steps / made.high_s, pixels * spec.steps / made.low_s
    return (
        *what, f"{made.pixel_steps_per_second:,.0f}", f"{low:,.0f} to {high:,.0f}",
        percent(speeds.share(record)), percent(speeds.of_limit(record)),
        ratio(speeds.times(record)),
    )  # fmt: skip


def claims(records: Sequence[Record]) -> list[tuple[str, ...]]:
    """Return card, claim, aim and what was found, from each card's fastest kernel `whole`."""
    speeds = Speeds(records)
    found: list[tuple[str, ...]] = []
    for where in cards(records):
        for contract, aim in AIMS.items():
            best = speeds.best(where, contract)
            by = f"{contract}, {best.device}" if best else f"{contract}, no kernel"
            found += [
                (where, f"{by} / measured multiply-add peak", f">= {aim:.0%}",
                 percent(speeds.share(best))),
                (where, f"{by} / limit of the cost model", f">= {ISSUE:.0%}",
                 percent(speeds.of_limit(best))),
                (where, f"{by} / published method in float32 at its best batch",
                 f">= {PUBLISHED:g}", ratio(speeds.times(best))),
            ]  # fmt: skip
    return found


def rooflines(records: Sequence[Record]) -> list[tuple[str, ...]]:
    """Return a line for each device that has a roofline: ROOFLINES."""
    made: list[tuple[str, ...]] = []
    for device, r in {r.device: r for r in records if r.roofline}.items():
        roof = r.roofline
        assert roof is not None
        figures = (roof.multiply_add, roof.multiply_then_add, roof.gemm, roof.copy_rate, roof.peak)
        mhz = "-" if r.after.gpu_mhz is None else f"{r.after.gpu_mhz:.0f}"
        made.append((device, *("-" if f is None else f"{f / 1e9:,.0f}" for f in figures), mhz))
    return made


def percent(share: float | None) -> str:
    """Write a share."""
    return "-" if share is None else f"{share:.1%}"


def ratio(value: float | None) -> str:
    """Write a ratio."""
    return "-" if value is None else f"{value:.2f}"


def lines(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table in Markdown."""
    return [f"| {' | '.join(cells)} |" for cells in (heads, ["---"] * len(heads), *rows)]
