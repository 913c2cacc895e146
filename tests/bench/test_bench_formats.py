"""How records are printed: no time without a proof, no digit that the interval does not carry."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from fractbench.bench.records.facts import State
from fractbench.bench.records.record import Energy, Record
from fractbench.bench.tables.figures import bar, one_line, plain, three, with_interval
from fractbench.bench.tables.flat import FLAT, flat
from fractbench.bench.tables.formats import (
    FORMATS,
    format_records,
    record_format,
    rows,
    shared,
    warnings_of,
)
from fractbench.bench.tables.markdown import escape
from fractbench.cli.tabled import print_records
from fractbench.errors import UsageError
from records import QUIET, noisy, record

FAST = record([0.01241 + d for d in (-0.00008, 0.0, 0.00008)], device="native:cpu")
SLOW = record(noisy(0.5), device="jax:cpu", kernel="ops")
WRONG = record(status="mismatch", device="torch:cpu")
ALL = (FAST, SLOW, WRONG)
UNPROVEN = ("mismatch", "nondeterministic", "out-of-memory", "unavailable", "timeout", "error")


def column(records, head, bars=False):
    heads, cells = rows(records, bars)
    return [row[heads.index(head)] for row in cells]


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ((0.01241, 0.01233, 0.01249), "12.41 ms ± 0.08"),
        ((0.524, 0.4, 0.6), "520 ms ± 120"),
        ((1.5e-6, 1.49e-6, 1.51e-6), "1.500 µs ± 0.010"),
        ((2.0, 1.0, 5.0), "2 s ± 3"),
        ((0.5, 0.5, 0.5), "500.0 ms ± 0.0"),
        ((0.0009996, 0.00099, 0.00101), "1000 µs ± 10"),
        ((0.012345678901, 0.0123456789, 0.0123456789012), "12.3457 ms ± 0.0000"),
    ],
)
def test_the_interval_decides_the_digits_of_a_time(figures, words):
    assert with_interval(*figures, "s") == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(764_321, "764 k"), (12.44e6, "12.4 M"), (999.6e3, "1.00 M"), (1e3, "1.00 k"), (7, "7.00"),
     (3.1e16, "31,000 T"), (0, "0")],
)  # fmt: skip
def test_rates_have_three_digits_and_a_prefix(value, words):
    assert three(value) == words


@pytest.mark.parametrize(
    ("value", "words"), [(1234.5, "1,230"), (45.61, "45.6"), (0.012345, "0.0123"), (0, "0")]
)
def test_plain_figures_have_three_digits_and_no_exponent(value, words):
    assert plain(value) == words


def test_the_best_has_the_longest_bar_and_no_bar_vanishes():
    assert (bar(1.0, 4), bar(0.5, 4), bar(1e-9, 4)) == ("████", "██", "▏")
    best, other, none = column(ALL, "of the best", bars=True)
    assert len(best) == 12
    assert len(other) == 1
    assert none == "-"


@pytest.mark.parametrize("status", UNPROVEN)
@pytest.mark.parametrize("form", ["table", "md"])
def test_no_time_stands_beside_a_status_that_proves_nothing(status, form):
    shown = format_records([SLOW, record(status=status, device="torch:cpu")], form)
    line = next(line for line in shown.splitlines() if "torch:cpu" in line)
    assert escape(status) in line if form == "md" else status in line
    assert "it did not work out" in line
    assert not re.search(r"\d|±", line)


def test_an_unproven_record_without_a_reason_still_says_what_happened():
    verdict = WRONG.verdict.model_copy(update={"reason": None})
    unexplained = WRONG.model_copy(update={"verdict": verdict})
    assert column([unexplained], "time per map") == ["mismatch"]


def test_a_proven_record_shows_its_time_and_figures():
    joules = Energy(joules=4.0, source="counter")
    made = record([0.5] * 3, energy=joules)
    heads, (row,) = rows([made])
    cells = dict(zip(heads, row, strict=True))
    assert cells["time per map"] == "500.0 ms ± 0.0"
    assert cells["pixel-steps/s"] == "819 k"
    assert cells["GFLOP/s"] == plain(64 * 64 * 100 / 0.5 * (4 * 16**2 + 8 * 16) * 272 / 1e9)
    assert cells["x published"] == "8.19"
    assert cells["J/M pixel-steps"] == "3.26"


def test_columns_that_are_alike_are_said_once_and_absent_ones_left_out():
    heads, _ = rows(ALL)
    said = shared(ALL)
    assert "size" not in heads
    assert "size 64x64" in said
    assert "kernel" in heads
    assert "J/M pixel-steps" not in heads
    assert "draws" not in heads + said.split()
    other = record(size=32)
    assert column([FAST, other], "size") == ["64x64", "32x32"]
    assert "size" not in shared([FAST, other])


def test_the_digest_is_cut_to_eight_digits():
    other = record(digest="strict-float32-1:sha256:" + "0123456789abcdef" * 4)
    assert column([FAST, other], "digest") == ["abababab", "01234567"]


def test_the_plain_table_is_aligned_and_keeps_the_order_of_the_records():
    said, blank, head, *lines = format_records(ALL, "table").splitlines()
    assert "problem tanh" in said
    assert blank == ""
    assert [line.split()[0] for line in lines] == ["native:cpu", "jax:cpu", "torch:cpu"]
    statuses = zip(lines, ("exact", "exact", "mismatch"), strict=True)
    assert {line.index(status) for line, status in statuses} == {head.index("status")}


def test_a_long_reason_does_not_widen_the_table():
    verdict = WRONG.verdict.model_copy(update={"reason": "it is wrong " * 20})
    _, _, head, fast, _, wrong = format_records(
        [FAST, SLOW, WRONG.model_copy(update={"verdict": verdict})], "table"
    ).splitlines()
    assert len(head) <= len(fast) < 150
    assert wrong.endswith("it is wrong")
    assert len(wrong) > 240


def test_failures_alone_are_a_table_too():
    *_, head, line = format_records([WRONG], "table").splitlines()
    assert head.split("  ")[0] == "device"
    assert line == "torch:cpu  mismatch  it did not work out"


def test_a_chip_is_named_by_the_machine_and_by_the_framework_where_that_is_all():
    def named(device, told, **machine):
        backend = FAST.backend.model_copy(update={"device": device, "chip": told})
        hardware = FAST.hardware.model_copy(update=machine)
        made = FAST.model_copy(update={"backend": backend, "hardware": hardware})
        return flat(made)[list(FLAT).index("chip")]

    assert named("cpu", "x86_64") == "Apple M4 Pro"
    assert named("mps", "Apple GPU") == "Apple M4 Pro"
    assert named("mps", "Apple GPU", gpu=None) == "Apple M4 Pro"
    assert named("cuda:0", "H100", chip="AMD EPYC", gpu="NVIDIA H100") == "NVIDIA H100"
    assert named("cuda:0", "H100", chip="AMD EPYC", gpu=None) == "H100"
    assert named("metal", None) == "Apple M4 Pro"


def test_the_published_method_run_for_comparison_says_so():
    made = FAST.model_copy(update={"role": "baseline"})
    assert "fused (baseline)" in format_records([made, WRONG], "md")


def test_csv_has_a_row_of_raw_numbers_for_every_record():
    found = list(csv.DictReader(io.StringIO(format_records(ALL, "csv"))))
    assert list(found[0]) == list(FLAT)
    assert float(found[0]["median_s"]) == FAST.summary.median_s
    assert float(found[1]["pixel_steps_per_second"]) == SLOW.summary.pixel_steps_per_second
    assert (found[2]["status"], found[2]["median_s"]) == ("mismatch", "")
    assert (found[0]["width"], found[0]["import_ns"], found[0]["tile"]) == ("64", "5", "1024")


def test_every_csv_name_is_explained():
    told = (Path(__file__).parents[2] / "docs" / "record.md").read_text("utf-8")
    assert [name for name in FLAT if f"`{name}`" not in told] == []


def test_json_and_jsonl_give_the_records_back():
    lines = format_records(ALL, "jsonl").splitlines()
    assert [Record.model_validate_json(line) for line in lines] == list(ALL)
    assert json.loads(format_records(ALL, "json")) == [json.loads(line) for line in lines]


@pytest.mark.parametrize(("form", "text"), [("json", "[]\n"), ("jsonl", ""), ("table", "")])
def test_no_records_are_no_error(form, text):
    assert format_records([], form) == text


def test_a_record_cannot_break_a_table_or_a_terminal():
    evil = "a|b\x1b[2J\n<script>`x`"
    made = record(device="native:cpu", status="error").model_copy(
        update={"verdict": WRONG.verdict.model_copy(update={"reason": evil})}
    )
    for form in ("table", "md"):
        assert "\x1b" not in format_records([made, FAST], form)
    line = next(li for li in format_records([made, FAST], "md").splitlines() if "script" in li)
    assert r"a\|b?\[2J \<script\>\`x\`" in line
    assert one_line("a\tb\x07\u202e") == "a b??"


def test_equal_warnings_are_said_once_with_all_their_devices():
    load, heat = "the load was 3.1; stop other work", "it throttled; let it cool down"
    hot = State(**{**QUIET.model_dump(), "thermal": "serious"})
    records = [
        record(device="jax:cpu", warnings=(load,)),
        record(device="native:cpu", warnings=(load, heat), after=hot),
        record(device="native:cpu", kernel="ops", warnings=(load,)),
    ]
    assert warnings_of(records) == [f"jax:cpu, native:cpu: {load}", f"native:cpu: {heat}"]
    assert warnings_of(ALL) == []


def test_an_unknown_format_names_the_known_ones():
    with pytest.raises(UsageError, match=r"unknown format 'cvs' \(did you mean csv\?\)"):
        record_format("cvs")
    with pytest.raises(UsageError):
        format_records(ALL, "yaml")
    assert [record_format(form) for form in FORMATS] == list(FORMATS)


def test_piped_tables_are_plain_and_warnings_go_to_stderr(capsys):
    warned = record(noisy(0.5), warnings=("on battery; plug it in",))
    print_records([warned, SLOW])
    out, err = capsys.readouterr()
    assert out == format_records([warned, SLOW], "table")
    assert err == "warning: native:cpu: on battery; plug it in\n"


def test_a_terminal_gets_rules_and_bars(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    print_records(ALL)
    out = capsys.readouterr().out
    assert "█" * 12 in out
    assert "┃" in out
    verdict = WRONG.verdict.model_copy(update={"reason": "it is wrong " * 20})
    print_records([FAST, WRONG.model_copy(update={"verdict": verdict})])
    out, err = capsys.readouterr()
    assert ("it is wrong " * 20)[:39] + "…" in out
    assert err == "torch:cpu: " + ("it is wrong " * 20).strip() + "\n"
    print_records(ALL, "jsonl")
    assert capsys.readouterr().out == format_records(ALL, "jsonl")
