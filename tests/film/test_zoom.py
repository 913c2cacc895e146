"""`fractbench zoom` as a user types it: tiny films, decoded and compared with their maps."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fakes import HostBackend, register
from fractbench.cli import run_app
from fractbench.colors import colors
from fractbench.film.keys import keys
from fractbench.film.ladder import ladder
from fractbench.kernel import OpsKernel
from fractbench.map import load
from fractbench.problems.catalogue import problem
from fractbench.registry import select
from helpers import absent

TINY = ["zoom", "single", "--backend", "numpy", "--size", "32", "--steps", "25", "--view",
        "published:2", "--frames-per-doubling", "5", "--format", "json"]  # fmt: skip
KEYS, FRAMES = 3, 11
DECIBELS = 25
"""Of decoded key frames: what chroma at half resolution leaves of red beside blue."""


@pytest.fixture(autouse=True)
def away(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def av():
    try:
        import av
    except ImportError:
        absent("PyAV is not installed")
    return av


def zoom(capsys, *words, status=0):
    assert run_app([*TINY, *words]) == status
    out, err = capsys.readouterr()
    return json.loads(out), err


def pictures(found):
    """Return each key frame's own picture, row 0 at the top, from the maps that were kept."""
    from fractbench.request import Request

    shown = []
    for key in found["key_frames"]:
        plan = Request("single", size=33, steps=25, window=key["window"]).plan()
        arrays = load(key["file"]).arrays

        class Kept:
            problem, grid, legend = plan.problem, plan.grid, plan.problem.classes
            value, classes = arrays["value"], arrays["class"]

        shown.append(colors(Kept)[:-1, :-1][::-1])
    return shown


def decibels(found, expected):
    return 10 * np.log10(255**2 / np.mean((found.astype(float) - expected) ** 2))


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_a_film_decodes_to_its_key_frames(capsys, av, suffix):
    found, err = zoom(capsys, "-o", f"film{suffix}", "--poster", "last.png")
    assert err.count("key frame ") == KEYS
    with av.open(f"film{suffix}") as file:
        stream = file.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate) == (32, 32, 30)
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert (stream.color_primaries, stream.color_trc, stream.colorspace) == (1, 1, 1)
        assert stream.color_range == 1
        assert "single" in file.metadata["title"]
        frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(stream)]
    assert len(frames) == found["frames"] == FRAMES
    keys = pictures(found)
    for index, key in enumerate(keys):
        others = [decibels(frames[5 * index], other) for other in keys if other is not key]
        assert decibels(frames[5 * index], key) > max(DECIBELS, *others)
    assert np.array_equal(np.asarray(Image.open("last.png")), keys[-1])


def test_an_mp4_plays_on_phones(capsys, av):
    zoom(capsys)
    data = Path("film.mp4").read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")
    with av.open("film.mp4") as file:
        context = file.streams.video[0].codec_context
        assert context.name == "h264"
        assert context.profile == "High"
        assert context.extradata[1:4] == bytes([100, 0, 40])  # high profile, level 4.0
    assert [path.name for path in os.scandir(".") if path.is_file()] == ["film.mp4"]


def test_a_gif_is_its_frames_and_needs_no_extra(capsys, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "av" else 1)
    found, _ = zoom(capsys, "-o", "film.gif", "--fps", "25")
    with Image.open("film.gif") as file:
        assert file.n_frames == FRAMES
        assert file.info["duration"] == 40
        for index, key in enumerate(pictures(found)):
            file.seek(5 * index)
            assert np.array_equal(np.asarray(file.convert("RGB")), key)


def test_a_film_where_classes_are_coloured(capsys):
    words = ["zoom", "newton", "--backend", "numpy", "--size", "16", "--steps", "8", "--to",
             "0.1,0.2", "--width", "0.5", "--decades", "0.5", "--frames-per-doubling", "3",
             "-o", "newton.gif", "--format", "json"]  # fmt: skip
    assert run_app(words) == 0
    assert json.loads(capsys.readouterr().out)["frames"] == 7


def test_a_whole_film_is_taken_up_by_another_without_a_kernel(capsys, monkeypatch, av):
    first, _ = zoom(capsys)
    monkeypatch.setattr(OpsKernel, "run", lambda *_: pytest.fail("a kernel ran"))
    second, err = zoom(capsys, "-o", "film.webm", "--fps", "10", "--frames-per-doubling", "2")
    assert err.count("taken up") == KEYS
    assert second["frames"] == 5
    digests = [[key["digest"] for key in film["key_frames"]] for film in (first, second)]
    assert digests[0] == digests[1]
    assert second["proven"] is None


def test_an_interrupted_film_goes_on_from_its_key_frames(capsys, monkeypatch):
    starts, stop = [], True

    def spoil(kernel):
        plain = kernel.run

        def run(tile):
            if stop and len(starts) == 8:
                raise KeyboardInterrupt
            starts.append(tile.start)
            return plain(tile)

        kernel.run = run

    register(monkeypatch, ("host", HostBackend(spoil)))
    monkeypatch.setattr("fractbench.film.maker.prove", lambda *_, **__: "proven")
    words = [*TINY, "-o", "film.gif", "--backend", "host"]
    assert run_app(words) == 130
    out, err = capsys.readouterr()
    assert out == ""
    assert "stopped; 1 of 3 key frames are safe in maps/keys: type the same command" in err
    assert not os.path.exists("film.gif")
    stop, tiles = False, -(-33 * 33 // 256)
    assert run_app(words) == 0
    found = json.loads(capsys.readouterr().out)
    assert [key["fresh"] for key in found["key_frames"]] == [False, True, True]
    assert len(starts) == KEYS * tiles
    assert not list(os.scandir("maps/keys"))[KEYS:]


def test_an_interrupt_while_frames_are_written_leaves_no_half_film(capsys, monkeypatch, av):
    from fractbench.film.video import Video

    plain = Video.add

    def add(self, pixels):
        if self._frames == 4:
            raise KeyboardInterrupt
        plain(self, pixels)

    monkeypatch.setattr(Video, "add", add)
    assert run_app([*TINY, "--poster", "last.png"]) == 130
    assert "stopped; 3 of 3 key frames are safe" in capsys.readouterr().err
    assert [path.name for path in os.scandir(".")] == ["maps"]


@pytest.mark.parametrize("damage", ["torn", "changed", "exchanged"])
def test_a_damaged_key_frame_is_made_anew_aloud(capsys, damage):
    first, _ = zoom(capsys, "-o", "film.gif")
    files = [Path(key["file"]) for key in first["key_frames"]]
    data = files[1].read_bytes()
    wrong = {
        "torn": data[: len(data) // 2],
        "changed": data[:500] + bytes([data[500] ^ 4]) + data[501:],
        "exchanged": files[2].read_bytes(),
    }
    files[1].write_bytes(wrong[damage])
    second, err = zoom(capsys, "-o", "film.gif")
    assert "a key frame is made anew: " in err
    assert [key["fresh"] for key in second["key_frames"]] == [False, True, False]
    assert [key["digest"] for key in second["key_frames"]] == [
        key["digest"] for key in first["key_frames"]
    ]


@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".gif"])
def test_a_disk_that_fills_up_leaves_no_half_film(capsys, av, suffix):
    zoom(capsys, "-o", "small.gif", "--frames-per-doubling", "1")
    before = sorted(os.listdir("."))
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "from fractbench.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *TINY, "-o", f"film{suffix}"], text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert f"fractbench: cannot write film{suffix}: File too large; the key" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(os.listdir(".")) == before


def test_ctrl_c_is_one_sentence_and_the_finished_key_frames_stay():
    words = [word if word != "25" else "200" for word in TINY]
    process = subprocess.Popen(
        [sys.executable, "-m", "fractbench", *words, "-o", "film.gif"], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    for _ in range(3000):
        if list(Path().glob("maps/keys/*.npz")):
            break
        assert process.poll() is None, "the film ended before it could be interrupted"
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert " of 3 key frames are safe in maps/keys: type the same command again" in err
    assert "Traceback" not in err
    assert os.listdir(".") == ["maps"]


def test_a_dry_run_writes_nothing(capsys, tmp_path, av):
    found, err = zoom(capsys, "--dry-run", "--poster", "p.png")
    assert (found["key_frames"], found["key_frames_present"], found["frames"]) == (3, 0, 11)
    assert found["duration"] == round(11 / 30, 3)
    assert found["seconds"]["key_frames"] > 0
    assert found["seconds"]["frames"] > 0
    accumulators = 4
    assert found["bytes"]["key_frames_at_most"] == 3 * 33**2 * ((accumulators + 1) * 4 + 1)
    assert found["bytes"]["film_about"] > 0
    assert list(tmp_path.iterdir()) == []
    assert err == ""


def test_a_dry_run_counts_key_frames_that_are_there(capsys):
    made, _ = zoom(capsys, "-o", "film.gif")
    size = os.path.getsize(made["key_frames"][0]["file"])
    found, _ = zoom(capsys, "-o", "other.gif", "--dry-run")
    assert found["key_frames_present"] == 3
    assert found["seconds"]["key_frames"] == found["bytes"]["key_frames_at_most"] == 0
    os.remove(made["key_frames"][0]["file"])
    one, _ = zoom(capsys, "-o", "other.gif", "--dry-run")
    assert one["bytes"]["key_frames_at_most"] * 1.2 > size


def test_a_table_names_film_and_digest(capsys):
    assert run_app([*TINY[:-2], "-o", "film.gif"]) == 0
    out = capsys.readouterr().out
    assert "11 frames at 30 a second, 0.4 s" in out
    assert "3 (3 made, 0 taken up)" in out
    assert "strict-float32-1:sha256:" in out


REFUSED = [
    ("--fps 0", "--fps 0 is not allowed; type an integer from 1 up"),
    ("--fps 29.97", "--fps '29.97' is no integer; type --fps 1"),
    ("--fps 500", "--fps 500 is not allowed; type 1 to 120"),
    ("--fps 60 -o film.gif", "--fps 60 is not allowed; type 1 to 50"),
    ("-o film.avi", "-o 'film.avi' has no ending that is known; type a name ending in .mp4 or"),
    ("-o film", "-o 'film' has no ending that is known"),
    ("--poster p.jpg", "--poster 'p.jpg' has no ending that is known"),
    ("--size 33", "--size 33 is odd"),
    ("--size 8", "--size 8 is not allowed; type 16 to 4096"),
    ("--size 64x48", "--size '64x48' is no integer"),
    ("--steps 0", "--steps 0 is not allowed"),
    ("--frames-per-doubling 0", "--frames-per-doubling 0 is not allowed"),
    ("--decades 0", "--decades 0 is not allowed"),
    ("--decades -2", "--decades -2 is not allowed"),
    ("--view nowhere", "single has no view 'nowhere'"),
    ("--backend nope", "unknown backend 'nope'"),
    ("--format xml", "unknown format 'xml'"),
    ("--size 4096 -o film.gif --frames-per-doubling 900", "GiB in memory; type -o film.mp4"),
]


@pytest.mark.parametrize(("words", "sentence"), REFUSED)
def test_bad_input_is_one_sentence_and_status_2(capsys, tmp_path, av, words, sentence):
    assert run_app(["zoom", "single", "--backend", "numpy", *words.split()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1, err
    assert err.startswith("fractbench: ")
    assert sentence in err
    assert list(tmp_path.iterdir()) == []


def test_a_problem_without_a_ladder_is_refused(capsys, av):
    assert run_app(["zoom", "mandelbrot"]) == 2
    assert "mandelbrot has no published ladder; type --to X,Y --width W" in capsys.readouterr().err


def test_places_that_cannot_be_written_are_refused_before_anything_runs(capsys, tmp_path, av):
    (tmp_path / "file").write_text("")
    for words in (["-o", "file/film.mp4"], ["--poster", "file/p.png"], ["--work", "file/keys"]):
        assert run_app([*TINY, *words]) == 2
        assert f"{words[0]} '{words[1]}' cannot be written" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_missing_extra_is_one_sentence_before_any_computing(capsys, tmp_path, monkeypatch):
    plain = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name, *a: None if name == "av" else plain(name, *a)
    )
    for words in ([], ["--dry-run"]):
        assert run_app([*TINY, *words]) == 2
        err = capsys.readouterr().err
        assert err == (
            "fractbench: .mp4 needs PyAV, which is not installed; type: "
            "pip install 'fractbench[film]', or -o film.gif\n"
        )
    assert list(tmp_path.iterdir()) == []


def dtypes(name):
    chosen = problem(name)
    windows = ladder(chosen, to="1.1,2.3", width="1e-20", decades="20")
    return [key.dtype for key in keys(chosen, windows, 32, *select("numpy"))]


def test_narrow_windows_take_float64_and_narrower_ones_go_to_request_as_they_are():
    found = dtypes("tanh")
    kinds = list(dict.fromkeys(found))
    assert kinds == ["float32", "float64", None]
    assert found == sorted(found, key=kinds.index)
    assert found.count("float64") == 53 - 24


def test_float64_is_used_to_its_end_where_nothing_goes_deeper():
    found = dtypes("mandelbrot")
    assert found.count("float64") == 53 - 24 + 3
    assert set(found[found.index(None) :]) == {None}


def test_what_no_kernel_can_make_is_refused_before_anything_runs(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(OpsKernel, "run", lambda *_: pytest.fail("a kernel ran"))
    words = ["zoom", "mandelbrot", "--to", "-0.7,0.1", "--width", "1e-20", "--backend", "numpy"]
    for more in ([], ["--dry-run"]):
        assert run_app([*words, "--size", "16", "-o", "film.gif", *more]) == 2
        assert "no dtype tells them apart there, and it has no deep" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_help_stays_light():
    program = (
        "import sys, fractbench.cli; "
        "print([m for m in ('av', 'PIL', 'matplotlib', 'fractbench.film') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert done.stdout.strip() == b"[]"
