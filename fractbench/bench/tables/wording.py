"""wording: what tables say of a Record, a cell each."""

from __future__ import annotations

from fractbench.bench.records.record import Record
from fractbench.bench.tables.figures import plain, with_interval


def chip(record: Record) -> str:
    """Return the chip that the device is.

    The machine's own word is taken: what frameworks call a CPU is at best its instruction set, and
    a GPU of Apple is to some of them no more than that.
    """
    hardware = record.hardware
    if record.backend.device.startswith("cpu"):
        return hardware.chip
    if hardware.gpu is None and not hardware.chip.startswith("Apple"):
        return record.backend.chip or hardware.chip
    return hardware.gpu or hardware.chip


def size(record: Record) -> str:
    """Return ``64x64``."""
    width, height = record.spec.size
    return f"{width}x{height}"


def window(record: Record) -> str:
    """Return ``-2:1,0:3``, as one types it."""
    return ",".join(f"{low}:{high}" for low, high in record.spec.window)


def kernel_name(record: Record) -> str | None:
    """Return the kernel's name; the published method, run for comparison, says so."""
    if record.kernel is None:
        return None
    return record.kernel.name + (" (baseline)" if record.role == "baseline" else "")


def short_digest(record: Record) -> str | None:
    """Return the first 8 hexadecimal digits of a digest."""
    digest = record.verdict.digest
    return None if digest is None else digest.rpartition(":")[2][:8]


def time_or_reason(record: Record) -> str:
    """Return the time per map with its interval; without a proof, what happened instead."""
    if record.summary is None:
        return record.verdict.reason or record.verdict.status
    found = record.summary
    return with_interval(found.median_s, found.low_s, found.high_s, "s")


def percent(share: float) -> str:
    """Return a share in hundredths."""
    return plain(share * 100)
