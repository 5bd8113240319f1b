"""What so many records a second need, derived from a run. Pure; every assumption has its name here.

Between the machine that was measured and a country lie machines that were not: this is paper.
"""

from __future__ import annotations

from math import ceil

from infra.bench.report import Report
from infra.bench.year import BROKERS, UTILISATION, Row
from services.topology import FACTS, LOG, OUTCOMES

RATES = (1_000, 10_000, 100_000)
"""Records a second."""

HOURS_A_DAY = 10
"""A day's records come as in so many hours at that rate."""

PARTITIONS_PER_WORKER = 3
"""So that workers can be added, and one that dies leaves its share to several."""

DATABASE_PROCESSORS = 16
"""So many processors for one Postgres; more work is for another one, with partitions of its own."""


def scale(report: Report, rate: float) -> list[Row]:
    """What this rate needs; nothing without the figures."""
    registry, surveillance = report.line("registry"), report.line("surveillance")
    if registry is None or surveillance is None:
        return []
    facts = surveillance.records / registry.records
    workers = ceil(rate / (registry.rate * UTILISATION))
    watchers = ceil(rate * facts / (surveillance.rate * UTILISATION))
    used = registry.server_cpu_us["postgres"]
    postgres = rate * used / 1e6 / UTILISATION
    kafka = rate * registry.server_cpu_us["kafka"] / 1e6 / UTILISATION
    wal = registry.disk_bytes.get("postgres-wal", 0)
    size = sum(registry.disk_bytes.get(topic.name, 0) for topic in (LOG, OUTCOMES, FACTS))
    partitions = max(LOG.partitions, PARTITIONS_PER_WORKER * max(workers, watchers))
    return [
        Row(
            "workers of the registry", f"{workers:,}", f"{registry.rate:,.0f} records a second each"
        ),
        Row(
            "workers of surveillance",
            f"{watchers:,}",
            f"{surveillance.rate:,.0f} facts a second each, {facts:.2f} facts a record",
        ),
        Row("partitions", f"{partitions:,}", f"{PARTITIONS_PER_WORKER} a worker"),
        Row(
            "the registry's Postgres",
            f"{postgres:.1f} processors in {ceil(postgres / DATABASE_PROCESSORS)}",
            f"{used:.0f} us a record; {DATABASE_PROCESSORS} processors in one",
        ),
        Row(
            "its write-ahead log",
            f"{wal * rate / 1e6:,.0f} MB/s",
            f"{wal:,.0f} bytes a record: divide it among databases before the disk is full with it",
        ),
        Row("each broker", f"{kafka:.1f} processors", "all records on one, as in the bench"),
        Row(
            "the brokers' disks, a day",
            f"{size * rate * HOURS_A_DAY * 3600 * BROKERS / 1e12:.2f} TB",
            f"{size:.0f} bytes a record, {BROKERS} copies, {HOURS_A_DAY} hours",
        ),
    ]
