"""Tail probabilities, against sums written out."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from fractbench.agreement.tails import rate_tail, sum_tail


def test_no_event_proves_nothing():
    assert rate_tail(0, 0, 10, 4.0) == 1
    assert sum_tail(0, []) == 1
    assert sum_tail(0, [0.5, 0.5]) == 1


@pytest.mark.parametrize("count", [1, 2, 6])
def test_events_that_no_member_has(count):
    """All of them fall to the kernel, each with chance factor / (factor + members)."""
    assert rate_tail(count, 0, 10, 4.0) == pytest.approx((4 / 14) ** count)


def test_as_many_events_as_each_member_has_are_likely():
    assert rate_tail(5, 50, 10, 1.0) > 0.3
    assert rate_tail(20, 50, 10, 1.0) < 1e-4


def test_the_rate_tail_is_the_binomial_one():
    expected = sum(math.comb(7, k) * 0.25**k * 0.75 ** (7 - k) for k in range(3, 8))
    assert rate_tail(3, 4, 9, 3.0) == pytest.approx(expected)


def binomial_tail(count, others, members, factor):
    """Sum the terms as exact fractions."""
    p, total = Fraction(factor) / (factor + members), count + others
    terms = (math.comb(total, k) * p**k * (1 - p) ** (total - k) for k in range(count, total + 1))
    return float(sum(terms))


@pytest.mark.parametrize(("count", "others"), [(576, 576), (300, 900), (150, 1300), (1, 1200)])
def test_more_than_a_thousand_events_are_counted_exactly(count, others):
    exact = binomial_tail(count, others, 13, 4)
    assert rate_tail(count, others, 13, 4.0) == pytest.approx(exact, rel=1e-9)


def test_chances_that_differ():
    a, b = 0.2, 0.7
    assert sum_tail(1, [a, b]) == pytest.approx(1 - (1 - a) * (1 - b))
    assert sum_tail(2, [a, b]) == pytest.approx(a * b)
    assert sum_tail(3, [a, b]) == 0
