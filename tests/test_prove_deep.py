"""The small version of docs/deep.md's tables."""

import json

import pytest

import prove_deep


@pytest.mark.parametrize("name", ["linear", "single"])
def test_a_published_picture_from_float32_agrees_with_float64(name):
    row = prove_deep.published(name, 24, None, "native")
    assert row.perturbed >= 0.99
    assert row.direct < row.perturbed
    assert row.bits == 53
    assert 0.2 < row.converged < 0.8


def test_four_pixels_deep_down_agree_with_whole_trainings():
    row = prove_deep.depth("single", "1e-20", 128, None, 4, 1, "native")
    assert (row.agree, row.pixels) == (4, 4)
    assert row.whole_bits == row.bits + 64 == 256


def test_pieces_are_kept_and_the_document_is_made_of_them(tmp_path, monkeypatch):
    docs = tmp_path / "deep.md"
    docs.write_text(f"before\n{prove_deep.BEGIN}\nold\n{prove_deep.END}\nafter\n")
    rest = ["--work", str(tmp_path), "--docs", str(docs), "--size", "6", "--steps", "30"]
    prove_deep.main(["--only", "published-linear", *rest])
    row = json.loads((tmp_path / "published-linear.json").read_text())
    assert (row["size"], row["steps"]) == (6, 30)
    text = docs.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "| linear | 6 x 6, 30 steps | 53 bits |" in text
    assert "old" not in text
    monkeypatch.setattr(prove_deep, "published", lambda *_: pytest.fail("made again"))
    prove_deep.main(["--only", "published-linear", *rest])
