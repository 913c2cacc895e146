"""`fractbench verify --contract free` as a user types it."""

from __future__ import annotations

import json

import pytest
from matplotlib import image

from fakes import HostBackend, register
from fractbench.agreement import makers
from fractbench.agreement.makers import strict_maker
from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.formats import FLOAT32
from fractbench.cli import run_app
from fractbench.errors import BackendUnavailableError, CanaryError, UsageError
from fractbench.plan import Plan
from fractbench.problems.catalogue import problem
from fractbench.request import Request
from wrong_free import WRONG, FreeBackend, FreeKernel, Knobs

FREE = ("verify", "single", "--contract", "free")


@pytest.fixture(autouse=True)
def away(tmp_path, monkeypatch):
    """Run in an empty folder with a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("fractbench.proof.memory", lambda: tmp_path / "proven.json")


def registered(monkeypatch, *backends):
    register(monkeypatch, *((b.name, b) for b in backends))
    monkeypatch.setattr(makers, "points", dict)


def test_an_honest_backend_passes_in_both_dtypes(capsys, monkeypatch, tmp_path):
    registered(monkeypatch, FreeBackend())
    assert run_app([*FREE, "--report", "proof.json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:4] for line in lines[1:]] == [
        ["host:cpu", "tuned", "float32", "single"],
        ["host:cpu", "tuned", "float64", "single"],
    ]
    assert all(line.endswith("passed") for line in lines[1:])
    assert not (tmp_path / "maps").exists()
    verdicts = json.loads((tmp_path / "proof.json").read_text())["verdicts"]
    assert [v["passed"] for v in verdicts] == [True, True]
    assert "pixels settled" in verdicts[0]["numbers"]


def test_a_wrong_backend_fails_and_leaves_a_picture(capsys, monkeypatch, tmp_path):
    registered(monkeypatch, FreeBackend(WRONG["gradient of v halved"]))
    assert run_app([*FREE, "--dtype", "float32", "--backend", "host"]) == 1
    out, err = capsys.readouterr()
    assert "FAILED: " in out
    assert "256 of 256 pixels settled" in err
    assert image.imread(tmp_path / "maps/verdict-host-cpu-tuned-float32-single.png").size


def test_a_kernel_that_raises_is_a_row(capsys, monkeypatch):
    def explode(self, tile):
        raise ValueError("/home/someone/secret")

    monkeypatch.setattr(FreeKernel, "run", explode)
    registered(monkeypatch, FreeBackend())
    assert run_app([*FREE, "--dtype", "float32"]) == 1
    out, err = capsys.readouterr()
    assert "raised ValueError" in out
    assert "secret" not in out + err


class Refusing(FreeBackend):
    """A device that refuses its `free` kernels with an error of ours."""

    name = "refusing"

    def __init__(self, error):
        super().__init__()
        self._error = error

    def prepare(self, problem, device, arithmetic, kernel="auto"):
        if not arithmetic.exact:
            raise self._error
        return super().prepare(problem, device, arithmetic, kernel)


@pytest.mark.parametrize(
    ("error", "shared"),
    [
        (CanaryError("it flushes products"), "it flushes products"),
        (BackendUnavailableError("no library at /home/someone"), "cannot be used here"),
    ],
)
def test_a_refusal_is_a_row_and_other_verdicts_are_kept(
    capsys, monkeypatch, tmp_path, error, shared
):
    registered(monkeypatch, Refusing(error), FreeBackend())
    assert run_app([*FREE, "--dtype", "float32", "--report", "proof.json"]) == 1
    rows = sorted(capsys.readouterr().out.splitlines()[1:])
    assert rows[0].startswith("host:cpu")
    assert rows[0].endswith("passed")
    assert rows[1].startswith("refusing:cpu")
    assert str(error) in rows[1]
    verdicts = json.loads((tmp_path / "proof.json").read_text())["verdicts"]
    found = {v["device"]: (v["passed"], v["numbers"]) for v in verdicts}
    assert found["refusing:cpu"] == (False, shared)
    assert found["host:cpu"][0]


def test_a_window_that_tells_too_little_is_a_row(capsys, monkeypatch, tmp_path):
    registered(monkeypatch, FreeBackend())
    words = ("--dtype", "float32", "--size", "4", "--view", "published:4", "--report", "proof.json")
    assert run_app([*FREE, *words]) == 1
    assert "of 16 pixels keep their class" in capsys.readouterr().out
    [found] = json.loads((tmp_path / "proof.json").read_text())["verdicts"]
    assert found["window"] == str(problem("single").view("published:4"))
    assert found["size"] == [4, 4]


def test_a_wrong_setting_ends_it(capsys, monkeypatch):
    """It would be wrong for every kernel."""
    registered(monkeypatch, Refusing(UsageError("THREADS is 'abc'; set it to 1")), FreeBackend())
    assert run_app([*FREE, "--dtype", "float32"]) == 2
    assert "THREADS is 'abc'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("verify", "newton", "--contract", "free"), "newton has no free contract"),
        ((*FREE, "--dtype", "tf32"), "has no kernel under --contract free --dtype tf32"),
        ((*FREE, "--kernel", "fused"), "has no fused kernel under --contract free"),
        ((*FREE, "--dtype", "float8"), "unknown dtype 'float8'"),
        (("verify", "--contract", "fee"), "unknown contract 'fee' (did you mean free?)"),
        ((*FREE, "--view", "strat"), "single has no view 'strat' (did you mean start?)"),
        ((*FREE, "--size", "big"), "'big' is no size"),
        (("verify", "single", "--size", "9"), "goldens have their own windows and sizes"),
        (("verify", "newton", "--dtype", "int8"), "no golden is int8"),
        (("verify", "tahn", "--contract", "free"), "unknown problem 'tahn' (did you mean tanh?)"),
    ],
)
def test_refusals_say_what_to_type(capsys, monkeypatch, words, sentence):
    registered(monkeypatch, FreeBackend())
    assert run_app(list(words)) == 2
    err = capsys.readouterr().err
    assert sentence in err
    assert "type" in err or "it has:" in err


def test_digests_stay_the_verdict_on_exact_contracts(capsys, monkeypatch):
    """A backend whose free kernel is wrong still gives its goldens."""
    registered(monkeypatch, FreeBackend(Knobs(filled=0.0)))
    assert run_app(["verify", "single", "--contract", "strict", "--dtype", "float32"]) == 0
    assert run_app(["verify", "single", "--kernel", "ops"]) == 0
    assert "mismatch" in capsys.readouterr().out


def strict_plan(dtype="float32"):
    plan = Request("mandelbrot", size=3, steps=2, dtype=dtype).plan()
    return Plan(plan.problem, plan.grid, Arithmetic("strict", plan.arithmetic.format))


def test_members_are_made_by_the_backend_under_test_if_it_is_proven(monkeypatch):
    monkeypatch.setattr(makers, "points", dict)
    backend = HostBackend()
    maker = strict_maker(backend, backend.device(None))
    maker(strict_plan())
    assert maker.names == {"float32": "host:cpu"}
    assert not maker.fast(strict_plan().problem, FLOAT32)


def test_members_are_never_made_by_a_backend_that_misses_its_golden(monkeypatch):
    monkeypatch.setattr(makers, "points", dict)

    def spoil(kernel):
        run = kernel._run
        kernel._run = lambda p: run({**p, "x": p["x"] / 2})

    backend = HostBackend(spoil)
    maker = strict_maker(backend, backend.device(None))
    maker(strict_plan())
    assert maker.names == {"float32": "host"}


def test_native_makes_the_members_where_it_is(monkeypatch):
    maker = with_native(monkeypatch, Native())
    maker(strict_plan())
    assert maker.fast(strict_plan().problem, FLOAT32)
    assert maker.names == {"float32": "native:cpu"}


class Native(FreeBackend):
    """The host where `native` would be; `error` is what preparing raises."""

    name = "native"

    def __init__(self, error=None):
        super().__init__()
        self._error = error

    def prepare(self, problem, device, arithmetic, kernel="auto"):
        if self._error is not None:
            raise self._error
        return super().prepare(problem, device, arithmetic, kernel)


def with_native(monkeypatch, native):
    registered(monkeypatch, native, FreeBackend())
    monkeypatch.setattr(makers, "points", lambda: {"native": None})
    tested = FreeBackend()
    return strict_maker(tested, tested.device(None))


def test_a_native_that_cannot_compile_makes_no_members_and_is_not_fast(monkeypatch):
    maker = with_native(monkeypatch, Native(BackendUnavailableError("no compiler")))
    maker(strict_plan())
    assert maker.names == {"float32": "host:cpu"}
    assert not maker.fast(strict_plan().problem, FLOAT32)


def test_a_wrong_setting_is_not_taken_for_a_native_that_cannot(monkeypatch):
    maker = with_native(monkeypatch, Native(UsageError("THREADS is 'abc'; set it to 1")))
    with pytest.raises(UsageError, match="THREADS is 'abc'"):
        maker(strict_plan())
    with pytest.raises(UsageError, match="THREADS is 'abc'"):
        maker.fast(strict_plan().problem, FLOAT32)
