"""How facts reach the log: late, out of order, more than once, or not at all.

Delays, shares and tails follow section 6.2 of the surveillance reference: median 2 seconds with a
tail of 72 hours, sites that are offline for days, 1 % repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import exp, log
from random import Random

from infra.evaluation.country.world import moment
from services.contracts.facts import Fact, FactRecorded, FactWithdrawn

LATE_SHARE = 0.02
LATE_MINUTES = (1.0, 72 * 60.0)
MEDIAN_MINUTES = 2 / 60
REPEATED_SHARE = 0.01
WITHDRAWN_FIRST_SHARE = 0.02
"""Of withdrawals; two sites told in the wrong order."""


def recorded_at(rng: Random, at: float, offline: Sequence[tuple[float, float]]) -> datetime:
    """When the log got to know what happened at a minute."""
    for since, until in offline:
        if since <= at < until:
            at = until + rng.uniform(0, 10)
            break
    if rng.random() < LATE_SHARE:
        low, high = LATE_MINUTES
        return moment(at + exp(rng.uniform(log(low), log(high))))
    return moment(at + MEDIAN_MINUTES * exp(rng.gauss(0, 1)))


def as_told(rng: Random, facts: Sequence[Fact], lost: set[str]) -> list[Fact]:
    """What the log carries of one patient, in its order."""
    told: list[tuple[datetime, int, Fact]] = []
    for place, fact in enumerate(facts):
        if fact.fact_id in lost:
            continue
        told.append((fact.recorded_at, place, fact))
        if rng.random() < REPEATED_SHARE:
            again = fact.recorded_at + timedelta(minutes=rng.uniform(0, 60))
            told.append((again, place, fact))
    told.sort(key=lambda item: item[:2])
    in_order = [fact for _, _, fact in told]
    _swap_some_withdrawals(rng, in_order)
    return in_order


def _swap_some_withdrawals(rng: Random, told: list[Fact]) -> None:
    for place in range(1, len(told)):
        before, fact = told[place - 1], told[place]
        follows = isinstance(fact, FactWithdrawn) and isinstance(before, FactRecorded)
        if follows and before.fact_id == fact.fact_id and rng.random() < WITHDRAWN_FIRST_SHARE:
            told[place - 1], told[place] = fact, before
