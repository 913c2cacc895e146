"""Ops: everything that a kernel text may do to an array, and all that a Backend must supply.

A kernel text is a function of an `Ops` and of Trees of arrays. It multiplies, adds, compares,
selects, folds and scans, and does nothing else, so a framework that rounds each of these once
gives the bits that every other framework gives.

To write a Backend, derive from this class. The operators ``+``, ``-``, ``<``, ``==``, ``|`` and
``abs`` of your arrays are used as they are; supply the rest:

    class TinyOps(Ops):
        def upload(self, array): ...        # NumPy array -> device array, dtype and bits kept
        def download(self, array): ...      # device array -> NumPy array, after all work is done
        def mul(self, a, b): return a * b   # fenced, if your compiler would fuse a*b + c
        def select(self, mask, a, b): ...
        def nearest(self, a): ...           # round to an integer, ties to even
        def bits(self, a): ...              # reinterpret as integers; from_bits undoes it
        def from_bits(self, a): ...
        def broadcast(self, a, shape): ...
        def concat(self, arrays): ...       # along the first axis

`scan` loops in Python and `compile` does nothing unless you override them.

Rules for an implementation:

- every result has the dtype of its operands; nothing is promoted, nothing is computed wider;
- a product that feeds a sum must be rounded first: if your compiler contracts, override `mul`
  with a fence (adding a -0.0 that it only learns at run time is enough);
- do not flush or keep subnormals on purpose: the contract's guard bands make both give one result;
- constants arrive as arguments; never turn them into literals of generated code.

`fractbench.testing.check_backend` tells whether you succeeded.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from numpy.typing import NDArray

from fractbench.ready import ready
from fractbench.tree import Tree, map_tree, row

Array = Any
Body = Callable[["Ops", Tree, Tree, Tree], Tree]
"""body(ops, carry, x, fixed) -> carry; pure, and every array it uses comes through an argument."""
Program = Callable[["Ops", Tree, Tree], Tree]
"""program(ops, fixed, pixels) -> outputs."""


class Ops(ABC):
    """One framework's arithmetic on one device; see the module's text for the rules."""

    dtype: str = "float32"
    """The format of every float in a kernel text."""
    block: int = 8
    """Samples that a kernel text may take at once; a matter of speed that changes no bit."""
    fused: bool = False
    """Whether `mad` rounds once, as the contract `fma` demands; under `strict` it rounds twice."""
    static_shapes: bool = False
    """Whether a new number of pixels costs a compilation, so that tiles are padded to few sizes."""

    @abstractmethod
    def upload(self, array: NDArray[Any]) -> Array:
        """Bring a host array to the device; dtype and bits are kept."""

    @abstractmethod
    def download(self, array: Array) -> NDArray[Any]:
        """Wait for an array and bring it to the host; bits are kept."""

    @abstractmethod
    def mul(self, a: Array, b: Array) -> Array:
        """The product, rounded once, whatever happens to it next."""

    @abstractmethod
    def select(self, mask: Array, a: Array, b: Array) -> Array:
        """`a` where `mask` holds, else `b`, bits kept."""

    @abstractmethod
    def nearest(self, a: Array) -> Array:
        """The nearest integer, ties to even, as a float."""

    @abstractmethod
    def bits(self, a: Array) -> Array:
        """The bit patterns of floats as signed integers of the same size."""

    @abstractmethod
    def from_bits(self, a: Array) -> Array:
        """The floats that have the given bit patterns."""

    @abstractmethod
    def broadcast(self, a: Array, shape: tuple[int, ...]) -> Array:
        """Repeat `a` to a shape."""

    @abstractmethod
    def concat(self, arrays: Sequence[Array]) -> Array:
        """Join arrays along their first axis."""

    def add(self, a: Array, b: Array) -> Array:
        """The sum, rounded once."""
        return a + b

    def sub(self, a: Array, b: Array) -> Array:
        """The difference, rounded once; exact on integers."""
        return a - b

    def mad(self, a: Array, b: Array, c: Array) -> Array:
        """The product plus c, at the places where the contract `fma` fuses them."""
        return self.add(c, self.mul(a, b))

    def less(self, a: Array, b: Array) -> Array:
        """A mask: a < b; false for NaN."""
        return a < b

    def equal(self, a: Array, b: Array) -> Array:
        """A mask: a == b; false for NaN."""
        return a == b

    def either(self, a: Array, b: Array) -> Array:
        """A mask: one of the masks holds."""
        return a | b

    def absolute(self, a: Array) -> Array:
        """The magnitude: the sign bit cleared."""
        return abs(a)

    def scan(
        self, body: Body, carry: Tree, xs: Tree, fixed: Tree, length: int, watch: str | None = None
    ) -> tuple[Tree, Array | None]:
        """Run `body` over the first axis of every array in `xs`, `length` times, in order.

        With `watch`, also return the carry's entry of that name after each step, stacked on the
        first axis.
        """
        seen = []
        for index in range(length):
            carry = body(self, carry, row(xs, index), fixed)
            if watch is not None:
                seen.append(carry[watch][None])
        return carry, self.concat(seen) if seen else None

    def compile(self, program: Program, fixed: Tree) -> Callable[[Tree], Tree]:
        """Make a host function of a program: a Tree of host arrays in, a Tree of host arrays out.

        `fixed` (host arrays too) is uploaded once; the call returns only when its results are on
        the host, so that a clock around it measures the work.
        """
        held = map_tree(self.upload, fixed)

        def call(pixels: Tree) -> Tree:
            out = program(self, held, map_tree(self.upload, pixels))
            self.wait(out)
            ready()
            return map_tree(self.download, out)

        return call

    def wait(self, out: Tree) -> None:
        """Return when every array is complete on the device; at once where nothing is deferred."""
        del out
