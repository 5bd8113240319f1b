"""Who takes part, in the order of the table and of every round."""

from __future__ import annotations

from infra.bench.contestants.faust_table import FAUST_TABLE
from infra.bench.contestants.growth import GROWTH
from infra.bench.contestants.limits import DECODE, READ
from infra.bench.contestants.quix import QUIX
from infra.bench.contestants.rebuild import REBUILD
from infra.bench.contestants.workers import REGISTRY, SEVERAL, SURVEILLANCE
from infra.bench.stage import Contestant

SHORT: tuple[Contestant, ...] = (
    READ,
    DECODE,
    FAUST_TABLE,
    QUIX,
    REGISTRY,
    REBUILD,
    SURVEILLANCE,
)
"""The rebuild and surveillance take what the registry left in the same round."""

LINEUP = (*SHORT, *GROWTH, *SEVERAL)

MEASURE = DECODE.name
"""Every rate is also given as a share of this one's: no reader that understands is faster."""
