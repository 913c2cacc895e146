"""precision: how many bits a reference needs, and the orbit of that precision."""

from __future__ import annotations

from fractions import Fraction

from fractbench.problems.mlp import Mlp
from fractbench.zoom.orbit import Orbit
from fractbench.zoom.orbit_float64 import BITS, orbit_float64
from fractbench.zoom.orbit_precise import orbit_precise
from fractbench.zoom.perturbed import exponent
from fractbench.zoom.place import Place

ENOUGH = 29
"""Pixels 2**-29 decades apart and more have references in float64: where training has torn them
apart, its errors of 2**-53 have grown to 2**-24, float32's own."""
MARGIN = 64
"""Bits beyond those that tell neighbours apart, for what training magnifies after that."""


def bits_for(spacing: Fraction) -> int:
    """Return the precision of references for pixels so many decades apart."""
    apart = -exponent(spacing)
    if apart <= ENOUGH:
        return BITS
    return -(-(apart + MARGIN) // 64) * 64


def orbit(problem: Mlp, place: Place, bits: int) -> Orbit:
    """Train one pixel at a precision and keep every step.

    Raises:
        BackendUnavailableError: more than float64 is needed and python-flint is not installed.
    """
    return orbit_float64(problem, place) if bits <= BITS else orbit_precise(problem, place, bits)
