"""References: where they are looked for, in which order, and what is said where none is."""

from __future__ import annotations

import sys
from fractions import Fraction
from itertools import islice

import numpy as np
import pytest

import fractbench
from deep_windows import DEEP_TANH, SINGLE, SMALL
from fractbench.arithmetic.contract import arithmetic
from fractbench.cli import run_app
from fractbench.errors import UsageError
from fractbench.execute import execute
from fractbench.grid import Grid
from fractbench.plan import DOUBT, Plan
from fractbench.reference import reference_kernel
from fractbench.window import Window
from fractbench.zoom import neighbours, references
from fractbench.zoom.kernel import REFERENCES
from fractbench.zoom.precision import orbit as real_orbit
from fractbench.zoom.references import MORE, MOST, References, candidates

WINDOW = Window.parse("-0.5:1.5,2:3")


def at(count, window=WINDOW):
    return [(place.x, place.y) for place in islice(candidates(Grid(window, 4, 4)), count)]


def test_the_centre_is_tried_first_and_then_what_fills_the_window():
    found = at(64)
    assert found[0] == (Fraction(1, 2), Fraction(5, 2))
    assert found[1:4] == [
        (0, 2 + Fraction(2, 3)), (1, 2 + Fraction(1, 9)), (Fraction(-1, 4), 2 + Fraction(4, 9))
    ]  # fmt: skip
    assert len(set(found)) == 64
    assert all(-0.5 < x < 1.5 and 2 < y < 3 for x, y in found)
    quarters = {(int(2 * (x + Fraction(1, 2))), int(4 * (y - 2))) for x, y in found}
    assert quarters == {(i, j) for i in range(4) for j in range(4)}


def test_candidates_are_exact_in_the_smallest_window():
    window = Window.around("0.1234567890123456789012345678901234567,2.5", "1e-35")
    assert at(1, window) == [(Fraction("0.1234567890123456789012345678901234567"), Fraction("2.5"))]


def scripted(monkeypatch, converging):
    """Let only the given candidates converge; return those that were trained."""
    trained = []

    def one(problem, place, bits):
        trained.append(place)
        found = real_orbit(problem.with_steps(1), place, bits)
        object.__setattr__(found, "converged", len(trained) in converging)
        return found

    monkeypatch.setattr(references, "orbit", one)
    return trained


def test_references_are_the_converging_candidates_in_order(monkeypatch):
    trained, said = scripted(monkeypatch, {3, 4, 9}), []
    found = References(SINGLE.problem, Grid(WINDOW, 4, 4), 53, said.append)
    assert trained == []
    expected = list(islice(candidates(Grid(WINDOW, 4, 4)), 9))
    assert found.first().place == expected[2]
    assert len(trained) == 3
    assert [found.get(n).place for n in (2, 1, 0)] == [expected[8], expected[3], expected[2]]
    assert len(trained) == 9
    assert said == [f"reference {n}: candidate {k} converges" for n, k in ((1, 3), (2, 4), (3, 9))]


def test_where_nothing_converges_it_says_so_and_what_to_type(monkeypatch):
    trained = scripted(monkeypatch, set())
    with pytest.raises(UsageError, match=f"none of {MOST} places .* converges, so a deep "
                                         "zoom has no reference; type another centre"):  # fmt: skip
        References(SINGLE.problem, Grid(WINDOW, 4, 4), 53, print).first()
    assert len(trained) == MOST


def test_a_further_reference_that_is_not_to_be_had_is_none(monkeypatch):
    trained = scripted(monkeypatch, {1})
    found = References(SINGLE.problem, Grid(WINDOW, 4, 4), 53, lambda _: None)
    assert found.first() is found.get(0)
    assert found.get(1) is None
    assert found.get(2) is None
    assert len(trained) == 1 + MORE


def test_doubtful_pixels_stay_so_where_no_further_reference_converges(monkeypatch):
    scripted(monkeypatch, {1})
    monkeypatch.setattr(neighbours, "undecided", lambda last, steps: np.arange(len(last)) == 2)
    plan = Plan(SINGLE.problem.with_steps(1), Grid(WINDOW, 2, 2), arithmetic("perturbed"))
    made = execute(plan, reference_kernel(plan))
    assert made.accumulators[DOUBT].ravel().tolist() == [0, 0, REFERENCES, 0]


@pytest.fixture
def away(tmp_path, monkeypatch):
    """Run in an empty folder, on a device that need not prove itself."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys.modules["fractbench.cli.run"], "prove", lambda *_, **__: "proven")


def run(case):
    return run_app(["run", case.name, "--backend", "numpy", "--size", "2", "--steps", "60",
                    f"--center={case.x},{case.y}", "--width", case.width])  # fmt: skip


def last_line(capsys):
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    return err.splitlines()[-1]


def test_a_window_without_a_reference_is_one_sentence(capsys, away, monkeypatch):
    scripted(monkeypatch, set())
    assert run(SMALL) == 2
    assert last_line(capsys).startswith(f"fractbench: none of {MOST} places in the window 2.8599")


def test_without_flint_it_says_how_to_get_it(capsys, away, monkeypatch):
    monkeypatch.setitem(sys.modules, "flint", None)
    assert run(DEEP_TANH) == 2
    assert last_line(capsys) == (
        "fractbench: a zoom as deep as this needs a reference of more precision than float64 has; "
        'type pip install "fractbench[deep]"'
    )
    with pytest.raises(fractbench.FractbenchError, match=r"fractbench\[deep\]"):
        fractbench.run(DEEP_TANH.name, backend="numpy", **DEEP_TANH.options)


def test_float64_references_need_no_flint(capsys, away, monkeypatch):
    monkeypatch.setitem(sys.modules, "flint", None)
    assert run(SMALL) == 0
    assert "1 reference of 53 bits" in capsys.readouterr().out


def test_an_interrupt_while_references_are_sought_is_one_sentence(capsys, away, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(references, "orbit", stop)
    assert run(SMALL) == 130
    assert last_line(capsys) == "fractbench: stopped"
