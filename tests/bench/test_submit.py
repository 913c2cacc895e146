"""`fractbench submit`: what it shows is what it writes, and what must not be shared is refused."""

from __future__ import annotations

import base64
import io
import socket
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from fractbench.bench.records.disclosure import disclosures, revealing
from fractbench.bench.records.files import read
from fractbench.bench.records.picture import picture_fault
from fractbench.bench.records.shared_files import files, slug
from fractbench.cli import run_app
from records import QUIET, noisy, record

OTHER = "strict-float32-1:sha256:" + "12" * 32


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Work in an empty folder, on a machine with names of our own, without a network."""

    def refuse(*_):
        raise AssertionError("submit must not use the network")

    monkeypatch.chdir(tmp_path)
    names = {"ann", "anns-mac-pro", "max", "newton", "fedora"}
    monkeypatch.setattr("fractbench.bench.machine.privacy.names", lambda: names)
    revealing.cache_clear()
    monkeypatch.setattr(socket, "socket", refuse)
    yield tmp_path
    revealing.cache_clear()


def offer(*records, name="a.jsonl"):
    Path(name).write_text("".join(r.line() + "\n" for r in records), "utf-8")
    return name


def changed(part, **fields):
    """Return a record with some fields of a part replaced."""
    return record(**{part: getattr(record(), part).model_copy(update=fields)})


def picture(size=(8, 8), **options):
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, "PNG", **options)
    return base64.b64encode(out.getvalue()).decode()


def test_dry_run_prints_exactly_what_would_be_written(here, capsys):
    name = offer(
        record(run="a1b2c3d4" * 4), record(device="jax:cpu", run="a1b2c3d4" * 4),
        record(status="error", device="torch:cpu"),
        record(device="jax:cpu", kernel="ops", run="a1b2c3d4" * 4),
    )  # fmt: skip
    assert run_app(["submit", name, "--dry-run"]) == 0
    shown = capsys.readouterr()
    assert not (here / "results").exists()
    assert "4 records, 3 with a proven time" in shown.err
    assert run_app(["submit", name]) == 0
    wrote = capsys.readouterr()
    assert [Path(line).name for line in wrote.out.splitlines()] == [
        "apple-m4-pro-native-cpu-a1b2c3d4.jsonl", "apple-m4-pro-jax-cpu-a1b2c3d4.jsonl",
        "apple-m4-pro-torch-cpu-00000000.jsonl",
    ]  # fmt: skip
    assert "".join(Path(line).read_text("utf-8") for line in wrote.out.splitlines()) == shown.out
    assert sorted(r.line() for r in read(name)) == sorted(shown.out.splitlines())
    assert "fractbench results" in wrote.err
    assert "pull request" in wrote.err


REFUSED = {
    "battery": (changed("before", power="battery"), "it was made on battery"),
    "battery later": (changed("after", power="battery"), "it was made on battery"),
    "low power": (changed("after", power_mode="low"), "low-power mode"),
    "dirty": (changed("software", dirty=True), "had changes that were not committed"),
    "path": (record(warnings=("cannot read /Users/ann/x.json",)), "warnings[0] looks like a path"),
    "user": (changed("hardware", model="the Mac of ann"), "hardware.model holds a name"),
    "host": (changed("system", release="anns-mac-pro"), "system.release holds a name"),
    "e-mail": (changed("backend", chip="ann@example.org"), "backend.chip looks like an e-mail"),
    "setting": (
        changed("backend", environment={"HOME/.x/y": "1"}),
        "backend.environment (a name in it) looks like a path",
    ),
    "picture": (record(picture=picture(size=(65, 1))), "picture is larger than 64 pixels"),
    "no time": (record(status="error"), "no record has a proven time"),
}


def test_an_output_of_another_digest_is_no_record(here, capsys):
    made = changed("verdict", outputs=(OTHER,) * 7)
    assert run_app(["submit", offer(made)]) == 2
    assert "in an exact record they are all equal" in capsys.readouterr().err


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_what_must_not_be_shared_is_refused(case, options, here, capsys):
    made, told = REFUSED[case]
    assert run_app(["submit", offer(made), *options]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert told in shown.err.splitlines()[-1]
    assert shown.err.splitlines()[-1].startswith("fractbench: nothing was shared: ")
    assert not (here / "results").exists()


def test_one_bad_record_holds_back_the_good_ones(here, capsys):
    bad = changed("before", power="battery")
    name = offer(record(device="jax:cpu"), bad)
    assert run_app(["submit", name]) == 2
    assert "a.jsonl line 2: it was made on battery" in capsys.readouterr().err
    assert not (here / "results").exists()


def test_what_holds_for_many_records_is_said_once(here, capsys):
    dirty = record().software.model_copy(update={"dirty": True})
    found = [record(device=f"{name}:cpu", software=dirty) for name in ("jax", "mlx", "native")]
    assert run_app(["submit", offer(*found)]) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert "a.jsonl line 1 and 2 more: its checkout had changes" in last
    assert "(and" not in last


def test_what_is_not_known_is_noted_and_shared(here, capsys):
    unknown = QUIET.model_copy(update={"power": None, "power_mode": None})
    software = record().software.model_copy(update={"commit": None, "dirty": None})
    name = offer(record(before=unknown, after=unknown, software=software))
    assert run_app(["submit", name]) == 0
    told = capsys.readouterr().err
    assert "note: a.jsonl line 1: its commit is not known" in told
    assert "note: a.jsonl line 1: the machine does not tell all of its power" in told


def test_a_record_is_shared_once(here, capsys):
    name = offer(record())
    assert run_app(["submit", name]) == 0
    again = offer(record(size=32), record(), name="b.jsonl")
    capsys.readouterr()
    assert run_app(["submit", again]) == 2
    (fault,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("  ")]
    assert fault.strip().startswith("b.jsonl line 2 is the record of results")


def test_a_file_with_a_record_twice_is_refused(here, capsys):
    assert run_app(["submit", offer(record(), record())]) == 2
    assert "a.jsonl line 2 is the record of a.jsonl line 1 again" in capsys.readouterr().err


def test_a_digest_that_contradicts_a_shared_one_is_refused(here, capsys):
    assert run_app(["submit", offer(record())]) == 0
    name = offer(record(digest=OTHER, device="jax:cpu", run="7" * 32), name="b.jsonl")
    assert run_app(["submit", name]) == 2
    assert "different digests for one map" in capsys.readouterr().err


def test_a_file_that_is_there_is_never_overwritten(here, capsys):
    (here / "results").mkdir()
    held = here / "results" / "apple-m4-pro-native-cpu-00000000.jsonl"
    held.write_text(record(size=32).line() + "\n", "utf-8")
    before = held.read_bytes()
    assert run_app(["submit", offer(record(device="jax:cpu"), record())]) == 2
    assert "is there already" in capsys.readouterr().err
    assert [f.name for f in (here / "results").iterdir()] == [held.name]
    assert held.read_bytes() == before


def test_a_missing_file_is_one_sentence(here, capsys):
    assert run_app(["submit", "nothing.jsonl"]) == 2
    assert "nothing.jsonl" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    ["/Users/x", "at /home/x/y.py:3", "'/tmp/a'", "~/models", "~bob/x", "./run", "../run",
     "C:\\Users", "d:/data", "\\\\server\\share", "src/lib/thing", "--xla_dump_to=/tmp/x",
     "file:x", "http://host/x", "a.b@c.org", "bob@laptop", "ANN did it", "by ann.",
     "on anns-mac-pro.local"],
)  # fmt: skip
def test_what_tells_of_a_person_is_found(text, here):
    assert revealing(text) is not None


@pytest.mark.parametrize(
    "text",
    ["pixel-steps/s", "J/M", "2.13.0+cpu", "Intel(R) Xeon(R) CPU @ 2.60GHz", "Mac16,8", "",
     "strict-float32-1:sha256:" + "ab" * 32, "tanh:samples=19,seed=7", "-0.5:1e-3",
     "2026-11-21T06:00:00+00:00", "annotated",
     "NVIDIA H100 80GB HBM3", "load 3.1 of 2; stop other work", "3 of 64 pixels differ"],
)  # fmt: skip
def test_what_records_rightly_hold_is_not_mistaken(text, here):
    assert revealing(text) is None


def test_a_name_that_is_also_a_chips_or_a_problems_holds_nothing_back(here):
    made = record(problem="newton", contract="strict", hardware=record().hardware.model_copy(
        update={"chip": "Apple M4 Max", "model": "Fedora"}
    ))  # fmt: skip
    assert disclosures(made) == []
    assert revealing("sent to max@example.org") is not None


def test_only_the_source_of_a_peak_may_be_a_link(here):
    link = "https://developer.apple.com/metal/table.pdf"
    made = record()
    peak = made.roofline.model_copy(update={"peak": 1e12, "peak_source": link})
    assert disclosures(record(roofline=peak)) == []
    (told,) = disclosures(record(warnings=(f"see {link}",)))
    assert told.startswith("warnings[0] ")


def test_a_picture_is_a_small_png_and_nothing_else():
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "Ann")
    plain = picture()
    longer = base64.b64encode(base64.b64decode(plain) + b"Ann").decode()
    assert picture_fault(plain) is None
    assert picture_fault(picture(optimize=True)) is None
    assert picture_fault(picture(pnginfo=info)) == "holds more than a picture"
    assert picture_fault(longer) == "is no PNG"
    assert picture_fault(picture(size=(1, 65))) == "is larger than 64 pixels a side"
    assert picture_fault("not base64!") == "is no base64"
    assert picture_fault(base64.b64encode(b"GIF89a").decode()) == "is no PNG"
    assert picture_fault("") == "is no PNG"


def test_a_good_record_discloses_nothing(here):
    assert disclosures(record(noisy(0.5), picture=picture())) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [("Apple M4 Pro", "apple-m4-pro"), ("../../etc", "etc"), ("AMD EPYC (R)", "amd-epyc-r"),
     ("---", "unknown"), ("x" * 99, "x" * 40)],
)  # fmt: skip
def test_names_of_files_are_tame(text, name):
    assert slug(text) == name


def test_a_run_name_cannot_leave_the_folder():
    from fractbench.bench.records.shelf import Placed

    made = Placed(Path("a"), 1, record(run="../../x" + "0" * 20))
    assert list(files([made])) == ["apple-m4-pro-native-cpu-x0.jsonl"]
