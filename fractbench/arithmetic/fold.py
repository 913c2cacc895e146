"""fold: a sum along the first axis by halving, the order of a SIMT kernel's lane butterfly."""

from __future__ import annotations

from fractbench.arithmetic.ops import Array, Ops


def fold(ops: Ops, terms: Array) -> Array:
    """Sum `terms` over its first axis: pad to a power of two with -0.0, add i and i + m/2, halve m.

    Adding -0.0 changes no number, so the padding is left out instead of added: the last items of
    an odd half pass through. Works for any length >= 1; shape (m, ...) -> (...).
    """
    length = terms.shape[0]
    while length > 1:
        half = 1 << (length - 1).bit_length() - 1
        paired = ops.add(terms[: length - half], terms[half:length])
        rest = terms[length - half : half]
        terms = paired if length == 2 * half else ops.concat([paired, rest])
        length = half
    return terms[0]


def fold_left(ops: Ops, terms: list[Array]) -> Array:
    """Sum a list of arrays from left to right, starting with the first."""
    total = terms[0]
    for term in terms[1:]:
        total = ops.add(total, term)
    return total
