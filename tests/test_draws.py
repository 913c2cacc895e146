import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fractbench.draws import FIXED, STREAMS, Draws, check_seed, indices, normals, words
from fractbench.errors import UsageError
from fractbench.normal import normal
from fractbench.philox import philox

ONES = 0xFFFFFFFF
# Random123 1.14, kat_vectors: philox4x32 10 rounds.
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES,) * 4, (ONES, ONES), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    ((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0),
     (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)),
]  # fmt: skip
PINNED_WORDS = [768504805, 323543615, 4244168940]
PINNED_NORMALS = ["-0x1.d6c179dadc27fp-1", "-0x1.6fec358e0d276p+0", "0x1.219fd074877e8p+1"]
PINNED_INDICES = [44, 244, 259, 105, 159, 125]


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_philox_gives_the_known_answers(counter, key, expected):
    found = philox(tuple(np.array(c, np.uint64) for c in counter), key)
    assert tuple(int(w) for w in found) == expected


def test_normals_are_the_exact_quantiles():
    drawn = words(1, "weights", 200, np.zeros((), np.int64), np.zeros((), np.int64))
    edges = np.array([0, 1, 2, 12345, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1], np.uint64)
    near_seams = np.concatenate([np.array([0.075, 0.925, 1.4e-11, 6e-12]) * 2**32])
    every = np.concatenate([drawn, edges, near_seams.astype(np.uint64)])
    found = normal(every)
    with mpmath.workdps(30):
        exact = [
            mpmath.sqrt(2) * mpmath.erfinv(2 * (int(w) + mpmath.mpf("0.5")) / 2**32 - 1)
            for w in every
        ]
    error = [abs(float((f - e) / e)) for f, e in zip(found.tolist(), exact, strict=True)]
    assert max(error) < 1e-14


def test_normals_are_symmetric_and_bounded():
    w = np.array([0, 7, 10**6, 2**31 - 1], np.uint64)
    mirrored = np.uint64(ONES) - w
    assert np.allclose(normal(w), -normal(mirrored), rtol=1e-15, atol=0)
    assert 6.2 < normal(np.array([ONES], np.uint64))[0] < 6.4


def test_moments_of_the_normals():
    x = normals(3, "inputs", (200, 500))
    assert x.shape == (200, 500)
    assert x.dtype == np.float64
    for power, moment, tolerance in ((1, 0, 0.02), (2, 1, 0.03), (3, 0, 0.08), (4, 3, 0.2)):
        assert abs((x**power).mean() - moment) < tolerance


def test_pinned_numbers_of_seed_0():
    """A change here changes every map of a width without published draws."""
    first = normals(0, "weights", (3,))
    zero = np.zeros((), np.int64)
    assert words(0, "weights", 3, zero, zero).tolist() == PINNED_WORDS
    assert [x.hex() for x in first.tolist()] == PINNED_NORMALS
    assert indices(0, (6,), 272).tolist() == PINNED_INDICES


@given(st.integers(0, 2**16), st.integers(0, 2**16), st.integers(0, 2**63 - 1))
def test_a_pixels_draws_depend_on_its_place_alone(column, row, seed):
    columns = np.array([5, column, 9], np.int64)
    rows = np.array([row + 1, row, 3], np.int64)
    together = normals(seed, "weights", (2, 3), columns, rows)
    alone = normals(seed, "weights", (2, 3), columns[1:2], rows[1:2])
    assert together.shape == (2, 3, 3)
    assert (together[..., 1:2] == alone).all()
    drawn = indices(seed, (4,), 17, columns, rows)
    assert (drawn[:, 1] == indices(seed, (4,), 17, columns[1:2], rows[1:2])[:, 0]).all()


def test_places_seeds_and_streams_draw_apart():
    place = np.arange(4, dtype=np.int64)
    seen = {
        words(seed, stream, 1, a, b).item()
        for seed in (0, 1, 2**32, 2**63 - 1)
        for stream in STREAMS
        for a in place
        for b in place
    }
    assert len(seen) == 4 * len(STREAMS) * 16


@given(st.integers(1, 70000))
def test_indices_stay_below_their_limit(limit):
    found = indices(1, (50,), limit)
    assert found.dtype == np.int32
    assert found.min() >= 0
    assert found.max() < limit


def test_indices_are_even():
    counts = np.bincount(indices(2, (30_000,), 3), minlength=3)
    assert np.abs(counts - 10_000).max() < 500


@pytest.mark.parametrize(
    ("text", "kinds"),
    [("fixed", ()), ("per-pixel=weights", ("weights",)), ("per-pixel=order", ("order",)),
     ("per-pixel=both", ("weights", "order"))],
)  # fmt: skip
def test_draws_that_one_types(text, kinds):
    assert Draws.parse(text, 5).kinds == kinds
    assert (Draws.parse(text, 5) == FIXED) is (text == "fixed")


def test_draws_have_one_form():
    assert str(FIXED) == "fixed"
    assert str(Draws.parse("per-pixel=both", 5)) == "per-pixel=weights+order,seed=5"


@pytest.mark.parametrize("text", ["", "per-pixel", "per-pixel=", "per-pixel=wieghts", "weights"])
def test_unknown_draws_are_refused(text):
    with pytest.raises(UsageError, match=f"unknown draws {text!r}.*allowed: fixed"):
        Draws.parse(text)


@pytest.mark.parametrize("seed", [-1, 2**63, 1.0, "1", None, True])
def test_seeds_that_are_none_are_refused(seed):
    with pytest.raises(UsageError, match=r"seed .* is not allowed"):
        check_seed(seed)
    assert check_seed(2**63 - 1) == 2**63 - 1
