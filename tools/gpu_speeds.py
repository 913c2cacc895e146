"""Rates of a run beside the peak, the cost model's limit and the published method of the card."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from fractbench.arithmetic.contract import arithmetic
from fractbench.bench.records.record import Record
from fractbench.bench.records.summary import operations
from fractbench.bench.roofline.peaks import table
from fractbench.errors import FractbenchError
from fractbench.problems.catalogue import problem
from fractbench.problems.mlp import Mlp
from fractbench.simt.chips import PRODUCTS, Product, chip
from fractbench.simt.cost import predict
from fractbench.simt.layouts import CUDA
from fractbench.simt.variant import variant

LAUNCHERS = ("torch", "mlx")
"""Backends that launch the text on CUDA."""
FAMILIES = {"A100": "sm_80", "H100": "sm_90", "H200": "sm_90"}
"""Architectures of the chips that fractbench/simt/chips.py does not name, by a word of theirs."""


def card(record: Record) -> str:
    """Return the chip that a record's device is, under one name for all frameworks."""
    if record.backend.device.startswith("cpu"):
        return record.hardware.chip
    return record.hardware.gpu or record.backend.chip or record.device


def cards(records: Iterable[Record]) -> list[str]:
    """Return the cards, each once."""
    return list(dict.fromkeys(map(card, records)))


def rate(record: Record | None) -> float | None:
    """Return pixel-steps per second, None without a proven time."""
    return record.summary.pixel_steps_per_second if record and record.summary else None


class Speeds:
    """Rates of a run beside the peaks and the published method of the same card."""

    def __init__(self, records: Sequence[Record]) -> None:
        """Find each card's peak and its published method at its best batch."""
        self._records = records
        self.peaks: dict[str, float] = {}
        self.published: dict[str, float] = {}
        for r in records:
            if r.roofline and r.roofline.multiply_add:
                held = self.peaks.get(card(r), 0.0)
                self.peaks[card(r)] = max(held, r.roofline.multiply_add)
            if name_of(r) == "published" and (found := rate(r)):
                self.published[card(r)] = max(self.published.get(card(r), 0.0), found)

    def best(self, where: str, contract: str) -> Record | None:
        """Return the fastest record of a card that runs every step under an exact contract."""
        found = [r for r in self._records if name_of(r) == "whole" and r.spec.contract == contract
                 and card(r) == where and r.summary]  # fmt: skip
        return max(found, key=lambda r: rate(r) or 0.0, default=None)

    def share(self, record: Record | None) -> float | None:
        """Return the part of the card's peak that a kernel makes which runs every step."""
        if record is None or record.kernel is None or record.kernel.early_exit:
            return None
        found, top, count = rate(record), self.peaks.get(card(record)), operations(record.spec)
        return found * count / top if found and top and count else None

    def of_limit(self, record: Record | None) -> float | None:
        """Return the part of the cost model's limit, None where there is no model of the device."""
        if record is None or name_of(record) != "whole":
            return None
        by, found = record.backend, rate(record)
        top = limit(by.name, by.device, card(record), record.spec.contract)
        return found / top if found and top else None

    def times(self, record: Record | None) -> float | None:
        """Return how many times faster than the published method on the same card."""
        found, base = rate(record), self.published.get(card(record)) if record else None
        return found / base if found and base else None


@lru_cache(maxsize=32)
def limit(backend: str, device: str, name: str, contract: str) -> float | None:
    """Return the pixel-steps per second that the cost model allows CUDA's kernel for `tanh`.

    None on other devices, for chips whose clock is not known, and without NVIDIA's compiler.
    """
    known = _product(name)
    if known is None or backend not in LAUNCHERS or not device.startswith("cuda"):
        return None
    from fractbench.simt.sass.measure import measured

    chosen, how = problem("tanh"), arithmetic(contract, "float32")
    assert isinstance(chosen, Mlp)
    wanted = variant(chosen, how, CUDA.shape(chosen.width, how.format))
    try:
        counts = measured(wanted, known.architecture).counts
    except FractbenchError:
        return None
    return predict(chip(known), counts, wanted.lanes).rate


def name_of(record: Record) -> str:
    """Return a kernel's name."""
    return record.kernel.name if record.kernel else "?"


def _product(name: str) -> Product | None:
    """Return a chip whose cores and clock are known."""
    known = next((p for p in PRODUCTS if p.name == name), None)
    if known is not None and known.family != "apple":
        return known
    family = next((f for word, f in FAMILIES.items() if word in name), None)
    told = any(name in p.names and p.lanes and p.mhz for p in table())
    return Product(name, family) if family and told else None
