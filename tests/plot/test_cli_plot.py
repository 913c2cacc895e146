"""`fractbench plot` as a user types it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from fractbench.cli import run_app
from fractbench.map import load


def plot(*words):
    return run_app(["plot", *map(str, words)])


@pytest.mark.parametrize("suffix", ["png", "pdf", "svg"])
def test_the_name_chooses_the_format(at_maps, capsys, suffix):
    path = at_maps / f"a.{suffix}"
    assert plot("set.npz", "-o", path, "--size-preset", "column") == 0
    start = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}[suffix]
    assert path.read_bytes().startswith(start)
    out = capsys.readouterr().out
    assert "85.0 x " in out
    assert load("set.npz").metadata["digest"] in out


def test_without_a_name_the_picture_is_beside_the_map(maps, tmp_path, capsys):
    copy = tmp_path / "copy.npz"
    copy.write_bytes((maps / "set.npz").read_bytes())
    assert plot(copy, "--dpi", "60") == 0
    with Image.open(tmp_path / "copy-plot.png") as found:
        assert found.size[0] == 420


def test_everything_at_once(at_maps, capsys):
    words = ["set.npz", "part.npz", "--colors", "cividis", "--contour", "--annotate",
             "cost $5@-0.5,0.2", "--title", "Two", "--crop", "-0.9:-0.1,0.1:0.9", "--no-key",
             "--width-mm", "100", "--dpi", "100", "--columns", "1", "--reference",
             "set.npz"]  # fmt: skip
    assert plot(*words, "-o", at_maps / "a.png") == 0
    with Image.open(at_maps / "a.png") as found:
        assert found.size[0] == 393
    assert capsys.readouterr().err == ""


def test_a_part_keeps_the_colours_of_the_whole(at_maps, monkeypatch):
    drawn = []

    def write(path, picture, maps):
        drawn.append(picture.panels[0].image)
        return ""

    monkeypatch.setattr("fractbench.plot.output.write", write)
    assert plot("set.npz") == 0
    for words in ([], ["--sheet", "--reference", "set.npz"], ["--sheet"]):
        assert plot("set.npz", "--crop-pixels", "3:9,2:12", *words) == 0
    assert np.array_equal(drawn[1], drawn[0][2:12, 3:9])
    assert np.array_equal(drawn[2], drawn[1])
    assert not np.array_equal(drawn[3], drawn[1])


def test_a_letter_that_the_font_lacks_is_a_warning(at_maps, capsys):
    assert plot("set.npz", "-o", at_maps / "a.png", "--title", "\u65e5") == 0
    assert "warning: Glyph 26085" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["newton", "line", "deep"])
def test_other_maps_and_sheets(at_maps, name):
    assert plot(f"{name}.npz", "set.npz", "-o", at_maps / "a.svg", "--sheet") == 0


REFUSED = [
    ("absent.npz -o a.png", "there is no file 'absent.npz'"),
    ("set.npz -o a.gif", "cannot draw 'a.gif'; type -o with a name ending in .png, .pdf or .svg"),
    ("set.npz -o a.pgn", "cannot draw 'a.pgn' (did you mean png?)"),
    ("set.npz -o no/a.png", "there is no folder 'no'"),
    ("set.npz -o .", "type -o with a name ending in"),
    ("notes.txt -o a.png", "'notes.txt' is damaged or no fractbench map"),
    ("torn.npz -o a.png", "'torn.npz' is damaged or no fractbench map"),
    ("turned.npz -o a.png", "holds arrays that are not 31 x 21"),
    ("set.npz --reference absent.npz -o a.png", "there is no file 'absent.npz'"),
    ("set.npz --crop 5:6,0:1 -o a.png", "the crop 5:6 leaves the window -2:1 of set"),
    ("set.npz --crop 0:1,0:1 --crop-pixels 0:1,0:1 -o a.png", "both choose a part; type one"),
    ("set.npz --annotate hello -o a.png", "'hello' is no note at a point"),
    ("set.npz --annotate far@9,9 -o a.png", "the note 'far' lies outside what is shown of set"),
    ("set.npz --colors spectrl -o a.png", "unknown colors 'spectrl'"),
    ("set.npz --dpi many -o a.png", "--dpi 'many' is no integer"),
    ("set.npz --columns 0 -o a.png", "--columns 0 is not allowed"),
    ("set.npz --size-preset poster -o a.png", "unknown size preset 'poster'"),
]


@pytest.mark.parametrize(("line", "words"), REFUSED)
def test_bad_input_is_one_sentence(maps, tmp_path, monkeypatch, capsys, line, words):
    whole = (maps / "set.npz").read_bytes()
    (tmp_path / "set.npz").write_bytes(whole)
    (tmp_path / "torn.npz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "notes.txt").write_text("not a map")
    with np.load(maps / "set.npz") as archive:
        turned = {name: archive[name] for name in archive.files}
    flat = {name: array.reshape(-1) if array.ndim else array for name, array in turned.items()}
    np.savez(tmp_path / "turned.npz", **flat)
    monkeypatch.chdir(tmp_path)
    assert plot(*line.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert err.count("\n") == 1
    assert not list(tmp_path.glob("a.*"))
