"""An Arithmetic: a contract and a dtype, and the version under which its digests are pinned."""

from __future__ import annotations

from dataclasses import dataclass

from fractbench.arithmetic.formats import FLOAT32, FLOAT64, FORMATS, Format
from fractbench.errors import UsageError, nearest

VERSIONS = {"strict": 1, "fma": 1, "perturbed": 1, "free": 1}
"""The contracts. A version moves only together with its goldens and a line in CHANGELOG.md."""

PERTURBED = "perturbed"
"""Strict float32 differences from a reference of any precision: the deep zoom (docs/deep.md)."""

NARROW = ("bfloat16", "float16", "tf32")
"""What `free` kernels may compute in while hyperparameters and accumulators are float32."""


@dataclass(frozen=True)
class Arithmetic:
    """What a Kernel promises about its bits, for example ``strict-float32-1``.

    `format` is that of the hyperparameters and accumulators, and of everything between unless
    `narrow` names another type (a free Kernel's products in bfloat16, float16 or tf32).
    """

    contract: str = "strict"
    format: Format = FLOAT32
    narrow: str = ""

    @property
    def dtype(self) -> str:
        """The type that products are computed in, as one types it."""
        return self.narrow or self.format.name

    @property
    def exact(self) -> bool:
        """Whether every kernel under it gives the same bits."""
        return self.contract != "free"

    @property
    def name(self) -> str:
        """The contract, the dtype and the contract's version, as digests are prefixed."""
        return f"{self.contract}-{self.dtype}-{VERSIONS[self.contract]}"

    def __str__(self) -> str:
        """Return the options that ask for it."""
        return f"--contract {self.contract} --dtype {self.dtype}"


def check_contract(contract: str) -> None:
    """Refuse a contract that there is not.

    Raises:
        UsageError: it is unknown.
    """
    if contract not in VERSIONS:
        raise UsageError(
            f"unknown contract {contract!r}{nearest(contract, VERSIONS)}; "
            f"type --contract {' or --contract '.join(VERSIONS)}"
        )


def arithmetic(contract: str = "strict", dtype: str = "float32") -> Arithmetic:
    """Look an Arithmetic up by its two names.

    Raises:
        UsageError: the contract or the dtype is unknown, or they do not go together.
    """
    check_contract(contract)
    if contract == PERTURBED and dtype == FLOAT64.name:
        raise UsageError(
            "the perturbed contract computes in float32, however deep; type --dtype float32"
        )
    if dtype in FORMATS:
        return Arithmetic(contract, FORMATS[dtype])
    if dtype not in NARROW:
        known = (*FORMATS, *NARROW)
        raise UsageError(
            f"unknown dtype {dtype!r}{nearest(dtype, known)}; type --dtype {' or '.join(known)}"
        )
    if contract != "free":
        raise UsageError(
            f"dtype {dtype!r} has no {contract} contract; type --contract free, or --dtype float32"
        )
    return Arithmetic(contract, FLOAT32, dtype)


def arithmetics() -> tuple[Arithmetic, ...]:
    """Return every Arithmetic that can be asked for, the default one first."""
    pairs = [(c, d) for c in VERSIONS for d in (*FORMATS, *NARROW) if c == "free" or d in FORMATS]
    pairs.remove((PERTURBED, FLOAT64.name))
    return tuple(arithmetic(*pair) for pair in pairs)
