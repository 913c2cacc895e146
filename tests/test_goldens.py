"""Goldens of every exact Arithmetic: that they are there, and that each Backend gives some."""

import pytest

from fractbench.arithmetic.contract import PERTURBED, arithmetics
from fractbench.arithmetic.fused_host import FusedHostOps
from fractbench.arithmetic.host import HostOps
from fractbench.goldens import goldens, verdict
from fractbench.proof import first
from fractbench.reference import reference_map, reference_ops
from fractbench.verify import verify
from helpers import BACKENDS, backend

EXACT = [a for a in arithmetics() if a.exact]
DIRECT = ("boundary", "odd", "corner", "draws", "late")
CASES = {PERTURBED: ("deep", "wide")}
"""The cases of a contract that has others."""
SMALL = ("tanh:width=8", "minibatch:width=8", "newton", "quadratic-additive", "single")


def chosen(arithmetic, *cases):
    wanted = (arithmetic.contract, arithmetic.dtype)
    return [g for g in goldens() if (g.contract, g.dtype) == wanted and g.case in cases]


@pytest.mark.parametrize("arithmetic", EXACT, ids=lambda a: a.name)
def test_every_arithmetic_has_goldens_of_its_own(arithmetic):
    found = chosen(arithmetic, *CASES.get(arithmetic.contract, DIRECT))
    assert len({g.problem for g in found}) >= (7 if arithmetic.contract == PERTURBED else 9)
    assert all(g.digest.startswith(f"{arithmetic.name}:sha256:") for g in found)
    assert first(arithmetic) in goldens()


def test_no_two_arithmetics_share_a_digest_or_a_key():
    every = goldens()
    assert len({g.key for g in every}) == len({g.digest for g in every}) == len(every)


@pytest.mark.parametrize("arithmetic", EXACT, ids=lambda a: a.name)
def test_the_reference_gives_small_ones(arithmetic):
    assert type(reference_ops(arithmetic)) is (
        FusedHostOps if arithmetic.contract == "fma" else HostOps
    )
    small = (*SMALL, "linear", "init-offset") if arithmetic.contract == PERTURBED else SMALL
    cases = CASES.get(arithmetic.contract, ("odd", "draws"))
    found = [g for g in chosen(arithmetic, *cases) if g.problem in small]
    assert found
    for golden in found:
        made = reference_map(golden.plan())
        assert made.digest == golden.digest
        assert verdict(made) == "match"


@pytest.mark.parametrize("name", BACKENDS)
def test_every_backend_gives_small_ones_in_float64(name):
    [float64] = [a for a in EXACT if (a.contract, a.dtype) == ("strict", "float64")]
    found = backend(name)
    few = [
        g for g in chosen(float64, "odd", "draws") if g.problem in ("newton", "minibatch:width=8")
    ]
    outcome = verify(found, found.device("cpu"), few)
    assert (outcome.matched, outcome.mismatches, outcome.refusal) == (2, [], "")
