"""Variant: everything that the kernel text is given as a constant, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import Format
from fractbench.problems.base import Problem
from fractbench.problems.mlp import Mlp
from fractbench.problems.network import Activation, Offset

Batch = Literal["full", "shared", "own"]
"""The samples of a gradient: all of them, drawn ones for all pixels, or each pixel's own."""

WIDEST = 32
"""Wider networks do not fit into a GPU's registers."""
SHARED_BYTES = 30 << 10
"""Threadgroup memory for samples and exchange; Metal has 32 KB."""


@dataclass(frozen=True)
class Shape:
    """How pixels are laid out: the lanes that train a pixel, and the pixels of a group.

    `together` is the number of groups that a CUDA multiprocessor is to hold at least; it bounds the
    registers of a lane.
    """

    lanes: int
    pixels: int
    together: int = 1


@dataclass(frozen=True)
class Layout:
    """What decides a Shape on a kind of device, whatever the network's width.

    `weights` is the most numbers of W in float32 that a lane may own; it needs as many registers
    again for the gradients, and some 40 besides. Few lanes share much, since the inputs, the error
    and the fold are the same work for one hidden unit and for four. `threads` is the size of a
    group.
    """

    weights: int
    threads: int
    together: int = 1

    def shape(self, width: int, fmt: Format) -> Shape:
        """Return the Shape with the fewest lanes that the registers allow."""
        weights = self.weights * 4 // fmt.dtype.itemsize
        lanes = 1
        while lanes < min(WIDEST, self.threads) and -(-width // lanes) * width > weights:
            lanes *= 2
        return Shape(lanes, self.threads // lanes, self.together)


@dataclass(frozen=True)
class Variant:
    """One compiled form of the text. Lane l owns the hidden units l, l + lanes, l + 2 lanes, ..."""

    width: int
    samples: int
    activation: Activation
    batch: Batch
    offset: Offset
    contract: str
    lanes: int
    pixels: int
    dtype: str = "float32"
    together: int = 1

    @property
    def columns(self) -> int:
        """Hidden units of a lane, that is columns of W."""
        return -(-self.width // self.lanes)

    @property
    def threads(self) -> int:
        """Threads of a group."""
        return self.lanes * self.pixels

    @property
    def resident(self) -> bool:
        """Whether all samples stay in threadgroup memory during a launch."""
        return self._sample_bytes + self._exchange_bytes <= SHARED_BYTES

    @property
    def shared_bytes(self) -> int:
        """Bytes of threadgroup memory."""
        return self._exchange_bytes + (self._sample_bytes if self.resident else 0)

    @property
    def _sample_bytes(self) -> int:
        return self._real_bytes * self.samples * (self.width + 1)

    @property
    def _exchange_bytes(self) -> int:
        return self._real_bytes * (self.threads + 8 * self.pixels)

    @property
    def _real_bytes(self) -> int:
        return 8 if self.dtype == "float64" else 4

    @property
    def state(self) -> int:
        """Reals that a pixel leaves in device memory between two launches."""
        return self.width * (self.width + 1)


def fits(problem: Problem) -> bool:
    """Return whether the text can train a Problem."""
    return isinstance(problem, Mlp) and problem.width <= WIDEST


def variant(problem: Mlp, arithmetic: Arithmetic, shape: Shape) -> Variant:
    """Return the Variant of a Problem; lanes without a unit of their own are left out."""
    lanes = min(shape.lanes, 1 << (problem.width - 1).bit_length())
    batch: Batch = "full"
    if problem.minibatch:
        batch = "own" if "order" in problem.draws.kinds else "shared"
    return Variant(
        problem.width, problem.count, problem.activation, batch, problem.offset,
        arithmetic.contract, lanes, shape.pixels * shape.lanes // lanes, arithmetic.format.name,
        shape.together,
    )  # fmt: skip
