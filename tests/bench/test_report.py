from __future__ import annotations

import base64
import hashlib
import io
import os
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from fractbench.bench.records.facts import Facts
from fractbench.bench.records.record import Energy, Record
from fractbench.bench.report.details import PARTS, details
from fractbench.bench.report.entry import entries
from fractbench.bench.report.maps import picture, proofs
from fractbench.bench.report.page import STATUSES, page
from fractbench.bench.report.panels import panels
from fractbench.bench.report.plot import plot
from fractbench.bench.report.rows import groups
from fractbench.bench.report.scale import linear, logarithmic
from fractbench.cli import run_app
from records import noisy, record, samples
from reported import HOSTILE, hostile, on, png, several


class Document(HTMLParser):
    """A page's tags with their attributes, its whole text, and the text of each kind of element."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(data.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "img", "input", "use", "line", "circle", "path", "rect"):
            self._open.append(tag)
            self.inside.setdefault(tag, []).append("")

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        for tag in set(self._open):
            self.inside[tag][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def text(data: bytes) -> str:
    return Document(data).inside["body"][0]


def test_the_same_records_in_any_order_and_number_give_the_same_page():
    held = several()
    assert page(held) == page([*reversed(held), *held])


def test_the_page_refers_to_nothing_outside():
    data = page([*several(), hostile()])
    places = [
        value
        for _, attrs in Document(data).tags
        for name, value in attrs.items()
        if name in ("src", "href", "srcset", "action", "data", "poster", "xlink:href")
    ]
    assert places
    assert all(re.match(r"#|data:,$|data:image/png;base64,", place or "") for place in places)
    assert not re.search(rb"@import|url\(", data)


def test_the_policy_allows_this_style_and_this_script_alone():
    document = Document(page(several()))
    policy = next(m["content"] for m in document.all("meta") if "http-equiv" in m)
    for tag in ("style", "script"):
        [held] = document.inside[tag]
        digest = base64.b64encode(hashlib.sha256(held.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    attributes = {name for _, attrs in document.tags for name in attrs}
    assert not {name for name in attributes if name == "style" or name.startswith("on")}


def test_markup_in_a_record_is_text():
    ours, theirs = Document(page([record(picture=png())])), Document(page([hostile()]))
    assert len(theirs.all("script")) == len(theirs.all("style")) == 1
    assert len(theirs.all("img")) == 0 < len(ours.all("img"))
    assert theirs.inside["body"][0].count(HOSTILE) >= 8


def test_a_failed_record_shows_status_and_reason_and_no_time():
    failed = record(status="timeout", device="jax:cpu", backend=on("jax:cpu"))
    data = page([failed])
    row = Document(data).inside["tr"][1]
    assert "timeout" in row
    assert "it did not work out" in row
    assert not re.search(r"\d [kMG]\b", row)
    assert [group.rate for group in groups(entries([failed]))] == [None]
    assert "circle" not in [
        tag for tag, attrs in Document(data).tags if attrs.get("class") == "dot"
    ]


def test_every_status_is_explained():
    statuses = Record.model_json_schema()["$defs"]["Verdict"]["properties"]["status"]["enum"]
    assert list(STATUSES) == statuses
    said = text(page(several()))
    assert all(meaning in said for meaning in STATUSES.values())


def test_the_table_says_what_the_record_says():
    kept = record([0.5] * 5, energy=None)
    cells = Document(page([kept])).inside["td"][:13]
    assert cells[:6] == ["tanh", "strict", "float32", "64x64", "100", "fused"]
    assert cells[6].strip() == "exact"
    # 64 x 64 pixels and 100 steps in half a second
    assert cells[7] == "819 k819 k to 819 k"
    assert cells[9] == "8.19"
    assert cells[11] == "–"  # noqa: RUF001 - nothing was counted
    assert "abababab" in cells[12]
    assert kept.verdict.digest in cells[12]


def test_every_sample_is_a_dot_beside_median_and_interval():
    kept = record(noisy(0.3, 9, 0.05))
    [group] = groups(entries([kept]))
    [row] = group.rows
    assert len(row.rate.dots) == len(row.share.dots) == 9
    assert [dot.y for dot in row.rate.dots] == sorted(dot.y for dot in row.rate.dots)
    assert row.rate.interval[0] <= row.rate.median <= row.rate.interval[1]
    # The fastest sample lies the farthest right.
    fastest = int(np.argmin(kept.samples.host_ns))
    assert row.rate.dots[fastest].x == max(dot.x for dot in row.rate.dots)
    strips = [d for t, d in Document(page([kept])).tags if d.get("class", "") == "dot"]
    assert len(strips) == 9 * 3 + len(kept.samples.calibration_ns)


def test_records_are_grouped_by_case_fastest_first_and_failed_last():
    found = groups(entries(several()))
    assert [group.title for group in found] == [
        "tanh, strict float32, 64x64, 100 steps", "tanh, strict float32, 256x256, 100 steps",
    ]  # fmt: skip
    devices = [row.entry.device for row in found[0].rows]
    assert devices == ["torch:cuda:0", "mlx:gpu", "native:cpu", *["jax:cpu"] * 6]


def test_throughput_and_efficiency_are_drawn_against_size_where_there_are_several():
    [panel] = panels(entries(several()))
    assert [plot.title for plot in panel.plots] == [
        "Pixel-steps per second", "Share of the roofline",
    ]  # fmt: skip
    assert [tick.label for tick in panel.plots[0].x] == ["64x64", "256x256"]
    assert sorted(len(line.dots) for line in panel.plots[0].series) == [10, 12, 14]
    assert all(len(line.medians) == 2 for line in panel.plots[0].series)
    assert panels(entries([record(size=64)])) == []


def test_a_map_stands_once_with_all_that_made_it():
    held = several()
    small, large = proofs(entries(held))
    assert [entry.device for entry in small.entries] == ["torch:cuda:0", "mlx:gpu", "native:cpu"]
    assert small.digest.endswith(f"{64:064x}")
    assert large.digest.endswith(f"{256:064x}")
    images = Document(page(held)).all("img")
    assert [image["src"] for image in images] == [
        f"data:image/png;base64,{png(64)}", f"data:image/png;base64,{png(5)}",
    ]  # fmt: skip
    assert [image["alt"] for image in images] == [f"The map of {p.title}" for p in (small, large)]


@pytest.mark.parametrize(
    "held", [None, "", "!", png()[:40], png(side=65), base64.b64encode(b"<svg/>" * 9).decode()]
)
def test_what_is_no_small_png_is_not_shown(held):
    assert picture(held) is None


def test_a_small_png_is_shown():
    found = picture(png(side=64))
    assert (found.data, found.width, found.height) == (png(side=64), 64, 64)


def test_every_field_of_every_part_is_in_the_details():
    kept = several()[-1].model_copy(update={"warnings": ("w",)})
    timed = record(energy=Energy(joules=1.0, source="nvml"))
    parts = {part.title: {fact.name for fact in part.facts} for part in details(timed).parts}
    for name, title in PARTS.items():
        fields = type(getattr(timed, name)).model_fields
        # `reason` is why something failed.
        assert len(parts[title]) == len(fields) - ("reason" in fields), name
    held = {name for name, value in timed if isinstance(value, Facts)}
    assert held - set(PARTS) == {"before", "after", "samples"}
    assert any(fact.name == "reason" for part in details(kept).parts for fact in part.facts)


def test_unknown_and_empty_are_told_apart():
    said = {
        fact.name: fact.values
        for part in details(record(before=_state(None), after=_state(()))).parts
        for fact in part.facts
    }
    assert said["throttle"] == (None, "none")
    assert said["host peak"] == ("268 MB",)
    assert said["device peak"] == (None,)
    assert said["prepare"] == ("6.00 ns",)


def _state(throttle: tuple[str, ...] | None):
    return record().before.model_copy(update={"throttle": throttle})


def test_the_raw_json_is_the_record():
    held = several()
    raw = Document(page(held)).inside["pre"]
    assert sorted(Record.model_validate_json(one).line() for one in raw) == sorted(
        kept.line() for kept in held
    )


def test_one_sample_and_equal_samples_can_be_drawn():
    page([record([0.5])])
    page([record([0.5] * 3)])
    plot([record([0.5])], "svg")


def test_the_smallest_and_the_largest_times_can_be_drawn():
    held = [
        record([1e-9] * 3),
        record([1e9] * 3, device="jax:cpu"),
        record([1.0, 1.0, 0.0, 1.0, 1.0]),
    ]
    assert page(held)
    assert plot(held, "svg")


def test_samples_without_calibration_can_be_drawn():
    taken = samples([0.1] * 3).model_copy(
        update={"calibration_ns": (), "calibration_start_ns": (), "compute_ns": None}
    )
    assert len(details(record([0.1] * 3, samples=taken)).traces) == 1


@pytest.mark.parametrize("values", [[3.0], [0.98, 1.02], [7e-9, 3e11], [1.0, 10.0]])
def test_axes_reach_beyond_all_values_and_have_few_round_ticks(values):
    for scale, most in ((logarithmic(values), 6), (linear(values, 0.0), 7), (linear(values), 7)):
        assert all(0 <= scale.place(value) <= 1 for value in values)
        assert 1 <= len(scale.ticks) <= most
        assert all(scale.low <= tick * (1 + 1e-9) for tick in scale.ticks)
        for tick in scale.ticks:
            if tick:
                digits = f"{abs(tick):.12e}".partition("e")[0].rstrip("0")
                assert len(digits) <= 5, tick


def test_a_logarithmic_axis_goes_from_round_to_round():
    scale = logarithmic([1.2e6, 7.0e6])
    assert (scale.low, scale.high) == pytest.approx((1e6, 1e7))
    assert scale.ticks == pytest.approx((1e6, 2e6, 5e6, 1e7))
    assert scale.place(1e6) == pytest.approx(0)
    assert scale.place(10**6.5) == pytest.approx(0.5)


def test_the_png_is_a_picture_of_the_samples():
    data = plot(several(), "png")
    assert data == plot(several()[::-1], "png")
    image = Image.open(io.BytesIO(data))
    image.load()
    assert image.info.keys() <= {"dpi"}
    pixels = np.asarray(image.convert("RGB")).reshape(-1, 3)
    for entry in entries(several()):
        if entry.rate:
            wanted = np.array([int(color_of(entry)[n : n + 2], 16) for n in (1, 3, 5)])
            assert (np.abs(pixels - wanted).max(axis=1) < 8).sum() > 20, entry.device


def color_of(entry):
    from fractbench.bench.report.plot import COLORS

    return COLORS[entry.color]


def test_the_svg_refers_to_nothing_and_is_the_same_each_time():
    data = plot([*several(), hostile()], "svg")
    assert data == plot([hostile(), *several()], "svg")
    assert b"<!DOCTYPE" not in data
    assert all(place.startswith(b"(#") for place in re.findall(rb"url(\(.)", data))
    for element in ElementTree.fromstring(data).iter():
        assert not element.tag.endswith(("image", "script", "foreignObject"))
        for name, value in element.attrib.items():
            assert not name.endswith("href") or value.startswith("#")


@pytest.mark.parametrize("chip", ["$\\frac{1", "芯片", "a\x00b\u202e", "x" * 5000])
def test_any_chip_can_be_drawn(chip):
    held = record(backend=on("mlx:gpu", chip))
    assert plot([held], "svg")
    assert page([held])


def test_only_failures_can_be_drawn():
    assert plot([record(status="error")], "png").startswith(b"\x89PNG")


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.jsonl"
    path.write_text("".join(kept.line() + "\n" for kept in several()), "utf-8")
    return path


def test_report_writes_a_page(file, capsys):
    assert run_app(["report", "a.jsonl"]) == 0
    assert capsys.readouterr() == ("report.html\n", "")
    assert (file.parent / "report.html").read_bytes() == page(several())


def test_report_says_what_came_twice(file, capsys):
    assert run_app(["report", "a.jsonl", "a.jsonl", "-o", "b.html"]) == 0
    assert "12 of 24 records came twice" in capsys.readouterr().err
    assert (file.parent / "b.html").read_bytes() == page(several())


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_report_draws(file, kind, capsys):
    assert run_app(["report", "a.jsonl", "-o", f"b.{kind}"]) == 0
    assert (file.parent / f"b.{kind}").read_bytes() == plot(several(), kind)


def test_an_old_page_is_replaced_whole_or_not_at_all(file, monkeypatch, capsys):
    old = file.parent / "report.html"
    old.write_text("old")
    monkeypatch.setattr(os, "fsync", _full)
    assert run_app(["report", "a.jsonl"]) == 1
    assert old.read_text() == "old"
    monkeypatch.undo()
    monkeypatch.chdir(file.parent)
    with old.open() as reader:
        assert run_app(["report", "a.jsonl"]) == 0
        assert reader.read() == "old"
    assert old.read_bytes() == page(several())
    assert sorted(path.name for path in file.parent.iterdir()) == ["a.jsonl", "report.html"]


def _full(_: int) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["a.jsonl", "-o", "b.pdf"], "'b.pdf' is neither a page nor a picture; type"),
        (["a.jsonl", "-o", "nowhere/b.html"], "'nowhere/b.html' lies in a folder that is not"),
        (["a.jsonl", "-o", "folder.html"], "'folder.html' is a folder"),
        (["b.jsonl"], "b.jsonl"),
        (["broken.jsonl"], "broken.jsonl line 1"),
        ([], "argument 'files'"),
    ],
)
def test_bad_requests_end_in_one_sentence(file, capsys, arguments, words):
    (file.parent / "folder.html").mkdir()
    (file.parent / "broken.jsonl").write_text("{}\n")
    assert run_app(["report", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert err.count("\n") == 1
    assert not (file.parent / "report.html").exists()
