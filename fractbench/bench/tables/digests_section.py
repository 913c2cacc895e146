"""The digests of the results page: one map, one digest, and the machines that gave it."""

from __future__ import annotations

from collections.abc import Sequence

from fractbench.bench.records.record import Record
from fractbench.bench.records.shelf import bears_proof
from fractbench.bench.tables.markdown import markdown
from fractbench.bench.tables.wording import chip, size, window

DIGESTS = """\
## The digests

Equal digests are equal maps, to the last bit. Under `strict` and `fma` every machine must give the
same one. Maps under `free` are judged by agreement instead, and are not listed.

"""


def title(record: Record) -> str:
    """Return what map was wanted, whatever the contract."""
    spec = record.spec
    draws = "" if spec.draws == "fixed" else f", draws {spec.draws}"
    return f"{spec.problem}, {size(record)}, {spec.steps} steps, window {window(record)}{draws}"


def digests(records: Sequence[Record]) -> str:
    """Return the section: for every map under an exact contract its digest and who gave it."""
    found: dict[tuple[str, ...], set[tuple[str, str]]] = {}
    for record in records:
        if bears_proof(record) and record.verdict.digest is not None:
            contract = f"{record.spec.contract} {record.spec.dtype}"
            key = (title(record), contract, record.verdict.digest)
            found.setdefault(key, set()).add((chip(record), record.device))
    heads = ("map", "contract", "digest", "chips", "given by")
    rows = [
        [*key, str(len({name for name, _ in makers})), _makers(makers)]
        for key, makers in sorted(found.items())
    ]
    return DIGESTS + markdown(heads, rows)


def _makers(makers: set[tuple[str, str]]) -> str:
    """Return ``Apple M4 Pro (mlx:metal, native:cpu); AMD EPYC (native:cpu)``."""
    chips = sorted({name for name, _ in makers})
    devices = {name: sorted(d for n, d in makers if n == name) for name in chips}
    return "; ".join(f"{name} ({', '.join(devices[name])})" for name in chips)
