"""tails: exact tail probabilities of two counts, in float64 and without a statistics package."""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, fsum, lgamma, log

import numpy as np


def rate_tail(count: int, others: int, members: int, factor: float) -> float:
    """Return how likely a count this high is if its rate is at most `factor` times the members'.

    Given that one kernel and `members` members have `count + others` events together, its share is
    binomial with probability factor / (factor + members): the conditional test of two Poisson
    rates (Przyborowski and Wilenski, Biometrika 31, 1940). Every term is made in logarithms, since
    its factors leave float64 from a thousand events on.
    """
    if not count:
        return 1.0
    total = count + others
    one, rest = log(factor / (factor + members)), log(members / (factor + members))
    terms = (
        exp(
            lgamma(total + 1) - lgamma(k + 1) - lgamma(total - k + 1) + k * one + (total - k) * rest
        )
        for k in range(count, total + 1)
    )
    return min(1.0, fsum(terms))


def sum_tail(count: int, chances: Iterable[float]) -> float:
    """Return how likely `count` or more of independent events of given chances are.

    The distribution of their number, the Poisson binomial one, is made by convolution.
    """
    chance_of = np.ones(1)
    for p in chances:
        chance_of = np.append(chance_of, 0.0) * (1 - p) + np.append(0.0, chance_of) * p
    return float(chance_of[count:].sum())
