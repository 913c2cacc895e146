"""results_page: the records of a folder as one Markdown page, the same for the same records."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fractbench.bench.records.record import Record
from fractbench.bench.records.shelf import Placed, refuse_conflicts, refuse_twins
from fractbench.bench.tables.digests_section import digests, title
from fractbench.bench.tables.figures import one_line, plain, with_interval
from fractbench.bench.tables.markdown import escape, markdown
from fractbench.bench.tables.wording import chip, kernel_name, percent, short_digest, time_or_reason

HEAD = """\
# Results

Made by `fractbench results` from the records in the folder `results`; not edited by hand. How to
add a machine is told in results/README.md, and what a record holds in docs/record.md.

"""
NONE = "There are no records yet.\n"
LEGEND = """\
Rates are pixel-steps per second at the median, results on the host, with the half width of the
interval of 95 %. `x published` is how many times faster than the published method in the same run,
`% roofline` the share of what the device reaches through the same framework. A map that was not
proven has no rate: its status and the reason stand there. A kernel with `early exit` leaves pixels
that have overflowed, and still counts all their steps.

"""
Row = tuple[str, Callable[[Record], str], bool]
"""A head, the cell of a record, and whether it is aligned to the right."""


def rate(record: Record) -> str:
    """Return pixel-steps per second with their interval; without a proof, status and reason."""
    found = record.summary
    if found is None:
        return f"{record.verdict.status}: {time_or_reason(record)}"
    middle = found.pixel_steps_per_second
    low, high = (middle * found.median_s / s for s in (found.high_s, found.low_s))
    return with_interval(middle, low, high, "")


def _kernel(record: Record) -> str:
    early = record.kernel is not None and record.kernel.early_exit
    return f"{kernel_name(record) or '-'}{', early exit' if early else ''}"


def _times_published(record: Record) -> str:
    times = None if record.summary is None else record.summary.times_published
    return "-" if times is None else plain(times)


def _roofline(record: Record) -> str:
    share = None if record.summary is None else record.summary.roofline_share
    return "-" if share is None else percent(share)


ROWS: tuple[Row, ...] = (
    ("chip", chip, False),
    ("device", lambda r: r.device, False),
    ("version", lambda r: r.backend.version or "-", False),
    ("kernel", _kernel, False),
    ("contract", lambda r: f"{r.spec.contract} {r.spec.dtype}", False),
    ("pixel-steps/s", rate, True),
    ("x published", _times_published, True),
    ("% roofline", _roofline, True),
    ("digest", lambda r: short_digest(r) or "-", False),
    ("date", lambda r: r.time[:10], False),
)


def render(shelf: Sequence[Placed]) -> str:
    """Return the page.

    Raises:
        FractbenchError: records contradict each other, or one stands there twice.
    """
    refuse_twins(shelf)
    refuse_conflicts(shelf)
    records = sorted((placed.record for placed in shelf), key=_by_rate)
    if not records:
        return HEAD + NONE
    parts = [HEAD, LEGEND]
    for asked in sorted({_asked(record) for record in records}):
        alike = [record for record in records if _asked(record) == asked]
        parts.append(f"## {escape(title(alike[0]))}\n\n{_table(alike)}\n")
    return "".join([*parts, digests(records)])


def _asked(record: Record) -> tuple[str, tuple[int, int], int, tuple[tuple[str, str], ...], str]:
    """Return what makes rates comparable: the map wanted, whatever the contract."""
    spec = record.spec
    return spec.problem, spec.size, spec.steps, spec.window, spec.draws


def _by_rate(record: Record) -> tuple[float, str, str, str, str]:
    """Sort the fastest first, failures last, and equal rates the same way every time."""
    rate = 0.0 if record.summary is None else record.summary.pixel_steps_per_second
    return -rate, chip(record), record.device, record.time, record.line()


def _table(records: Sequence[Record]) -> str:
    heads, reads, right = zip(*ROWS, strict=True)
    return markdown(heads, [[one_line(read(r)) for read in reads] for r in records], right)
