"""Every kind of fault, and how often it is drawn.

A weight is the number of cards of a kind in one deck; the campaign plays shuffled decks, so after
each of them every kind has struck in its proportion.
"""

from __future__ import annotations

from infra.faults.kinds.clocks import BrokerClock, Clock
from infra.faults.kinds.connections import Cut, HalfOpen, Held, Lost, Narrow, Refused, Slow
from infra.faults.kinds.disks import DiskFull
from infra.faults.kinds.fault import Fault
from infra.faults.kinds.poison import Poison
from infra.faults.kinds.pressure import Crowded, Descriptors, Starved
from infra.faults.kinds.processes import Down, Kill, Pause, Zombie
from infra.faults.kinds.servers import (
    BrokerKill,
    BrokerPause,
    BrokerRestart,
    PostgresCrash,
    PostgresImmediate,
    PostgresKill,
    PostgresPause,
    PostgresTerminate,
)
from infra.faults.kinds.workers import WorkerAdded, WorkerRemoved

WEIGHTS: dict[type[Fault], int] = {
    Kill: 26,
    Down: 3,
    Pause: 8,
    Zombie: 5,
    BrokerKill: 3,
    BrokerRestart: 2,
    BrokerPause: 3,
    PostgresCrash: 4,
    PostgresKill: 2,
    PostgresImmediate: 3,
    PostgresPause: 3,
    PostgresTerminate: 3,
    Cut: 6,
    Refused: 4,
    Slow: 4,
    Narrow: 2,
    Held: 5,
    Lost: 4,
    HalfOpen: 2,
    DiskFull: 4,
    Clock: 6,
    BrokerClock: 3,
    WorkerAdded: 3,
    WorkerRemoved: 3,
    Poison: 7,
    Starved: 3,
    Crowded: 1,
    Descriptors: 2,
}
KINDS: dict[str, type[Fault]] = {kind.name: kind for kind in WEIGHTS}

__all__ = ["KINDS", "WEIGHTS", "Fault"]
