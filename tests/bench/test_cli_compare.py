"""`fractbench compare` as a user types it."""

from __future__ import annotations

import csv
import io
import json
import shutil

import pytest

from fractbench.bench.compare.comparison import compare as side_by_side
from fractbench.bench.records.files import append
from fractbench.cli import run_app
from fractbench.cli.compared import PRINTERS
from records import noisy, record

RATIO = "1.25x faster (1.2"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """old.jsonl and new.jsonl took turns; other.jsonl has another digest, late.jsonl no time."""
    folder = tmp_path_factory.mktemp("records")
    for n in range(10):
        for side, (name, seconds) in enumerate((("old", 0.5), ("new", 0.4))):
            time = f"2026-11-21T06:00:{2 * n + side:02}+00:00"
            found = [record(noisy(seconds, seed=2 * n + side), time=time, size=size)
                     for size in (64, 128)]  # fmt: skip
            append(folder / f"{name}.jsonl", found)
    append(folder / "other.jsonl", [record(digest="strict-float32-1:sha256:" + "00" * 32)])
    append(folder / "late.jsonl", [record(status="timeout", size=64)])
    return folder


@pytest.fixture(autouse=True)
def files(made, tmp_path, monkeypatch):
    """Work in a folder that has them all."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)


def output(capsys, line):
    assert run_app(["compare", *line.split()]) == 0
    return capsys.readouterr()


def test_a_table_has_times_ratios_and_what_is_shared(capsys):
    out, err = output(capsys, "old.jsonl new.jsonl")
    heads, first, second, *below = out.splitlines()
    assert heads.split() == ["size", "old", "new", "new", "is"]
    assert "(10 launches)" in first
    assert RATIO in first
    assert second.startswith("128x128")
    assert below[0].startswith("in all rows: problem tanh, contract strict, dtype float32")
    assert "%" not in out
    assert err == ""


def test_markdown_pastes_into_an_issue(capsys):
    out, err = output(capsys, "old.jsonl new.jsonl --format md")
    lines = out.splitlines()
    assert lines[0] == "| size | old | new | new is |"
    assert lines[1] == "| --- | --- | --- | --- |"
    assert RATIO in lines[2]
    assert all(line.count("|") == 5 for line in lines[:4])
    assert lines[4] == ""
    assert all(line.startswith("- ") for line in lines[5:])
    assert err == ""


def test_warnings_go_to_stderr_or_into_the_issue(capsys):
    append("single.jsonl", [record()])
    words = "where launches did not take turns"
    out, err = output(capsys, "old.jsonl single.jsonl")
    assert words in err
    assert words not in out
    out, err = output(capsys, "old.jsonl single.jsonl --format md")
    assert f"- warning: {words}" in out
    assert err == ""


def test_json_and_csv_hold_the_same(capsys):
    made = json.loads(output(capsys, "old.jsonl new.jsonl --format json").out)
    text = output(capsys, "old.jsonl new.jsonl --format csv").out
    assert made["schema"] == "fractbench.comparison/1"
    assert (made["base"], made["level"]) == ("old", 0.99)
    base, other = made["cells"][:2]
    assert base["ratio"] is None
    assert (other["column"], other["verdict"], other["design"]) == ("new", "faster", "pairs")
    assert other["low"] < 1.25 < other["high"]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [{k: "" if v is None else str(v) for k, v in cell.items()} for cell in made["cells"]] \
        == rows  # fmt: skip


def test_a_status_stands_where_there_is_no_time(capsys):
    out, _ = output(capsys, "old.jsonl late.jsonl")
    assert out.splitlines()[1].split()[-2:] == ["timeout", "-"]


def test_slower_and_no_difference_in_words(capsys):
    assert "0.80x, slower (0.7" in output(capsys, "new.jsonl old.jsonl").out
    append("same.jsonl", [record()])
    assert "no difference: 1.00x (0." in output(capsys, "old.jsonl same.jsonl").out


def test_a_level_and_a_figure_for_the_machine(capsys):
    narrow, wide = (
        json.loads(output(capsys, f"old.jsonl new.jsonl --format json --level {level}").out)
        for level in ("0.9", "0.99")
    )
    assert narrow["cells"][1]["low"] > wide["cells"][1]["low"]
    append("single.jsonl", [record(noisy(0.45))])
    assert "no difference" in output(capsys, "old.jsonl single.jsonl").out
    assert "faster" in output(capsys, "old.jsonl single.jsonl --wander 0.01").out


def test_devices_are_columns_if_asked(capsys):
    append("mixed.jsonl", [record(), record(noisy(25), device="numpy:cpu", kernel="ops")])
    out, _ = output(capsys, "mixed.jsonl --by device")
    assert "native:cpu fused" in out
    assert "0.02x, slower (0.017-0.024)" in out


REFUSED = [
    ("old.jsonl", "there is one column only, old; type another file, or --by device"),
    ("old.jsonl old.jsonl", "old.jsonl is given twice"),
    ("old.jsonl none.jsonl", "cannot read none.jsonl: No such file"),
    ("old.jsonl other.jsonl", "differ in verdict.digest: old has strict-float32-1:sha256:abab"),
    ("old.jsonl new.jsonl --format html", "unknown format 'html'; type --format with one of: tab"),
    ("old.jsonl new.jsonl --by fiel", "unknown by 'fiel' (did you mean file?); type --by with"),
    ("old.jsonl new.jsonl --level 1", "--level 1.0 is not allowed; type a number from 0.5"),
    ("old.jsonl new.jsonl --level nan", "--level nan is not allowed"),
    ("old.jsonl new.jsonl --wander -1", "--wander -1.0 is not allowed; type a number from 0"),
    ("", "Missing argument"),
]


@pytest.mark.parametrize(("line", "sentence"), REFUSED)
def test_bad_input_is_one_sentence_and_status_2(capsys, line, sentence):
    assert run_app(["compare", *line.split()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert sentence in err


def test_strangers_texts_cannot_rewrite_a_terminal_or_be_markup(capsys):
    evil = "a\x1b[2Jb\n| <b>c</b> |"
    columns = {"x": [record(size=64)], "y": [record(size=64)]}
    for name, found in columns.items():
        spec = found[0].spec.model_copy(update={"problem": evil})
        software = found[0].software.model_copy(update={"commit": name + evil})
        columns[name] = [found[0].model_copy(update={"spec": spec, "software": software})]
    found = side_by_side(columns)
    for form in ("table", "md"):
        PRINTERS[form](found, 0.99)
        out = capsys.readouterr().out
        assert "\x1b" not in out
        assert "c</b" in out.replace("\\", "")
        assert ("<b>" in out) == (form == "table")
        assert [line for line in out.splitlines() if "c</b" in line.replace("\\", "")] == [
            line for line in out.splitlines() if "problem a?" in line or "software.commit" in line
        ]


def test_anyway_compares_what_differs(capsys):
    out, _ = output(capsys, "old.jsonl other.jsonl --anyway")
    assert "no difference" in out


def test_a_refusal_prints_no_codes_for_the_terminal(capsys):
    assert run_app(["compare", "\x1b[2Jnothing.jsonl", "b.jsonl"]) == 2
    err = capsys.readouterr().err
    assert "\x1b" not in err
    assert "nothing.jsonl" in err
