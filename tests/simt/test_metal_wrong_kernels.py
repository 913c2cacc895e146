"""Wrong Metal kernels, each a small edit of the real text: what catches it is part of the test."""

import platform
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import metal_shim
from fractbench.arithmetic.contract import arithmetic
from fractbench.backend import Tile
from fractbench.draws import Draws
from fractbench.errors import CanaryError
from fractbench.grid import Grid
from fractbench.plan import Plan
from fractbench.problems.catalogue import problem
from fractbench.simt import canary
from fractbench.simt.variant import Shape
from metal_launcher import Every, ShimError, digest, golden, kernel

metal_shim.require()

SMALL = ("tanh:samples=19,seed=7,width=5", "boundary")
LANES_LAST = "UNROLL for (int mask = LANES / 2; mask > 0; mask /= 2)"
LOAD = "EACH(i, WIDTH) net->W[c][i] = W[(i * WIDTH + j) * stride];"

WRONG = {
    "fused under strict": (
        SMALL, "#define MAD(a, b, c) ADD((c), MUL((a), (b)))",
        "#define MAD(a, b, c) FUSED_MAD((a), (b), (c))"),
    "lanes fold in another order": (
        SMALL, f"REAL sum = terms[0];\n  {LANES_LAST}",
        "REAL sum = terms[0];\n  UNROLL for (int mask = 1; mask < LANES; mask *= 2)"),
    "a lane loads its neighbour's column": (SMALL, LOAD, LOAD.replace("+ j)", "+ (j ^ 1))")),
    "units beyond the width are summed": (SMALL, "terms[c] = -(REAL)0;", "terms[c] = terms[c];"),
    "last 20 as 19": (SMALL, "late = steps - counts", "late = 1 + steps - counts"),
    "no barrier after the samples are loaded": (
        SMALL, "first == 0);\n  BARRIER();", "first == 0);"),
    "a slice loses what its sums rounded away": (
        SMALL, ": kept[2];", ": (REAL)0;"),
    "inf is taken for the end": (
        ("minibatch", "corner"), "if (mine && w != w) number = 0;",
        "if (mine && MAGNITUDE(w) > CAP) number = 0;"),
}  # fmt: skip


def edit(before, after):
    """Return a change of the text; where it does not apply to `train`, the test is out of date."""

    def change(unit):
        assert before in unit, "the edit does not apply any more"
        return unit.replace(before, after)

    return change


@pytest.mark.parametrize("name", WRONG)
def test_the_digest_tells(name, monkeypatch):
    monkeypatch.setattr(canary, "check", lambda *_: None)
    case, before, after = WRONG[name]
    one = golden(*case)
    assert digest(one, edit=edit(before, after), slices=Every) != one.digest


def test_nan_must_not_be_forgotten_by_relu():
    change = edit("u < (REAL)0 ? (REAL)0 : u", "(REAL)0 < u ? u : (REAL)0")
    one = golden("relu", "corner")
    assert digest(one, edit=change, early_exit=False) != one.digest


APART = {
    "no barrier before flags are read": (
        SMALL, Shape(4, 8), "fb_measure *measures) {\n  BARRIER();", "fb_measure *measures) {",
        "lanes diverge"),
    "no barrier after flags were read": (
        ("linear", "late"), Shape(16, 4), "measures[p].over;\n  BARRIER();", "measures[p].over;",
        "lanes diverge"),
    "some lanes do not vote": (
        SMALL, Shape(4, 8), "REAL dead =", "if (said == 2) return 2;\n  REAL dead =",
        "lanes diverge"),
    "lanes beyond the group": (
        SMALL, Shape(4, 1), f"REAL sum = terms[0];\n  {LANES_LAST}",
        "REAL sum = terms[0];\n  UNROLL for (int mask = LANES; mask > 0; mask /= 2)",
        "lane 0 shuffles with lane 4, which is not there"),
    "a slot that nobody uses is written": (
        SMALL, Shape(4, 8), "  if (!used) return;\n", "", "element [0-9]+ was written"),
    "the order of samples is changed": (
        ("minibatch:width=8", "draws"), Shape(4, 8), "  if (!used) return;\n",
        "  ((GLOBAL int *)order)[0] = 1;\n  if (!used) return;\n", "element 0 was written"),
}  # fmt: skip


@pytest.mark.parametrize("name", APART)
def test_the_shim_tells(name):
    case, shape, before, after, said = APART[name]
    with pytest.raises(ShimError, match=said):
        digest(golden(*case), shape, edit=edit(before, after))


CANARY = {
    "the listed multiply-and-add": WRONG["fused under strict"][1:],
    "a product in a sum": ("row[0] = SUB(MUL(a, b), c);", "row[0] = FUSED_MAD(a, b, -c);"),
    "a sum over lanes": ("(ushort)(mask))", "(ushort)1)"),
}


@pytest.mark.parametrize("row", CANARY)
def test_the_canary_tells(row):
    with pytest.raises(CanaryError, match=row):
        kernel(golden(*SMALL).plan(), edit=edit(*CANARY[row]))


def test_without_the_pragma_the_canary_refuses():
    """What Metal's safe mode does then; C++ does not know the pragma and can show it."""
    if platform.machine() == "x86_64" and " fma " not in Path("/proc/cpuinfo").read_text():
        pytest.skip("this processor cannot contract")
    machine = ["-mfma"] if platform.machine() == "x86_64" else []
    options = ("-O1", "-ffp-contract=fast", *machine)
    with pytest.raises(CanaryError, match="the shim computes"):
        kernel(golden(*SMALL).plan(), options=options)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SAMPLES_IN const REAL *xs, *ys;", "GLOBAL const REAL *xs, *ys;"),
        ("#define PRIVATE thread", "#define PRIVATE device"),
        ("const REAL a = given[at]", "const double a = given[at]"),
        ("SHARED_ARRAY(REAL, exchange, EXCHANGED);", "thread float exchange[EXCHANGED];"),
        ("int with_gradient)", "int half)"),
        ("int with_gradient)", "int thread)"),
        ("int with_gradient)", "int vertex)"),
    ],
)
def test_the_compiler_tells(before, after):
    with pytest.raises(metal_shim.CompileError):
        kernel(golden(*SMALL).plan(), edit=edit(before, after))


def test_an_index_beyond_an_array_is_found():
    checks = ("-O1", "-fsanitize=bounds", "-fsanitize-minimal-runtime")
    wrong = LOAD.replace("[c][i]", "[c][i + 1]")
    with pytest.raises(ShimError, match="undefined: out_of_bounds"):
        digest(golden(*SMALL), edit=edit(LOAD, wrong), options=checks)


COUNT = 240


def hostile(chosen):
    """Pixels whose weights and rates take every scale that is allowed."""
    random, n = np.random.default_rng(5), chosen.width

    def drawn(*shape):
        scaled = random.normal(size=(*shape, COUNT)) * 2 ** random.uniform(-52, 2, COUNT)
        return np.where(np.abs(scaled) < 2.0**-50, 0, scaled).astype(np.float32)

    x, y = (10 ** random.uniform(-30, 12, COUNT).astype(np.float32) for _ in range(2))
    return Tile(0, COUNT, {"x": x, "y": y, "W": drawn(n, n), "v": drawn(n)})


def left_by(spec, contract, **how):
    """Return the bits of weights and accumulators of hostile pixels after a few steps."""
    chosen = problem(spec).with_steps(6).with_draws(Draws.parse("per-pixel=weights", 3))
    plan = Plan(chosen, Grid(chosen.views["start"], 1, 1), arithmetic(contract, "float32"))
    made = kernel(plan, **how)
    sums = made.run(hostile(chosen))
    [state, *_] = made._launcher.made
    found = np.concatenate([*sums.values(), made._launcher.download(state)])
    return np.where(np.isnan(found), np.float32(np.nan), found).view(np.int32)


HOSTILE = ("tanh:samples=19,seed=7,width=5", "linear:width=5,samples=3,seed=3")


@pytest.mark.parametrize("contract", ["strict", "fma"])
@pytest.mark.parametrize("spec", HOSTILE)
def test_flushing_changes_no_bit_of_any_weight(spec, contract):
    made = partial(left_by, spec, contract)
    assert np.array_equal(made(flush=False), made(flush=True))


@pytest.mark.parametrize("spec", HOSTILE)
def test_without_its_band_flushing_changes_weights(spec):
    change = edit("      w = fb_guard(w, BAND_STATE);\n", "")
    made = partial(left_by, spec, "strict", edit=change)
    assert not np.array_equal(made(flush=False), made(flush=True))
