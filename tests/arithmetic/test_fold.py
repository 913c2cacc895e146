import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fractbench.arithmetic.fold import fold, fold_left
from fractbench.arithmetic.host import HostOps
from helpers import FMT, f32
from wrong_ops import naive_halving

OPS = HostOps(FMT)
TERMS = st.lists(
    st.floats(-(2.0**60), 2.0**60, width=32).filter(lambda x: abs(x) > 1e-18 or x == 0),
    min_size=1, max_size=40,
)  # fmt: skip


def padded_fold(terms):
    """The definition: pad to a power of two with -0.0, then add i and i + m/2, halving m."""
    length = 1
    while length < len(terms):
        length *= 2
    values = [np.float32(t) for t in terms] + [np.float32(-0.0)] * (length - len(terms))
    while len(values) > 1:
        half = len(values) // 2
        values = [values[i] + values[i + half] for i in range(half)]
    return values[0]


def bits(value):
    return int(np.float32(value).view(np.int32))


@pytest.mark.parametrize("length", range(1, 21))
def test_equals_the_padded_definition(length):
    draw = np.random.Generator(np.random.PCG64(length))
    terms = f32(draw.standard_normal((length, 3)) * 10.0 ** draw.integers(-6, 6, (length, 3)))
    folded = fold(OPS, terms)
    assert folded.shape == (3,)
    assert [bits(x) for x in folded] == [bits(padded_fold(column)) for column in terms.T]


@given(TERMS)
def test_equals_the_padded_definition_for_any_terms(terms):
    assert bits(fold(OPS, f32(terms))) == bits(padded_fold(terms))


@pytest.mark.parametrize("length", range(1, 21))
def test_minus_zeros_stay_minus_zero(length):
    assert bits(fold(OPS, f32([-0.0] * length))) == bits(-0.0)


@pytest.mark.parametrize("length", [3, 5, 6, 7, 11, 24])
def test_a_naive_halving_drops_units(length):
    terms = f32(np.arange(1, length + 1))
    assert fold(OPS, terms) == terms.sum()
    assert naive_halving(OPS, terms) != terms.sum()


def test_order_is_that_of_a_lane_butterfly():
    terms = f32([1.0, 2.0**24, 1.0, -(2.0**24)])
    assert fold(OPS, terms) == 2.0
    assert fold_left(OPS, list(terms)) == 0.0


def test_fold_left_goes_from_left_to_right():
    terms = f32([2.0**24, 1.0, 1.0, -(2.0**24)])
    assert fold_left(OPS, list(terms)) == 0.0
    assert fold_left(OPS, list(terms[::-1])) == 2.0
