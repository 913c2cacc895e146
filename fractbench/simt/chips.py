"""chips: the GPUs that throughput is predicted for, their cores and clocks from peaks.toml."""

from __future__ import annotations

from dataclasses import dataclass

from fractbench.simt.cost import Chip

LANES = {"apple": 128, "sm_80": 64, "sm_90": 128}
"""Float32 lanes of a core, by family."""


@dataclass(frozen=True)
class Product:
    """A name of peaks.toml, with the number of GPU cores where it is several products."""

    name: str
    family: str
    cores: int | None = None

    @property
    def architecture(self) -> str:
        """The one whose instructions are taken, in place of Apple's own."""
        return "sm_90" if self.family == "apple" else self.family


PRODUCTS = (
    Product("Apple M1", "apple", 8),
    Product("Apple M1 Max", "apple", 32),
    Product("Apple M2 Ultra", "apple", 76),
    Product("Apple M3 Max", "apple", 40),
    Product("Apple M4", "apple", 10),
    Product("Apple M4 Max", "apple", 40),
    Product("Apple M5", "apple", 10),
    Product("NVIDIA A100-SXM4-80GB", "sm_80"),
    Product("NVIDIA H100 80GB HBM3", "sm_90"),
)


def chip(product: Product) -> Chip:
    """Return a product's Chip. Where no clock is told it is the one that gives its peak."""
    from fractbench.bench.roofline.peaks import table

    peak = next(p for p in table() if product.name in p.names and p.gpu_cores == product.cores)
    lanes = peak.lanes or (product.cores or 0) * LANES["apple"]
    clock = peak.mhz * 1e6 if peak.mhz else peak.teraflops * 1e12 / (2 * lanes)
    cores = lanes // LANES[product.family]
    if product.family == "apple":
        return Chip(product.name, cores, clock)
    arithmetic = 128 // LANES[product.family]
    return Chip(product.name, cores, clock, arithmetic, second=2, memory=True)
