"""The statistics against what is known of them."""

from __future__ import annotations

import math
from itertools import pairwise
from math import comb
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.surveillance.measures.statistics import (
    WEAK,
    Beta,
    beta_below,
    evenness,
    ewma_surge,
    peers_prior,
    probability_above,
    quantile,
    upper_fence,
    usual,
)


@given(st.integers(1, 40), st.integers(1, 40), st.floats(0.001, 0.999))
def test_the_beta_function_is_the_binomial_tail(a: int, b: int, x: float) -> None:
    """I_x(a, b) is the chance of a or more successes in a + b - 1 trials of chance x."""
    n = a + b - 1
    tail = math.fsum(comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1))
    assert beta_below(x, Beta(a, b)) == pytest.approx(tail, abs=1e-9)


def test_the_beta_function_at_its_ends_and_its_middle() -> None:
    """Nothing below 0, all below 1, half below the middle of a symmetric one."""
    assert beta_below(0, Beta(2, 3)) == 0
    assert beta_below(1, Beta(2, 3)) == 1
    assert beta_below(0.5, Beta(7.5, 7.5)) == pytest.approx(0.5)


def test_logarithms_tame_heavy_tails() -> None:
    """Of ten thousand lognormal numbers few lie beyond 3.5 robust deviations, many without logs."""
    random = Random(1)
    logs = [random.gauss(0, 1) for _ in range(10_000)]
    raw = [math.exp(value) for value in logs]
    assert beyond(logs) <= 10
    assert beyond(raw) > 500


def beyond(values: list[float]) -> int:
    among = usual(values)
    return sum(among.z(value) > 3.5 for value in values)


def test_equal_peers_have_no_outlier_and_one_odd_peer_does_not_hide() -> None:
    """The spread falls back to the mean deviation, then to nothing."""
    assert usual([5.0] * 9).z(7) == 0
    assert usual([5.0] * 9 + [9.0]).z(9) > 3.5


def test_quantiles_lie_between_neighbours() -> None:
    """As the usual linear rule has it."""
    assert quantile([1, 2, 3, 4], 0.5) == 2.5
    assert quantile([7], 0.99) == 7
    assert upper_fence([1, 2, 3, 4, 5], 3) == 4 + 3 * 2


def test_peers_that_agree_give_a_strong_prior_and_peers_that_differ_a_weak_one() -> None:
    """Both have the peers' mean."""
    alike, apart = peers_prior([(10, 100)] * 30), peers_prior([(1, 100), (19, 100)] * 15)
    for prior in (alike, apart):
        assert prior.a / (prior.a + prior.b) == pytest.approx(0.1)
    assert sum(alike) > 10 * sum(apart)
    assert peers_prior([]) == peers_prior([(0, 50), (0, 60)]) == WEAK


@given(st.integers(1, 200))
def test_more_cases_of_the_same_share_are_surer(n: int) -> None:
    """Three of ten, six of twenty: the larger number leaves less doubt."""
    prior = Beta(2, 18)
    fewer = probability_above(0.2, 3 * n, 10 * n, prior)
    more = probability_above(0.2, 3 * (n + 1), 10 * (n + 1), prior)
    assert more >= fewer - 1e-9


def test_evenness_goes_from_one_template_to_none() -> None:
    """All alike is 0, all different is 1."""
    assert evenness(50 * math.log(50), 50) == 0
    assert evenness(0.0, 50) == 1


def test_a_surge_is_seen_and_a_level_life_is_not() -> None:
    """One deviation more, every day, leaves the limit within days; noise around 0 does not."""
    level = ewma_surge([(day, (-1) ** day * 0.5) for day in range(60)], 0, 0.5, 0.1)
    surge = ewma_surge([(day, 1.5) for day in range(20)], 0, 0.5, 0.1)
    assert level is not None
    assert surge is not None
    assert level.sigmas < 3.5 < surge.sigmas
    days = [ewma_surge([(d, 1.0) for d in range(n)], 0, 0.5, 0.1) for n in range(1, 20)]
    assert all(a.sigmas <= b.sigmas for a, b in pairwise(d for d in days if d is not None))
    assert ewma_surge([], 0, 0.5, 0.1) is None
