"""Bad input: one sentence on stderr that names the value and what to type, exit status 2."""

from __future__ import annotations

import numpy as np
import pytest

import fractbench
from fractbench.cli import run_app

REFUSED = [
    ("run tahn", "unknown problem 'tahn' (did you mean tanh?)"),
    ("run tanh:depth=2", "tanh has no option 'depth'"),
    ("run tanh:width=65", "width 65 is not allowed for tanh; type 1 to 64"),
    ("run tanh:width=wide", "width 'wide' is no integer"),
    ("run tanh:width", "'width' is no option; type tanh:option=value"),
    ("run mandelbrot:width=8", "mandelbrot has no option 'width'; it takes none"),
    ("run quadratic:epsilon=-1", "epsilon -1 is not allowed"),
    ("run quadratic:length=x", "'x' is no finite decimal number"),
    ("run --backend numpi", "unknown backend 'numpi' (did you mean numpy?)"),
    ("run --backend numpy:cuda:7", "numpy has no device 'cuda:7' here; there is: numpy:cpu"),
    ("run --backend numpy --kernel fused", "numpy:cpu has no kernel 'fused' for tanh"),
    ("run --contract strikt", "unknown contract 'strikt' (did you mean strict?)"),
    ("run --contract fma --backend jax", "jax:cpu has no kernel for tanh under --contract fma"),
    ("run --contract loose", "unknown contract 'loose'"),
    ("run --dtype float16", "dtype 'float16' has no strict contract; type --contract free"),
    ("run --dtype float65", "unknown dtype 'float65' (did you mean float64?)"),
    ("run --dtype tf32 --contract free --backend numpy", "has no kernel for tanh under --contract"),
    ("run --kernel tuned --backend numpy", "type --contract free --dtype float32"),
    ("run --kernel tunde --backend numpy --contract free", "'tunde' (did you mean tuned?)"),
    ("run newton --contract free --backend numpy", "numpy:cpu has no kernel for newton under"),
    ("run --size 0", "size 0x0 is not positive"),
    ("run --size -4", "size -4x-4 is not positive"),
    ("run --size 9999999", "is too large; allowed are"),
    ("run --size 64by48", "'64by48' is no size; type --size 64 or --size 64x48"),
    ("run quadratic --size 8x8", "size 8x8 has rows, but this problem has one axis"),
    ("run --steps 0", "--steps 0 is not allowed; type an integer from 1 up"),
    ("run --steps ten", "--steps 'ten' is no integer"),
    ("run --steps 1000001", "steps 1000001 is not allowed for tanh"),
    ("run --tile 0", "--tile 0 is not allowed"),
    ("run --seed 1.5", "--seed '1.5' is no integer"),
    ("run --seed -1", "--seed -1 is not allowed"),
    ("run --seed 9223372036854775808", "seed 9223372036854775808 is not allowed"),
    ("run mandelbrot --seed 1", "mandelbrot draws nothing"),
    ("run --draws random", "unknown draws 'random'; allowed: fixed, per-pixel=weights"),
    ("run --draws per-pixel=order", "tanh has no order to draw per pixel"),
    ("run --window 1:1,0:1", "the window range 1:1 is empty"),
    ("run --window 2:1,0:1", "the window range 2:1 is reversed; type 1:2"),
    ("run --window inf:1,0:1", "'inf' is no finite decimal number"),
    ("run --window 0:1", "tanh has 2 axes and the window 0:1 has 1"),
    ("run --window 0:1,0:1,0:1", "has 3 ranges"),
    ("run --window 0:1e5000,0:1", "'1e5000' is no finite decimal number"),
    (f"run --window 0:{'1' * 2000},0:1", "a number of 2000 characters is too long"),
    ("run quadratic:epsilon=nan", "'nan' is no finite decimal number; epsilon takes a number"),
    ("run quadratic-2d:length=0.1/0.2", "2 lengths are not allowed for quadratic-2d; type 1 to 1"),
    ("verify --backend numpy --report .", "--report '.' is a folder"),
    ("run --window 0-1,0:1", "'0-1,0:1' is no window"),
    ("run --window -31:1,0:1", "the window range -31:1 leaves what learning rate of W allows"),
    ("run --window 0:1,0:13", "type a range within -30:12"),
    ("run mandelbrot --window 0.5:0.50000001,0:1", "finer than float32 can resolve"),
    ("run --contract free --window 0:0.0000001,0:1", "finer than float32 can resolve"),
    ("run --contract free --view published", "type a wider window, or leave out --contract"),
    ("run --contract perturbed --dtype float64", "computes in float32, however deep; type --dtype"),
    (
        "run newton --contract perturbed",
        "newton has no deep zoom, the networks have; type one of them",
    ),
    ("run --contract perturbed --draws per-pixel=weights", "no common reference; type --draws"),
    ("run --view publisht", "tanh has no view 'publisht' (did you mean published?)"),
    ("run --view start --window 0:1,0:1", "--view and --window both choose the window"),
    ("run --center 1,2", "--center and --width need each other"),
    ("run --center 1,2 --width -1", "width -1 is not positive"),
    ("run --centre 1,2,3 --width 1", "'1,2,3' is no centre"),
    ("run --preset slow", "unknown preset 'slow'"),
    ("run --format xml", "unknown format 'xml'; type --format table or --format json"),
    ("run --sise 4", "No such option"),
    ("verify tahn --backend numpy", "no golden belongs to 'tahn' (did you mean tanh?)"),
    ("verify --backend nope", "unknown backend 'nope'"),
    ("backends --format csv", "unknown format 'csv'"),
    ("nonsense", "No such command 'nonsense'"),
    ("bench tahn", "unknown problem 'tahn' (did you mean tanh?)"),
    ("bench --backend numpy,", "--backend 'numpy,' has an empty entry"),
    ("bench --backend numpi", "unknown backend 'numpi' (did you mean numpy?)"),
    ("bench --contract strict,strikt --backend numpy", "unknown contract 'strikt'"),
    ("bench --size 8,x --backend numpy", "'x' is no size; type --size 64"),
    ("bench --steps 5,ten --backend numpy", "--steps 'ten' is no integer"),
    ("bench -r 0 --backend numpy", "--repeats 0 is not allowed; type an integer from 1 up"),
    ("bench -r 20000 --backend numpy", "--repeats 20000 is not allowed; type a number from 1 to"),
    ("bench --min-time -1 --backend numpy", "--min-time -1.0 is not allowed; type a number from 0"),
    ("bench --min-time inf --backend numpy", "--min-time 'inf' is no number; type --min-time 1"),
    ("bench --limit 0 --backend numpy", "--limit 0.0 is not allowed; type a number from 0.1"),
    ("bench --threads 0 --backend numpy", "--threads 0 is not allowed"),
    ("bench --memory some --backend numpy", "--memory 'some' is no number"),
    ("bench --format xml --backend numpy", "unknown format 'xml'"),
    ("bench --view nowhere --backend numpy", "nowhere"),
    ("bench --record /nonexistent/x.jsonl --backend numpy", "/nonexistent/x.jsonl"),
]


@pytest.mark.parametrize(("line", "sentence"), REFUSED)
def test_bad_input_is_one_sentence_and_status_2(line, sentence, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_app(line.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1, err
    assert err.startswith("fractbench: ")
    assert sentence in err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_refused_before_anything_runs(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    out = str(tmp_path / "file" / "maps")
    assert run_app(["run", "--backend", "numpy", "--out", out]) == 2
    err = capsys.readouterr().err
    assert "cannot write to the folder" in err
    assert "type --out with a folder of your own" in err


def test_files_that_are_no_maps_are_refused(tmp_path):
    whole = fractbench.run("mandelbrot", backend="numpy", size=9, steps=5).save(tmp_path / "m.npz")
    assert fractbench.load(whole).metadata["problem"] == "mandelbrot"
    data = whole.read_bytes()
    (tmp_path / "torn.npz").write_bytes(data[: len(data) // 2])
    (tmp_path / "text.npz").write_text("hello")
    np.savez(tmp_path / "foreign.npz", value=np.zeros(3))
    np.save(tmp_path / "array.npy", np.zeros(3))
    np.savez(tmp_path / "pickle.npz", metadata=np.array([{}], dtype=object))
    for name in ("torn.npz", "text.npz", "foreign.npz", "array.npy", "pickle.npz"):
        with pytest.raises(fractbench.UsageError, match=r"damaged or no fractbench map"):
            fractbench.load(tmp_path / name)
    with pytest.raises(fractbench.UsageError, match="there is no file"):
        fractbench.load(tmp_path / "none.npz")


def test_a_changed_map_does_not_match_its_digest(tmp_path):
    made = fractbench.run("mandelbrot", backend="numpy", size=9, steps=5)
    path = made.save(tmp_path / "m.npz")
    with np.load(path) as archive:
        arrays = {name: archive[name].copy() for name in archive.files}
    arrays["last"][4, 4] += 1
    np.savez_compressed(path, **arrays)
    with pytest.raises(fractbench.UsageError, match="does not match its own digest"):
        fractbench.load(path)


def test_a_map_cannot_be_saved_under_another_ending(tmp_path):
    made = fractbench.run("mandelbrot", backend="numpy", size=3, steps=2)
    with pytest.raises(fractbench.UsageError, match=r"ending in \.npz or \.png"):
        made.save(tmp_path / "m.jpg")


@pytest.mark.parametrize("seed", range(8))
def test_a_map_with_any_byte_changed_is_refused(tmp_path, seed):
    made = fractbench.run("mandelbrot", backend="numpy", size=9, steps=5)
    path = made.save(tmp_path / "m.npz")
    data, random = path.read_bytes(), np.random.default_rng(seed)
    for _ in range(40):
        wrong = bytearray(data)
        wrong[random.integers(len(data))] ^= 1 << random.integers(8)
        path.write_bytes(wrong)
        try:
            found = fractbench.load(path)
        except fractbench.UsageError:
            continue
        assert np.array_equal(found.arrays["value"], made.value)


@pytest.mark.parametrize("name", ["value", "class"])
def test_a_value_that_does_not_follow_is_refused(tmp_path, name):
    path = fractbench.run("mandelbrot", backend="numpy", size=9, steps=5).save(tmp_path / "m.npz")
    with np.load(path) as archive:
        arrays = {key: archive[key].copy() for key in archive.files}
    arrays[name][0, 0] += 1
    np.savez_compressed(path, **arrays)
    with pytest.raises(fractbench.UsageError, match="does not match its own digest"):
        fractbench.load(path)


@pytest.mark.parametrize(
    "options",
    [
        {"size": (4,)}, {"size": (4, 4, 4)}, {"size": ("a", 3)}, {"size": (4.5, 3)}, {"size": 4.5},
        {"size": (True, 3)}, {"steps": "x"}, {"steps": 2.5}, {"steps": True}, {"steps": 0},
        {"tile": "x"}, {"tile": 2.5}, {"tile": 0}, {"window": 123}, {"window": ((0, 1), (0, 1))},
        {"view": 3}, {"backend": 5}, {"kernel": None}, {"problem": 5}, {"draws": None},
        {"contract": None}, {"out": 5}, {"seed": 0.0}, {"seed": -1}, {"preset": "zzz"},
        {"center": (1, 2, 3), "width": 1}, {"center": "1,2", "width": "wide"},
    ],
)  # fmt: skip
def test_bad_input_to_the_python_api_is_a_usage_error(options):
    given = {"problem": "mandelbrot", "backend": "numpy", "size": 3, "steps": 2} | options
    with pytest.raises(fractbench.UsageError):
        fractbench.run(**given)


def test_a_line_has_one_row_for_python_too():
    with pytest.raises(fractbench.UsageError, match="one axis"):
        fractbench.run("quadratic", backend="numpy", size=(4, 5), steps=2)


def test_python_takes_numbers_and_problems():
    made = fractbench.run(
        fractbench.problem("mandelbrot"), backend="numpy", size=np.int64(5), steps=np.int32(3),
        center=(-0.5, 0), width=0.25,
    )  # fmt: skip
    assert str(made.grid.window) == "-0.625:-0.375,-0.125:0.125"
