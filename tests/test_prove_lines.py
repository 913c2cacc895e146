"""The program behind docs/lines.md, at tiny sizes."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import fractbench
import lines_measured as tool
import lines_page as page

ROOT = Path(__file__).parents[1]


def whole(kind, points):
    made = fractbench.run(f"quadratic-{kind}", backend="native", dtype="float64", size=points,
                          steps=1000)  # fmt: skip
    return made.converged[0]


@pytest.mark.parametrize("kind", ["additive", "multiplicative"])
def test_a_line_in_pieces_is_the_map_of_the_problem(kind):
    expected = whole(kind, 513)
    assert 0 < np.count_nonzero(expected) < 513
    assert (tool.line(tool.problem(kind), 9) == expected).all()
    assert (tool.line(tool.problem(kind), 9, piece=6) == expected).all()


def test_the_start_changes_the_line():
    expected = whole("multiplicative", 513)
    assert (tool.line(tool.problem("multiplicative", x0=1.0), 9) == expected).all()
    assert (tool.line(tool.problem("multiplicative", x0=5.0), 9) != expected).any()


@pytest.mark.parametrize("kind", ["additive", "multiplicative"])
def test_numpy_agrees_with_the_problem_where_the_start_is_the_published_one(kind):
    rates = 1.5 * np.arange(513) / 512
    found = tool.descended(kind, rates, np.ones(513))
    assert np.count_nonzero(found != whole(kind, 513)) <= 3


def test_dropping_what_is_settled_changes_no_class():
    rates = np.linspace(0, 1.5, 200)
    starts = np.random.default_rng(0).uniform(-5, 5, 200)
    found = tool.descended("multiplicative", rates, starts, 300)
    inside, x = np.ones(200, bool), starts.copy()
    with np.errstate(all="ignore"):
        for _ in range(300):
            cosine, sine = np.cos(20 * math.pi * x), np.sin(20 * math.pi * x)
            inside &= x * x * (1 + 0.2 * cosine) <= 1e8
            x = x - rates * (2 * x * (1 + 0.2 * cosine) - 4 * math.pi * x * x * sine)
    assert 0 < np.count_nonzero(inside) < 200
    assert np.count_nonzero(found != inside) <= 1


def test_the_fits():
    counts = np.array([0, 1, 2, 4, 8, 16, 32])
    assert tool.liu(counts) == (pytest.approx(1), pytest.approx(0, abs=1e-6))
    assert math.isnan(tool.liu(np.array([1, 1, 2, 4, 8]))[0])
    told, error, ours = tool.fit(tool.line(tool.problem("multiplicative"), 14))
    assert told == pytest.approx(0.8375, abs=4 * error)
    assert ours.low <= 0.8375 <= ours.high


def test_the_transition_lies_where_the_loss_turns_non_convex():
    cells = tool.transition(4, 10)
    assert {(c.epsilon, c.length) for c in cells} == {
        (e, length) for e in (0.05, 0.1, 0.15, 0.2) for length in (0.25, 0.5, 0.75, 1.0)
    }
    smooth = [c.dimension for c in cells if c.roughness < tool.CRITICAL]
    rough = [c.dimension for c in cells if c.roughness > tool.CRITICAL]
    assert smooth == [0.0]
    assert np.nanmax(rough) > 0.5


def test_redrawn_starts_look_like_noise_and_fixed_ones_do_not():
    found = tool.starts("multiplicative", 3, 14)
    assert np.mean(found.redrawn) == pytest.approx(1, abs=0.05)
    assert np.mean(found.fixed) < 0.95
    assert found.agreement > 0.99


def test_the_verdict_is_of_the_way_that_alone_meets_the_published_mean():
    redrawn = page.verdict({"multiplicative": tool.Starts((0.87, 0.89), (0.995, 1.003), 1.0)})
    fixed = page.verdict({"multiplicative": tool.Starts((0.995, 1.003), (0.87, 0.89), 1.0)})
    neither = page.verdict({"additive": tool.Starts((0.95, 0.99), (0.98, 1.02), 1.0)})
    assert "only x0 redrawn meets" in redrawn
    assert "only x0 fixed meets" in fixed
    assert "too close to tell" in neither


def test_the_page_and_the_picture(tmp_path):
    cells = tool.transition(2, 8)
    begun = {kind: tool.starts(kind, 2, 12) for kind in tool.KINDS}
    page.draw(cells, tmp_path / "pictures" / "grid.png")
    assert (tmp_path / "pictures" / "grid.png").read_bytes().startswith(b"\x89PNG")
    text = page.page(tool.dimensions(12), cells, begun, 8, 12)
    assert "python tools/prove_lines.py --power 12 --grid 2 --grid-power 8" in text
    assert "| multiplicative | 0.8375 ± 0.0042 |" in text
    assert "4,097 learning rates" in text
    assert max(len(line) for line in text.splitlines() if "|" not in line) <= 100


def test_the_committed_page_is_of_this_program():
    text = (ROOT / "docs" / "lines.md").read_text()
    assert "python tools/prove_lines.py --power 2" in text
    assert "(pictures/lines-transition.png)" in text
    assert (ROOT / "docs" / "pictures" / "lines-transition.png").exists()
