"""The lint of the Metal text: the real text passes, and every wrong edit of it is named."""

import pytest

from fractbench.simt import text
from fractbench.simt.lint import lint
from fractbench.simt.variant import Variant
from metal_units import mlx_unit, torch_unit

BASE = Variant(16, 272, "tanh", "full", "none", "strict", 16, 2)
VARIANTS = [
    Variant(width, samples, activation, batch, offset, contract, lanes, 2)
    for width, samples, lanes in ((16, 272, 16), (5, 19, 2), (32, 1056, 8))
    for activation, batch, offset in (
        ("tanh", "full", "none"), ("relu", "shared", "once"), ("identity", "own", "drift"))
    for contract in ("strict", "fma")
]  # fmt: skip


def edited(before, after, unit=torch_unit):
    """Return the real text with one place changed, which must be there."""
    source, _ = unit(BASE)
    assert before in source, "the edit does not apply any more"
    return source.replace(before, after, 1)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_the_real_text_is_clean(variant):
    for entry in text.ENTRIES:
        assert lint(mlx_unit(variant, entry)[0]) == []
    assert lint(torch_unit(variant)[0]) == []


LOSS = "const REAL loss = MUL(net.loss, k.inverse_samples);"
GUARD = "FUNCTION REAL fb_guard(REAL x, REAL band) {"
UPDATE = "REAL w = SUB(net->W[c][i], MUL(rate_W, net->gW[c][i]));"
PRAGMA = "#pragma METAL fp contract(off)\n"
WRITE = "write MUL, ADD, SUB or MAD"

WRONG = [
    # what would be contracted or rounded otherwise
    (UPDATE, "REAL w = net->W[c][i] - rate_W * net->gW[c][i];", WRITE),
    (UPDATE, "REAL w = SUB(net->W[c][i], rate_W * net->gW[c][i]);", WRITE),
    (LOSS, "const REAL loss = (net.loss) * 0.5f;", WRITE),
    (LOSS, "const REAL loss = k.scale + net.loss;", WRITE),
    (LOSS, "const REAL loss = (REAL)2 * x[p];", WRITE),
    (LOSS, "const REAL loss = end * (end - net.v[0]);", WRITE),
    (LOSS, "const REAL loss = 1 + fb_tanh(net.loss);", WRITE),
    (LOSS, "const REAL loss = 1 - MUL(net.loss, net.loss);", WRITE),
    (LOSS, "const REAL loss = CAP * end;", WRITE),
    (LOSS, "const REAL loss = end - *scales;", WRITE),
    (LOSS, "const REAL loss = end * m->loss_0;", WRITE),
    (LOSS, "const REAL loss = end * sums[3];", WRITE),
    (LOSS, LOSS + " net.loss += loss;", WRITE),
    (LOSS, LOSS + " net.v[0] *= 2;", WRITE),
    (LOSS, LOSS + " net.loss++;", "++ of a real number"),
    (LOSS, "const REAL loss = -net.loss;", "a sign before a real number"),
    (LOSS, "const REAL loss = FUSED_MAD(net.loss, k.scale, x[p]);", "FUSED_MAD is for MAD alone"),
    # divisions
    (LOSS, "const REAL loss = net.loss / SAMPLES;", WRITE),
    (LOSS, "const REAL loss = MUL(net.loss, k.slope / k.scale);", WRITE),
    ("group.rank / LANES;", "group.rank / slots;", "/ by what is no constant"),
    ("group.rank % LANES,", "group.rank % slots,", "% by what is no constant"),
    # libraries
    (LOSS, "const REAL loss = tanh(net.loss);", "tanh is called"),
    (LOSS, "const REAL loss = metal::precise::exp(net.loss);", "exp is called"),
    (LOSS, "const REAL loss = fma(net.loss, k.scale, x[p]);", "fma is called"),
    (LOSS, "const REAL loss = fabs(net.loss);", "fabs is called"),
    (LOSS, "const REAL loss = simd_sum(net.loss);", "simd_sum is called"),
    ("#define MUL(a, b) ((a) * (b))", "#define MUL(a, b) (a) * (b)", "MUL is (a) * (b)"),
    ("#define MAD(a, b, c) ADD((c), MUL((a), (b)))", "#define MAD(a, b, c) ((a) * (b) + (c))",
     "MAD is"),
    ("#define FUSED_MAD(a, b, c) fma((a), (b), (c))", "", "FUSED_MAD is not defined"),
    ("#define MAGNITUDE(x) fabs(x)", "#define MAGNITUDE(x) ((x) < 0 ? -(x) : (x))",
     "MAGNITUDE is"),
    (GUARD, "#define TWICE(x) ((x) * 2)\n" + GUARD, "the macro TWICE computes"),
    # the pragma
    (PRAGMA, "", "contract(off) has to stand once"),
    (PRAGMA, "#pragma METAL fp contract(on)\n", "contract(off) has to stand once"),
    (GUARD, "#pragma METAL fp math_mode(fast)\n" + GUARD, "another pragma"),
    ("#define UNROLL", "#undef MUL\n#define UNROLL", "a macro is taken back"),
    # types and literals
    ("REAL error, row[CANARY_ROWS];", "double error; REAL row[8];", "double has no place"),
    ("REAL error, row[CANARY_ROWS];", "half error; REAL row[8];", "half has no place"),
    ("const int steps =", "const long steps =", "long has no place"),
    ("#define REAL float", "#define REAL double", "REAL is double"),
    (LOSS, "const REAL loss = MUL(net.loss, 1.0);", "1.0 is no decimal literal"),
    (LOSS, "const REAL loss = MUL(net.loss, 0x1p-3f);", "0x1p-3f is no decimal literal"),
    (LOSS, "const REAL loss = MUL(net.loss, 1e-3);", "1e-3 is no decimal literal"),
    ("#define CAP ", "#define CAP 1.0e6 //", "1.0e6 is no decimal literal"),
    # address spaces
    ("PRIVATE const REAL *h,", "const REAL *h,", "a pointer without an address space"),
    ("PRIVATE REAL *error)", "REAL *error)", "a pointer without an address space"),
    ("SHARED REAL *exchange;", "REAL *exchange;", "a pointer without an address space"),
    ("REAL error, row[", "REAL error, *aside = &error, row[", "a pointer without"),
    ("PRIVATE REAL *error)", "PRIVATE REAL &error)", "a reference"),
    ("const device float *X [[", "const float *X [[", "a pointer without an address space"),
    ("int with_gradient)", "int thread)", "thread is an address space and used as a name"),
    ("int with_gradient)", "int half)", "half has no place"),
    (LOSS, LOSS + " SHARED_ARRAY(REAL, more, 8);", "outside a kernel"),
    # what Metal has not
    (LOSS, "again: " + LOSS + " goto again;", "goto has no place"),
    (LOSS, LOSS + " REAL aside[steps];", "the size of aside depends on steps"),
    (LOSS, LOSS + " int (*chosen)(int) = 0;", "a pointer to a function"),
    ("return AS_INT(x) < 0 ? MUL(r, (REAL)-1) : r;", "return fb_reciprocal(r);",
     "fb_reciprocal calls itself"),
    (GUARD, GUARD.replace("fb_guard", "guard"), "guard does not begin with fb_"),
    # what frameworks add to a signature by its name
    ("const int steps =", "const int X_shape = 0, steps =", "MLX would add a parameter X_shape"),
    ("const int steps =", "const int grid_size = 0, steps =", "gives grid_size a meaning"),
    ("const int steps =", "const int threads_per_grid = 0, steps =", "gives threads_per_grid"),
    ("using namespace metal;", '#include "more.h"', "an include"),
]  # fmt: skip


def test_mutual_recursion_is_found():
    source = edited(
        "REAL v = loss == loss_0 ?", "fb_observe(0, loss, 0); REAL v = loss == loss_0 ?"
    )
    source = source.replace("REAL inverse = v", "fb_relative(v, v, v); REAL inverse = v")
    found = {finding.what for finding in lint(source)}
    assert "fb_observe calls itself; Metal has no recursion" in found
    assert "fb_relative calls itself; Metal has no recursion" in found


@pytest.mark.parametrize(("before", "after", "what"), WRONG, ids=[w[1].strip()[:60] for w in WRONG])
def test_wrong_text_is_named(before, after, what):
    source = edited(before, after)
    found = lint(source)
    assert any(what in finding.what for finding in found), found


def test_a_finding_names_its_line():
    source = edited(UPDATE, UPDATE.replace("SUB(", "(net->v[0] + "))
    [finding] = lint(source)
    assert "net->v[0] +" in source.splitlines()[finding.line - 1]


def test_the_same_is_found_in_mlx_s_unit():
    source = edited("const device float* X [[", "const constant float& X [[", mlx_unit)
    assert any("a reference" in finding.what for finding in lint(source))
