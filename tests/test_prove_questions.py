"""The program behind docs/questions.md, every part at tiny sizes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import fractbench
import prove_questions as tool
import questions_common as common
import questions_exponent as exponent
import questions_order as order
import questions_roundoff as roundoff
import questions_seeds as seeds
import questions_wada as wada
from fractbench.api import prepare
from fractbench.dimension.edges import edges
from fractbench.dimension.maker import Maker
from fractbench.dimension.published import published_dimension
from fractbench.errors import UsageError
from fractbench.measure import CAP
from fractbench.request import Request

ROOT = Path(__file__).parents[1]
TINY = {"size": 64, "steps": 8}


@pytest.fixture(scope="module")
def maker(tmp_path_factory):
    return Maker(tmp_path_factory.mktemp("work"), "native", lambda _: None)


def settings(**changed):
    return common.Settings(**(TINY | changed))


def losses(*columns):
    """Return trajectories of equal length, (steps, pixels), each a loss that then stays."""
    rows = [list(one) + [one[-1]] * (40 - len(one)) for one in columns]
    return np.array(rows, np.float64).T


def test_the_released_order_makes_nan_of_a_finite_loss_that_overflows():
    value, converged = order.released(
        losses((0.5, 0.1), (0.5, np.inf), (0.5, np.nan), (0.5, 1e308, np.inf), (2.0, 1e308))
    )
    assert np.isnan(value).tolist() == [False, False, False, True, False]
    assert converged.tolist() == [True, False, False, False, False]
    assert value[0] == pytest.approx(-(1 + 39 * 0.2))
    assert value[1] == value[2] == pytest.approx(1 + 39 / CAP)
    assert value[4] == pytest.approx(1 + 39 / CAP)


def test_a_nan_on_the_way_leaves_the_class_and_takes_the_value():
    value, converged = order.released(losses((0.5, 1e308, 0.1)))
    assert converged.all()
    assert np.isnan(value).all()


def test_one_cap_before_the_division_overflows_nowhere():
    value, converged = order.capped_first(
        losses((0.5, 0.1), (0.5, np.nan), (0.5, 1e308), (2e6, 3e6))
    )
    assert converged.tolist() == [True, False, False, False]
    assert value[2] == value[1] == pytest.approx(1 + 39 / (2 * CAP))
    # Where the first loss exceeds the cap every v is 1.
    assert value[3] == pytest.approx(40)


def test_released_edges_are_ours_but_beside_a_nan():
    converged = np.random.default_rng(0).random((40, 50)) < 0.3
    value = np.where(converged, -2.0, 3.0)
    assert (order.released_edges(value) == edges(converged)).all()
    value[20, 25] = np.nan
    kept = order.released_edges(value)
    lost = np.argwhere(edges(converged) & ~kept)
    assert 0 < len(lost) <= 4
    assert (np.abs(lost - [19.5, 24.5]) <= 0.5).all()
    assert not (kept & ~edges(converged)).any()


def test_the_estimate_from_a_mask_is_the_published_one():
    converged = np.random.default_rng(1).random((70, 70)) < 0.02
    found = order.dimension_of(edges(converged))
    assert found == pytest.approx(published_dimension([converged]))
    assert order.dimension_of(np.zeros((70, 70), bool)) is None
    assert order.dimension_of(np.ones((5, 5), bool)) is None


def test_the_order_of_the_cap_on_a_map(maker):
    asked = order.asked("start", settings(steps=500))
    found = order.make(asked, maker)
    assert 0 < found["nan"] < found["infinite"] < 1
    assert found["released"] == found["first"] == found["gained"] == 0
    assert 0 < found["lost"] < found["edges"]
    assert found["dimension"]["standing"] == "told"
    row = {"asked": asked, "command": "x :start ", **found}
    text = " ".join("\n".join(order.answer({"start": row})).split())
    assert f"changes no class, but up to {found['nan']:.2%} of values" in text
    assert f"cost the released estimator {found['lost']} edges" in text


def test_trajectories_of_the_fast_kernel_are_the_reference_s():
    request = Request("single", dtype="float64", size=8, steps=200)
    fast, slow = (prepare(request, name) for name in ("native", "numpy"))
    tile = fast.plan.tile(0, 64)
    a, b = fast.kernel.trajectory(tile), slow.kernel.trajectory(tile)
    finite = np.isfinite(b)
    assert not finite.all()
    assert (np.isfinite(a) == finite).all()
    assert (a[finite] == b[finite]).all()


@pytest.mark.parametrize("way", ["fixed", "fresh"])
def test_the_average_over_one_seed_is_that_seed_s_map(maker, way):
    asked = seeds.asked(f"{way}:inner", settings(seeds=1))
    found = seeds.make(asked, maker)
    draws = "per-pixel=weights" if way == "fresh" else "fixed"
    one = fractbench.run("tanh", backend="native", window=seeds.WINDOWS["inner"], size=64,
                         steps=8, seed=0, draws=draws)  # fmt: skip
    assert (seeds.converging(asked, 0, maker) == one.converged).all()
    with np.load(seeds.share_file(asked, maker.folder)) as shares:
        assert shares.files == ["1"]
        assert (seeds.majority(shares["1"]) == one.converged).all()
    (average,) = found["averages"]
    assert average["disputed"] == 0
    assert average["dimension"]["own"] == common.dimension(one.converged)["own"]
    assert found["singles"] == [average["dimension"]["own"]["value"]] * 2


def test_the_average_over_three_seeds_is_their_majority(maker):
    asked = seeds.asked("fixed:inner", settings(seeds=3))
    found = seeds.make(asked, maker)
    three = [seeds.converging(asked, seed, maker) for seed in range(3)]
    assert (three[0] != three[1]).any()
    assert [one["seeds"] for one in found["averages"]] == [1, 3]
    last = found["averages"][-1]
    with np.load(seeds.share_file(asked, maker.folder)) as shares:
        assert shares["3"] == pytest.approx(np.mean(three, axis=0))
        assert (seeds.majority(shares["3"]) == (np.sum(three, axis=0) >= 2)).all()
    assert last["disputed"] == np.mean((three[0] != three[1]) | (three[1] != three[2]))


def test_averages_smooth_independent_pixels_to_the_shape_beneath():
    """Coins whose chance crosses a half on a line: noise for one seed, the line for many."""
    rng = np.random.default_rng(0)
    chance = np.linspace(0.2, 0.8, 128)[None] * np.ones((128, 1))
    rough, smooth = (
        seeds.averaged(rng.binomial(count, chance) / count, count) for count in (1, 100001)
    )
    assert rough["dimension"]["own"]["value"] > 1.8
    assert rough["exponent"]["alpha"] < 0.1
    assert smooth["dimension"]["own"]["value"] == pytest.approx(1, abs=0.15)
    assert smooth["exponent"]["alpha"] > 0.8


def test_the_counts_end_with_the_number_of_seeds():
    assert seeds.counts_of(15) == [1, 5, 15]
    assert seeds.counts_of(7) == [1, 5, 7]
    assert seeds.counts_of(1) == [1]


def test_the_middle_window_is_one_that_float32_tells_apart():
    assert roundoff.middle("tanh", 128) == "published:12"
    assert roundoff.middle("minibatch", 128) == "published:16"
    for name in ("tanh", "minibatch"):
        asked = {"problem": name, "view": roundoff.middle(name, 128), "size": 128, "steps": 5}
        assert roundoff.request_of(asked, "float32").plan().arithmetic.dtype == "float32"


def test_round_off_compares_classes_with_float64(maker):
    asked = roundoff.asked("single:middle", settings(steps=200))
    assert asked["view"] == "published:11"
    found = roundoff.make(asked, maker)["ways"]
    classes = {
        dtype: fractbench.run("single", backend="native", view="published:11", size=64, steps=200,
                              dtype=dtype).classes
        for dtype in ("float32", "float64")
    }  # fmt: skip
    assert found["float32"]["differ"] == np.mean(classes["float32"] != classes["float64"])
    assert 0 < found["float32"]["differ"] < 0.05
    assert found["float64"]["differ"] == 0
    assert 0 < found["float32"]["flips"] < 0.05
    assert found["float64"]["flips"] == 0


def test_the_perturbed_map_has_the_classes_of_float64(tmp_path):
    """On 12 x 12 pixels of a window that float32 tells apart; NumPy has every contract."""
    maker = Maker(tmp_path, "numpy", lambda _: None)
    row = {"problem": "single", "view": "published:11", "size": 12, "steps": 60}
    found, exact = roundoff.perturbed(row, maker), roundoff.plain(row, "float64", maker)
    assert found.arithmetic.name == "perturbed-float32-1"
    assert 0 < exact.converged.sum() < 144
    assert np.mean(found.classes == exact.classes) >= 0.97
    flips = roundoff.flips_of(row, "perturbed", found, maker)
    assert flips.pixels == 144
    assert flips.changed <= 7


def test_a_missing_perturbed_kernel_leaves_its_row_out_and_says_so(maker, monkeypatch):

    def refused(row, maker):
        raise UsageError("there is no such kernel")

    monkeypatch.setattr(roundoff, "perturbed", refused)
    asked = roundoff.asked("single:start", settings())
    found = roundoff.make(asked, maker)
    assert list(found["ways"]) == ["float32", "float64"]
    row = {"asked": asked, "command": "x :single:start ", **found}
    assert "no perturbed kernel was there" in "\n".join(roundoff.answer({"single:start": row}))


def test_a_perturbed_map_is_a_row_beside_the_others(maker, monkeypatch):
    asked = roundoff.asked("single:middle", settings())
    monkeypatch.setattr(
        roundoff, "perturbed", lambda row, maker: roundoff.plain(row, "float64", maker)
    )
    found = roundoff.make(asked, maker)
    assert found["ways"]["perturbed"]["differ"] == 0
    assert found["ways"]["perturbed"]["flips"] is None
    row = {"asked": asked, "command": "x :single:middle ", **found}
    text = "\n".join(roundoff.answer({"single:middle": row}))
    assert "| perturbed | 0.00% | - |" in text
    assert "no perturbed kernel" not in text


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.3, 0.7, "fractal"),
        (0.9, 1.1, "cannot be told from smooth"),
        (-0.02, 0.1, "riddled, or noise"),
        (None, None, "too few"),
    ],
)
def test_what_an_exponent_says(low, high, expected):
    said = exponent.says({"low": low, "high": high, "note": "too few"})
    assert said == expected


def test_the_exponent_of_the_mandelbrot_set_is_that_of_a_fractal(maker):
    asked = exponent.asked("mandelbrot", settings(size=128, steps=100))
    found = exponent.make(asked, maker)
    assert exponent.says(found["exponent"]) == "fractal"
    assert exponent.says(found["smooth"]) == "cannot be told from smooth"
    assert exponent.says(found["noise"]) == "riddled, or noise"
    assert found["exponent"]["dimension"] == pytest.approx(2 - found["exponent"]["alpha"])


def test_a_line_has_one_axis_and_float64(maker):
    asked = exponent.asked("quadratic-multiplicative", settings(steps=200))
    assert asked["size"] == 4097
    found = exponent.make(asked, maker)
    assert found["made"] == "float64"
    assert found["exponent"]["dimension"] == pytest.approx(1 - found["exponent"]["alpha"])
    assert found["smooth"]["alpha"] == pytest.approx(1, abs=0.01)
    row = {"asked": asked, "command": "x :quadratic-multiplicative ", **found}
    assert "| 4,097 points, 200 |" in "\n".join(
        exponent.answer({"quadratic-multiplicative": row})
    )  # fmt: skip


def test_near_and_boundary_by_brute_force():
    classes = np.random.default_rng(0).integers(1, 4, (9, 12), dtype=np.uint8)
    classes[2:7, 3:9] = 1
    edge, near = wada.boundary(classes), wada.near(classes == 2, 2)
    for y, x in np.ndindex(classes.shape):
        cross = [(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)]
        beside = [classes[q] for q in cross if 0 <= q[0] < 9 and 0 <= q[1] < 12]
        assert edge[y, x] == any(one != classes[y, x] for one in beside)
        square = classes[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3]
        assert near[y, x] == (square == 2).any()


def test_newtons_basins_share_their_boundary_and_sectors_do_not():
    newton = fractbench.run("newton", backend="native", size=256).classes
    assert wada.shared(newton, (1, 2, 3), 4) > 0.99
    assert wada.shared(wada.sectors(256), (1, 2, 3), 4) < 0.05
    assert wada.shared(wada.draws(64), (1, 2, 3), 4) == 1
    assert wada.shared(np.ones((64, 64), np.uint8), (1, 2, 3), 4) is None


def test_rows_are_kept_and_the_page_is_made_of_what_is_there(tmp_path, capsys):
    docs, work = tmp_path / "docs" / "questions.md", tmp_path / "work"
    docs.parent.mkdir()
    words = ["--work", str(work), "--docs", str(docs), "--backend", "native", "--size", "64",
             "--steps", "8", "--seeds", "1"]  # fmt: skip
    tool.main(["--only", "seeds:fixed:inner,exponent:wada,exponent:newton", *words])
    text = docs.read_text()
    assert "python tools/prove_questions.py --only seeds --size 64 --steps 8 --seeds 1" in text
    assert "| newton | 64 |" in text
    assert "--only order\n" in text
    assert "Newton's boundary pixels have all three roots" in text
    assert (docs.parent / "pictures" / "questions-seeds.png").read_bytes().startswith(b"\x89PNG")
    prose = [line for line in text.splitlines() if line[:1] not in ("|", " ", "-", "!")]
    assert max(len(line) for line in prose) <= 100
    kept = work / "exponent-newton.json"
    facts = json.loads(kept.read_text())
    facts["made"] = "another dtype"
    kept.write_text(json.dumps(facts))
    tool.main(["--only", "exponent:newton", *words])
    assert "another dtype" in docs.read_text()
    tool.main(["--only", "exponent:newton", "--anew", *words])
    assert "another dtype" not in docs.read_text()
    tool.main(["--only", "none", *words])
    assert docs.read_text() == text
    capsys.readouterr()


def test_words_choose_rows():
    assert len(tool.chosen("")) == sum(len(part.rows) for part in tool.PARTS)
    assert [row for _, row in tool.chosen("order")] == ["start", "published"]
    assert [row for _, row in tool.chosen("roundoff:tanh,roundoff:tanh:start")] == [
        "tanh:start", "tanh:middle",
    ]  # fmt: skip
    assert tool.chosen("none") == []
    with pytest.raises(ValueError, match="no row 'roundof'; type one of order, seeds"):
        tool.chosen("roundof")


def test_bad_words_end_in_a_sentence(capsys):
    for words, said in ((["--only", "ordre"], "no row 'ordre'"), (["--seeds", "4"], "odd number")):
        with pytest.raises(SystemExit):
            tool.main(words)
        assert said in capsys.readouterr().err
