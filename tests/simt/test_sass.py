"""The CUDA text's machine code, compiled without a GPU: what it has and what it must not have."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path

import pytest

import prove_simt
from fractbench.errors import KernelUnavailableError, UsageError
from fractbench.simt import text
from fractbench.simt.sass.compiler import Resources, compiled, resources, tools
from fractbench.simt.sass.count import WIDE, kinds, multiply_adds, step
from fractbench.simt.sass.listing import disassembled, functions
from fractbench.simt.sass.measure import Measured, faults, measured, warps
from fractbench.simt.sass.table import keys, made, row
from fractbench.simt.variant import Variant

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "docs" / "simt-cuda.md"
SMALL = Variant(8, 72, "tanh", "full", "none", "strict", 4, 32)
LOG = """ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function 'one' for 'sm_90'
ptxas info    : Function properties for one
ptxas         .     464 bytes stack frame, 940 bytes spill stores, 964 bytes spill loads
ptxas info    : Used 255 registers, used 1 barriers, 464 bytes stack size, 18752 bytes smem
ptxas info    : Compiling entry function 'two' for 'sm_90'
ptxas info    : Function properties for two
ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 28 registers, used 0 barriers
"""
LISTING = """	.section	.text.entry,"ax",@progbits
.text.entry:
        /*0000*/                   LDC R1, c[0x0][0x28] ;
.L_x_2:
        /*0010*/                   BAR.SYNC.DEFER_BLOCKING 0x0 ;
.L_x_1:
        /*0020*/                   LDS.128 R8, [R0] ;
        /*0030*/              @!P0 FMUL R2, R8, R3 ;
        /*0040*/                   FADD R2, R2, R4 ;
        /*0050*/                   SHFL.BFLY PT, R4, R2, 0x2, 0x1f ;
        /*0060*/                   FSETP.GEU.AND P0, PT, |R4|, 8.8817841970012523234e-16, PT ;
        /*0070*/               @P0 BRA `(.L_x_1) ;
        /*0080*/                   STL [R1], R4                  (*"SpillRefill"*);
        /*0090*/              @!P1 BRA `(.L_x_2) ;
        /*00a0*/                   EXIT ;
.L_x_3:
        /*00b0*/                   BRA `(.L_x_3);
	.section	.nv.shared.entry,"aw",@nobits
"""


@pytest.fixture(scope="module")
def nvrtc():
    """Skip where there is no compiler for CUDA, but fail in CI."""
    try:
        tools()
    except KernelUnavailableError as error:
        skip = sys.platform == "darwin" or not os.environ.get("CI")
        (pytest.skip if skip else pytest.fail)(str(error))


needed = pytest.mark.usefixtures("nvrtc")


def committed():
    """Return the report's lines, which hold for one version of the compiler only."""
    whole = REPORT.read_text(encoding="utf-8")
    if tools() not in whole:
        pytest.fail(f"{REPORT.name} was not made by {tools()}; install what constraints.txt names")
    return whole.splitlines()


def plain(whole):
    """Return the text with products and sums that a compiler may contract."""
    for name, operator in (("mul", "*"), ("add", "+")):
        macro = f"#define {name.upper()}(a, b) __f{name}_rn((a), (b))"
        assert macro in whole
        whole = whole.replace(macro, f"#define {name.upper()}(a, b) ((a) {operator} (b))")
    return whole


@needed
@pytest.mark.parametrize("architecture", ["sm_80", "sm_90"])
def test_strict_has_no_fused_multiply_add_in_any_entry(architecture):
    made = compiled(text.source(SMALL, "cuda"), architecture)
    found = functions(disassembled(made.cubin))
    assert set(found) == {text.name(entry, SMALL, "cuda") for entry in text.ENTRIES}
    for function in found.values():
        held = kinds(function.instructions)
        assert held["product"] > 20
        assert held["fused"] == 0


@needed
@pytest.mark.parametrize(
    "key", [("tanh", "fma", 4), ("minibatch", "fma", 16), ("tanh", "strict", 4)]
)
def test_the_machine_code_is_as_it_should_be(key):
    found = made(*key, "sm_90")
    assert faults(found) == []
    fused = [one.counts.get("fused", 0) for one in found.step.passes]
    # The loop is the algorithm: not one multiply-add more than the contract has.
    assert fused == (list(multiply_adds(found.variant)) if key[1] == "fma" else [0])
    for one in found.step.passes:
        assert one.counts[WIDE] == 4
        assert one.counts.get("spill", 0) == 0


def test_multiply_adds_by_hand():
    # 15 of z and 16 + 1 of the gradients a column; 1 of the loss
    full = Variant(16, 272, "tanh", "full", "none", "fma", 4, 32)
    assert multiply_adds(full) == (4 * 32 + 1,)
    drawn = dataclasses.replace(full, batch="own", lanes=16)
    assert multiply_adds(drawn) == (15 + 1, 32)


@needed
def test_plain_operators_are_caught():
    found = measured(SMALL, "sm_90", plain)
    assert found.fused > 50
    assert any("fused multiply-adds" in fault for fault in faults(found))


@needed
def test_a_text_that_does_not_fuse_is_caught():
    unfused = "#define FUSED_MAD(a, b, c) ADD((c), MUL((a), (b)))\n"
    fma = dataclasses.replace(SMALL, contract="fma")
    found = measured(
        fma, "sm_90", lambda whole: whole.replace("#if FB_FUSED", unfused + "#if FB_FUSED")
    )
    assert any("fma has 0 of 33 multiply-adds" in fault for fault in faults(found))


@needed
def test_too_many_columns_are_caught():
    found = measured(Variant(16, 272, "tanh", "full", "none", "strict", 2, 64), "sm_90")
    assert found.resources.spilled > 100
    assert f"{found.resources.spilled} bytes are spilled" in faults(found)


@needed
def test_the_committed_lines_are_those_of_the_text():
    lines = committed()
    for key in (("tanh:width=8", "strict", 4), ("tanh", "fma", 4)):
        assert row(*key, "sm_90") in lines[lines.index("## sm_90") :]


@needed
@pytest.mark.slow
def test_the_committed_report_is_that_of_the_program():
    assert prove_simt.difference(REPORT.read_text(encoding="utf-8")) == ""


@needed
@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["sm_80", "sm_90"])
def test_all_machine_code_is_as_it_should_be(architecture):
    wrong = {key: faults(made(*key)) for key in keys(architecture)}
    assert {key: found for key, found in wrong.items() if found} == {}


@needed
def test_another_version_is_refused_before_anything_is_compiled(monkeypatch):
    monkeypatch.setattr(prove_simt, "report", lambda: pytest.fail("compiled"))
    assert "was not made by" in prove_simt.difference("by nvidia-cuda-nvrtc 12.0.0")


@needed
def test_a_change_of_the_report_is_told(monkeypatch):
    monkeypatch.setattr(prove_simt, "report", lambda: f"{tools()}, 132 instructions")
    assert prove_simt.difference(f"{tools()}, 132 instructions") == ""
    assert "type: python tools/prove_simt.py" in prove_simt.difference(
        f"{tools()}, 131 instructions"
    )


@pytest.mark.parametrize(("words", "status"), [([], 0), (["--check"], 1)])
def test_without_a_compiler_the_report_stays(monkeypatch, capsys, tmp_path, words, status):
    def absent():
        raise KernelUnavailableError("nvidia-cuda-nvrtc is not installed")

    monkeypatch.setattr(prove_simt, "tools", absent)
    monkeypatch.setattr(prove_simt, "REPORT", tmp_path / "simt-cuda.md")
    monkeypatch.setattr(sys, "argv", ["prove_simt.py", *words])
    assert prove_simt.main() == status
    assert capsys.readouterr().err == "prove_simt: nvidia-cuda-nvrtc is not installed\n"
    assert list(tmp_path.iterdir()) == []


@needed
def test_a_refused_text_is_one_sentence():
    with pytest.raises(KernelUnavailableError) as caught:
        compiled("int x = ;", "sm_90")
    assert "NVRTC cannot compile the text for sm_90" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_assemblers_log():
    assert resources(LOG) == {
        "one": Resources(registers=255, spilled=940 + 964, stack=464, shared=18752),
        "two": Resources(registers=28, spilled=0, stack=0, shared=0),
    }


def test_loops_of_a_listing():
    function = functions(LISTING)["entry"]
    assert function.loops == (range(2, 8), range(1, 10))
    assert function.innermost == (range(2, 8),)
    found = step(function, SMALL)
    assert [one.samples for one in found.passes] == [72]
    assert found.passes[0].counts == {WIDE: 1, "product": 1, "sum": 1, "exchange": 1,
                                      "compare": 1, "control": 1}  # fmt: skip
    assert found.rest == {"control": 2, "spill": 1}
    it = Measured(SMALL, "sm_90", Resources(80, 0, 0, 0), 0, found)
    assert it.per_step == 4 * (72 * 6 + 3)


def test_an_unrolled_loop_is_counted_by_its_guards():
    guard = next(line for line in LISTING.splitlines() if "FSETP" in line)
    twice = LISTING.replace(".L_x_1:\n", f".L_x_1:\n{guard}\n")
    found = step(functions(twice)["entry"], SMALL).passes[0].counts
    assert (found["product"], found["compare"]) == (0.5, 1)


@pytest.mark.parametrize("batch", ["own", "shared"])
def test_what_cannot_be_counted_is_refused(batch):
    wanted = dataclasses.replace(SMALL, batch=batch)
    with pytest.raises(UsageError, match="1 loops over samples were found; a step has 2"):
        step(functions(LISTING)["entry"], wanted)


@pytest.mark.parametrize(
    ("registers", "shared", "threads", "expected"),
    [
        (168, 18624, 128, 12), (255, 18624, 128, 8), (79, 18528, 128, 24),
        (16, 0, 128, 64), (32, 100 << 10, 128, 8), (40, 0, 96, 48),
    ],
)  # fmt: skip
def test_warps_of_a_multiprocessor(registers, shared, threads, expected):
    assert warps(Resources(registers, 0, 0, shared), threads, "sm_90") == expected
