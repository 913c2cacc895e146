"""`fractbench results`: the page is what the records give; contradictions are refused."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from fractbench.bench.records.shelf import Placed, read_folder
from fractbench.bench.tables.results_page import render
from fractbench.cli import run_app
from fractbench.errors import FractbenchError, UsageError
from records import HARDWARE, noisy, record

ROOT = Path(__file__).parents[2]
OTHER = "strict-float32-1:sha256:" + "12" * 32
FREE = "free-float32-1:sha256:" + "34" * 32
EPYC = HARDWARE.model_copy(update={"chip": "AMD EPYC", "gpu": None})


def other_chip(**changes):
    made = record(**changes)
    backend = made.backend.model_copy(update={"chip": None})
    return made.model_copy(update={"hardware": EPYC, "backend": backend})


def placed(*records):
    return [Placed(Path(f"{n}.jsonl"), 1, r) for n, r in enumerate(records)]


def keep(folder, name, *records):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("".join(r.line() + "\n" for r in records), "utf-8")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Work in an empty folder with one of records."""
    monkeypatch.chdir(tmp_path)
    keep(tmp_path / "results", "b.jsonl", record(noisy(0.1)), record(noisy(0.2), device="jax:cpu"))
    keep(tmp_path / "results", "a.jsonl", other_chip(seconds=noisy(0.3), run="1" * 32))
    return tmp_path


def test_the_fastest_comes_first_and_failures_last_without_a_rate():
    page = render(placed(
        record(noisy(0.5), device="jax:cpu"),
        record(status="timeout", device="torch:cpu"),
        record(noisy(0.1), device="native:cpu"),
        record(noisy(0.2), device="mlx:metal", contract="fma", digest=OTHER),
    ))  # fmt: skip
    table = page.partition("## The digests")[0]
    lines = [line for line in table.splitlines() if re.match(r"\| (Apple|AMD)", line)]
    assert [re.search(r"\w+:\w+", line).group() for line in lines] == [
        "native:cpu", "mlx:metal", "jax:cpu", "torch:cpu",
    ]  # fmt: skip
    assert "| timeout: it did not work out |" in lines[-1]
    assert "±" not in lines[-1]
    assert "| fma float32 |" in lines[1]
    assert lines[0].endswith("| abababab | 2026-11-21 |")


def test_the_rate_has_the_interval_of_the_time():
    made = record([0.499, 0.5, 0.5, 0.5, 0.501])
    found, steps = made.summary, 64 * 64 * 100
    half = max(steps / found.low_s - steps / 0.5, steps / 0.5 - steps / found.high_s)
    cell = re.search(r"([\d.]+) k ± ([\d.]+)", render(placed(made)))
    assert float(cell[1]) == pytest.approx(819.2, abs=0.05)
    assert float(cell[2]) == pytest.approx(half / 1e3, rel=0.05)


def test_every_map_wanted_has_a_table_of_its_own():
    page = render(placed(record(), record(size=32), record(size=128), record(steps=50)))
    assert re.findall(r"^## tanh, (\w+), (\d+)", page, re.MULTILINE) == [
        ("32x32", "100"), ("64x64", "50"), ("64x64", "100"), ("128x128", "100"),
    ]  # fmt: skip


def test_a_digest_is_listed_once_with_all_the_machines_that_gave_it():
    page = render(placed(
        record(device="native:cpu"), record(device="mlx:metal"),
        other_chip(device="native:cpu", run="1" * 32),
        record(device="jax:cpu", contract="free", status="agrees", digest=FREE),
        record(device="torch:cpu", status="mismatch"),
    )).partition("## The digests")[2]  # fmt: skip
    (line,) = [line for line in page.splitlines() if "sha256" in line]
    assert f"strict-float32-1:sha256:{'ab' * 32}" in line
    assert line.endswith("| 2 | AMD EPYC (native:cpu); Apple M4 Pro (mlx:metal, native:cpu) |")


def test_the_page_does_not_depend_on_the_order_of_the_records():
    found = placed(*(record(noisy(t), device=d, run=run * 32) for t, d, run in [
        (0.1, "jax:cpu", "1"), (0.1, "jax:cpu", "2"), (0.3, "native:cpu", "3"),
        (0.2, "mlx:metal", "4"),
    ]))  # fmt: skip
    page = render(found)
    for seed in range(5):
        random.Random(seed).shuffle(found)
        assert render(found) == page


def test_two_digests_of_one_map_are_refused_with_their_places(here):
    keep(here / "results", "c.jsonl", record(size=32), record(digest=OTHER, run="2" * 32))
    with pytest.raises(FractbenchError) as caught:
        render(read_folder(here / "results"))
    words = str(caught.value)
    assert "a.jsonl line 1" in words
    assert "c.jsonl line 2" in words
    assert OTHER in words
    assert "fractbench verify" in words


def test_digests_may_differ_under_free_and_between_specs():
    render(placed(
        record(contract="free", status="agrees", digest=FREE),
        record(contract="free", status="agrees", digest=OTHER, device="jax:cpu"),
        record(contract="free", status="exact", digest=FREE, device="mlx:metal"),
        record(size=32, digest=OTHER), record(),
    ))  # fmt: skip


def test_a_record_that_stands_twice_is_refused():
    with pytest.raises(UsageError, match=r"1\.jsonl line 1 is the record of 0\.jsonl line 1 again"):
        render(placed(record(), record()))


def test_failures_that_say_the_same_are_no_twins():
    absent = record(status="unavailable", device="jax:cpu")
    table = render(placed(absent, absent)).partition("## The digests")[0]
    assert table.count("unavailable: it did not work out") == 2


def test_an_early_exit_is_told_beside_the_rate():
    kernel = record().kernel.model_copy(update={"early_exit": True})
    early = record().model_copy(update={"kernel": kernel})
    page = render(placed(early, record(device="jax:cpu")))
    assert "| native:cpu | 1.0 | fused, early exit | strict" in page
    assert "| jax:cpu | 1.0 | fused | strict" in page


def test_no_text_of_a_record_can_be_markup():
    evil = "| <img src=x> [x](http://y) | `"
    made = other_chip()
    made = made.model_copy(update={"hardware": EPYC.model_copy(update={"chip": evil})})
    page = render(placed(made))
    row = next(line for line in page.splitlines() if "img" in line)
    assert re.search(r"(?<!\\)[<>\[\]`]", row) is None
    assert len(re.findall(r"(?<!\\)\|", row)) == 11


def test_the_page_is_written_checked_and_checked_again(here, capsys):
    assert run_app(["results"]) == 0
    page = here / "RESULTS.md"
    assert page.read_text("utf-8") == render(read_folder(Path("results")))
    assert capsys.readouterr().err == "3 records in 2 files of results\n"
    assert run_app(["results", "--check"]) == 0
    capsys.readouterr()
    page.write_bytes(page.read_bytes() + b"\n")
    assert run_app(["results", "--check"]) == 1
    assert capsys.readouterr().err == (
        "fractbench: RESULTS.md is not what the records give; type fractbench results\n"
    )
    assert page.read_bytes().endswith(b"\n\n"), "--check writes nothing"


def test_check_names_the_command_with_its_options(here, capsys):
    assert run_app(["results", "./results", "-o", "page.md", "--check"]) == 1
    assert "type fractbench results ./results -o page.md" in capsys.readouterr().err
    assert not (here / "page.md").exists()


def test_a_new_record_makes_the_page_out_of_date(here):
    assert run_app(["results"]) == 0
    keep(here / "results", "d.jsonl", record(noisy(0.4), device="mlx:metal"))
    assert run_app(["results", "--check"]) == 1


def test_an_empty_folder_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "README.md").write_text("words")
    assert run_app(["results"]) == 0
    assert "There are no records yet." in (tmp_path / "RESULTS.md").read_text("utf-8")
    assert "results holds no records yet" in capsys.readouterr().err
    assert run_app(["results", "--check"]) == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["results", "nowhere"], "there is no folder 'nowhere' here"),
        (["results", "--format", "yaml"], "unknown format 'yaml'"),
    ],
)
def test_bad_input_is_one_sentence(words, told, here, capsys):
    assert run_app(words) == 2
    err = capsys.readouterr().err
    assert told in err
    assert err.count("\n") == 1
    assert not (here / "RESULTS.md").exists()


def test_a_damaged_line_is_named(here, capsys):
    keep(here / "results", "c.jsonl", record(size=32))
    with (here / "results" / "c.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"schema": "fractbench.record/1"}\n')
    assert run_app(["results"]) == 2
    assert "c.jsonl line 2" in capsys.readouterr().err


def test_places_count_blank_lines(here):
    file = here / "results" / "c.jsonl"
    file.write_text("\n" + record(size=32).line() + "\n\n" + record(size=16).line() + "\n", "utf-8")
    found = [str(p) for p in read_folder(here / "results") if p.file == file]
    assert [name.partition("c.jsonl ")[2] for name in found] == ["line 2", "line 4"]


def test_records_can_be_printed_instead(here, capsys):
    assert run_app(["results", "--format", "jsonl"]) == 0
    found = read_folder(here / "results")
    assert capsys.readouterr().out.splitlines() == [p.record.line() for p in found]
    assert not (here / "RESULTS.md").exists()


def test_the_committed_page_is_what_the_committed_records_give():
    assert (ROOT / "RESULTS.md").read_text("utf-8") == render(read_folder(ROOT / "results"))
