"""When calls arrive: independently of each other and of the answers. Pure."""

from __future__ import annotations

import random


def arrivals(rate: float, seconds: float, seed: int, after: float = 0.0) -> list[float]:
    """Moments from `after` on for so many seconds, `rate` of them a second on average: a Poisson
    process, in which arrivals bunch as they do at thousands of counters."""
    rng = random.Random(f"rxlog bench/arrivals/{seed}/{rate}/{after}")
    moments = []
    moment = after + rng.expovariate(rate)
    while moment < after + seconds:
        moments.append(moment)
        moment += rng.expovariate(rate)
    return moments
