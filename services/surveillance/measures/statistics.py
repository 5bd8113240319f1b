"""The statistics the rules use, each a pure function of a few numbers.

Counts of prescriptions and sales are heavy-tailed: they are compared as logarithms, where "3.5
robust deviations" means the same at every size. Shares of few cases are noise: they are compared
after shrinkage towards the peers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

NORMAL_MAD = 0.6745
"""The median absolute deviation of a normal distribution, in standard deviations."""

MEAN_AD = 1.253314
"""The standard deviation of a normal distribution, in mean absolute deviations."""

_TINY = 1e-300
_EPSILON = 1e-12
_STEPS_MAX = 500


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie, between neighbours by their distance.

    Raises IndexError without values.
    """
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


class Usual(NamedTuple):
    """What is usual among peers: their median, and their robust standard deviation."""

    middle: float
    spread: float

    def z(self, value: float) -> float:
        """How many robust standard deviations a value lies above the median.

        Where all peers are equal nothing is an outlier (0).
        """
        return (value - self.middle) / self.spread if self.spread else 0.0


def usual(peers: Sequence[float]) -> Usual:
    """Median and spread of peers, for Iglewicz and Hoaglin's z: 0.6745 (x - median) / MAD.

    Where more than half of the peers are equal, the mean absolute deviation stands for the MAD.
    Raises StatisticsError without peers.
    """
    middle = median(peers)
    deviations = [abs(peer - middle) for peer in peers]
    spread = median(deviations) / NORMAL_MAD
    return Usual(middle, spread or MEAN_AD * sum(deviations) / len(deviations))


def upper_fence(peers: Sequence[float], widths: float) -> float:
    """Tukey's fence: the third quartile and so many interquartile ranges above it."""
    first, third = quantile(peers, 0.25), quantile(peers, 0.75)
    return third + widths * (third - first)


class Beta(NamedTuple):
    """A beta distribution of a share: as if `a` of `a + b` cases had been seen before."""

    a: float
    b: float


WEAK = Beta(0.5, 0.5)
"""Jeffreys' prior: what is believed of a share when peers tell nothing."""

PRIOR_CASES_MAX = 1000.0


def peers_prior(shares: Iterable[tuple[int, int]]) -> Beta:
    """The beta distribution peers' shares come from, by the method of moments.

    Each share is (cases, of how many). Binomial noise is taken off the spread first; peers that
    differ no more than chance give a prior worth `PRIOR_CASES_MAX` cases.
    """
    known = [(cases, of) for cases, of in shares if of > 0]
    total = sum(of for _, of in known)
    if len(known) < 2 or not 0 < (cases := sum(cases for cases, _ in known)) < total:
        return WEAK
    mean = cases / total
    spread = sum(of * (cases / of - mean) ** 2 for cases, of in known) / total
    noise = mean * (1 - mean) * len(known) / total
    between = spread - noise
    strength = mean * (1 - mean) / between - 1 if between > 0 else PRIOR_CASES_MAX
    strength = min(max(strength, 1.0), PRIOR_CASES_MAX)
    return Beta(mean * strength, (1 - mean) * strength)


def probability_above(limit: float, cases: int, of: int, prior: Beta) -> float:
    """How sure it is that the true share behind `cases` of `of` is above `limit`."""
    return 1.0 - beta_below(limit, Beta(prior.a + cases, prior.b + of - cases))


def beta_below(x: float, beta: Beta) -> float:
    """The regularised incomplete beta function I_x(a, b), by its continued fraction (Lentz)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    a, b = beta
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    if x < (a + 1) / (a + b + 2):
        return front * _continued(x, a, b) / a
    return 1.0 - front * _continued(1 - x, b, a) / b


def _continued(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1))
    result = d
    for m in range(1, _STEPS_MAX):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _away_from_zero(1.0 + term * d)
            c = _away_from_zero(1.0 + term / c)
            result *= c * d
        if abs(c * d - 1.0) < _EPSILON:
            break
    return result


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def evenness(spread: float, total: int) -> float:
    """Shannon entropy of parts over that of as many parts as cases: 0 all alike, 1 all different.

    `spread` is the sum of v ln v over the parts' counts v, `total` their sum (at least 2).
    """
    return max(0.0, 1.0 - spread / (total * math.log(total)))


class Deviation(NamedTuple):
    """The highest an EWMA rose above its control limit, on which day, in standard deviations."""

    day: int
    sigmas: float


def ewma_surge(
    roots: Sequence[tuple[int, float]], centre: float, sigma: float, weight: float
) -> Deviation | None:
    """Follow (day, value) by an exponentially weighted moving average from its centre on.

    Returns the day on which it lies farthest above the centre, in the standard deviations that the
    average itself has by then: sigma * sqrt(w / (2 - w) * (1 - (1 - w) ^ 2n)).
    """
    average, best = centre, None
    for n, (day, value) in enumerate(roots, start=1):
        average += weight * (value - average)
        own = sigma * math.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * n)))
        sigmas = (average - centre) / own
        if best is None or sigmas > best.sigmas:
            best = Deviation(day, sigmas)
    return best
