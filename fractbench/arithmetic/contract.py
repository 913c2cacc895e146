"""An Arithmetic: a contract and a dtype, and the version under which its digests are pinned."""

from __future__ import annotations

from dataclasses import dataclass

from fractbench.arithmetic.formats import FLOAT32, FORMATS, Format
from fractbench.errors import UsageError, nearest

CONTRACTS = ("strict",)
"""The contracts that this version can promise; `fma` and `free` are named in docs/contract.md."""

STRICT_VERSION = 1
"""Moves only together with every golden, and with a line in CHANGELOG.md."""


@dataclass(frozen=True)
class Arithmetic:
    """What a Kernel promises about its bits, for example ``strict-float32-1``."""

    contract: str = "strict"
    format: Format = FLOAT32

    @property
    def name(self) -> str:
        """The contract, the dtype and the contract's version, as digests are prefixed."""
        return f"{self.contract}-{self.format.name}-{STRICT_VERSION}"


def arithmetic(contract: str = "strict", dtype: str = "float32") -> Arithmetic:
    """Look an Arithmetic up by its two names.

    Raises:
        UsageError: the contract or the dtype is unknown, or not offered by this version.
    """
    if contract in ("fma", "free"):
        raise UsageError(
            f"the contract {contract!r} comes with the fused kernels; type --contract strict"
        )
    if contract not in CONTRACTS:
        raise UsageError(
            f"unknown contract {contract!r}{nearest(contract, CONTRACTS)}; type --contract strict"
        )
    if dtype not in FORMATS:
        raise UsageError(f"unknown dtype {dtype!r}{nearest(dtype, FORMATS)}; type --dtype float32")
    if dtype != "float32":
        raise UsageError(
            f"dtype {dtype!r} has no strict contract in this version; type --dtype float32"
        )
    return Arithmetic(contract, FORMATS[dtype])
