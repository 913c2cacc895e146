"""The small version of tools/prove_tracing.py: every kind of piece, and the document."""

from __future__ import annotations

from pathlib import Path

import pytest

import prove_tracing as tool
from fractbench.tracing import Rule
from fractbench.tracing.traced import Level

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return the pieces, tiny, by the names of the real ones."""
    work = tmp_path_factory.mktemp("work")
    pieces = (
        tool.Piece("full-mandelbrot", "mandelbrot", 257, steps=40),
        tool.Piece("full-tanh", "tanh:width=4", 24, steps=20),
        tool.Piece("large-mandelbrot", "mandelbrot", 300, "float64", steps=20, coarse=30),
    )
    return {one.name: tool.prove(one, work, "numpy", lambda _: None) for one in pieces}, work


def test_a_full_piece_compares_every_rule_with_the_whole_map(made):
    one = made[0]["full-mandelbrot"]
    assert set(one["rules"]) == set(tool.BANDS)
    assert {len(cells) for cells in one["rules"].values()} == {len(tool.COARSE)}
    # A lattice of all pixels misses nothing.
    last = [cells[-1] for cells in one["rules"].values()]
    assert {cells["trained"] for cells in last} == {1}
    assert {cells["missed"] for cells in last} == {0}
    assert one["rules"]["none, not followed"][0]["missed"] > one["rules"]["8"][0]["missed"]
    assert [ours["rule"]["guard"] for ours in one["agreement"]] == [Rule().guard, 8]
    assert one["agreement"][1]["dimension"] == pytest.approx(one["dimension"])
    assert one["agreement"][1]["boxes_off"] == 0


def test_a_large_piece_says_what_it_spared(made):
    one = made[0]["large-mandelbrot"]
    assert one["rule"] == {"coarse": 30, "guard": Rule().guard, "follow": True}
    assert 0 < one["trained_share"] < 0.5
    assert one["fresh_pixels"] == one["trained_pixels"]
    assert [probe["where"] for probe in one["probes"]] == ["everywhere", "near"]


def test_pieces_are_kept_and_made_anew_when_asked_for_differently(made, monkeypatch):
    found, work = made
    piece = tool.Piece("full-mandelbrot", "mandelbrot", 257, steps=40)
    monkeypatch.setattr(tool, "full", lambda *_: {"made": "anew"})
    assert tool.prove(piece, work, "numpy") == found["full-mandelbrot"]
    other = tool.Piece("full-mandelbrot", "mandelbrot", 257, steps=41)
    assert tool.prove(other, work / "..", "numpy")["made"] == "anew"


def test_the_estimate_goes_on_with_the_growth_of_the_last_level():
    trained = (100, 110, 130, 170)
    levels = [Level(8 >> n, 0, 0, pixels) for n, pixels in enumerate(trained)]
    assert tool.estimated(levels, 1) == 170 + 80
    assert tool.estimated(levels, 2) == 170 + 80 + 160


def test_the_document_holds_what_is_whole_and_names_what_is_not(made, tmp_path):
    file = tmp_path / "tracing.md"
    file.write_text(f"before\n{tool.BEGIN}\nold\n{tool.END}\nafter\n")
    tool.write(made[0], file)
    text = file.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert "`mandelbrot` 300^2, float64 | coarse 30" in text
    assert "Not made yet: full-newton," in text
    assert "--only full-newton," in text


def test_the_committed_document_has_the_marks():
    text = tool.DOCS.read_text()
    assert text.index(tool.BEGIN) < text.index(tool.END)
