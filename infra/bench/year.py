"""What a year of a country costs, derived from a run. Pure; every assumption has its name here."""

from __future__ import annotations

from dataclasses import dataclass

from infra.bench.lives import LIVES, REPEATS, SHARES
from infra.bench.report import Line, Report
from services.topology import FACTS, LOG, OUTCOMES

PRESCRIPTIONS = 300_000_000
OPEN_DAYS, OPEN_HOURS = 300, 10
"""All records come on so many days within so many hours."""

PEAK = 3
"""The busiest minutes have so many times the mean of the open hours."""

BROKERS, DATABASES = 3, 2
"""Copies: of every record on the brokers, of every row (a standby)."""

UTILISATION = 0.5
"""So much of a processor is meant to be used at the peak."""


@dataclass(frozen=True, slots=True)
class Row:
    """One derived figure: what it is, the figure with its unit, how it is derived."""

    what: str
    figure: str
    how: str


def records_per_prescription() -> float:
    """Of the bench's log, repeats included."""
    steps = sum(life.share * len(life.steps) for life in LIVES) / SHARES
    return steps * (1 + REPEATS)


def year(report: Report) -> list[Row]:
    """The rows that this run has the figures for."""
    records = PRESCRIPTIONS * records_per_prescription()
    mean = records / (OPEN_DAYS * OPEN_HOURS * 3600)
    rows = [
        Row(
            "records of the log",
            f"{records / 1e9:.2f} billion",
            f"{PRESCRIPTIONS / 1e6:.0f} million prescriptions of"
            f" {records_per_prescription():.2f} records, as in the log of the bench",
        ),
        Row(
            "records a second",
            f"{mean:,.0f} on average, {PEAK * mean:,.0f} at the peak",
            f"all within {OPEN_DAYS} days of {OPEN_HOURS} hours; the busiest minutes {PEAK} times "
            "the mean of these",
        ),
    ]
    registry, surveillance = report.line("registry"), report.line("surveillance")
    if registry is not None:
        rows += _registry(registry, records, PEAK * mean)
    if registry is not None and surveillance is not None:
        rows += _surveillance(registry, surveillance, records, PEAK * mean)
    rows += _rebuild(report, records)
    rows += _calls(report, records, PEAK * mean)
    return rows


def _registry(registry: Line, records: float, peak: float) -> list[Row]:
    used = registry.whole_cpu_us
    disk = registry.disk_bytes
    rows = [
        Row(
            "folding the registry",
            f"{used * records / 1e6 / 3600:,.0f} processor hours",
            f"{used:.0f} us a record for worker, Kafka and Postgres together",
        ),
        Row(
            "processors for it at the peak",
            f"{used * peak / 1e6 / UTILISATION:.2f}",
            f"{peak:,.0f} records a second at {UTILISATION:.0%} utilisation",
        ),
    ]
    topics = [topic.name for topic in (LOG, OUTCOMES, FACTS) if topic.name in disk]
    if topics:
        size = sum(disk[name] for name in topics)
        rows.append(
            Row(
                "the brokers' disks",
                f"{size * records * BROKERS / 1e12:.2f} TB",
                f"{size:.0f} bytes a record in {', '.join(topics)}, kept {BROKERS} times",
            )
        )
    if "postgres-tables" in disk:
        size = disk["postgres-tables"]
        rows.append(
            Row(
                "the registry's tables and indexes",
                f"{size * records * DATABASES / 1e12:.2f} TB",
                f"{size:.0f} bytes a record, kept {DATABASES} times",
            )
        )
    return rows


def _surveillance(registry: Line, surveillance: Line, records: float, peak: float) -> list[Row]:
    facts = surveillance.records / registry.records
    used = surveillance.whole_cpu_us
    return [
        Row(
            "surveillance",
            f"{used * facts * records / 1e6 / 3600:,.0f} processor hours",
            f"{facts:.2f} facts a record, {used:.0f} us a fact for worker, Kafka and Postgres",
        ),
        Row(
            "processors for it at the peak",
            f"{used * facts * peak / 1e6 / UTILISATION:.2f}",
            f"{facts * peak:,.0f} facts a second at {UTILISATION:.0%} utilisation",
        ),
    ]


def _rebuild(report: Report, records: float) -> list[Row]:
    rebuild = report.line("rebuild")
    if rebuild is None:
        return []
    return [
        Row(
            "rebuilding the registry from a year's log",
            f"{records / rebuild.rate / 3600:,.1f} hours",
            f"one process at {rebuild.rate:,.0f} records a second, as long as tables that fit into"
            " memory; the live one goes on meanwhile",
        )
    ]


def _calls(report: Report, records: float, peak: float) -> list[Row]:
    """What a submission through HTTP costs, from the highest rate that was held."""
    latency = report.latency
    if latency is None or latency.knee is None:
        return []
    [step] = (step for step in latency.steps if step.rate == latency.knee)
    answered = step.figures.verdicts / step.seconds
    used = sum(step.cores.values()) / answered
    return [
        Row(
            "submissions through HTTP, folding included",
            f"{used * records / 3600:,.0f} processor hours",
            f"{used * 1000:.2f} ms for a verdict at {step.rate:g} a second, all processes of the "
            "network together; every record as dear as a reservation",
        ),
        Row(
            "processors for it at the peak",
            f"{used * peak / UTILISATION:.1f}",
            f"{peak:,.0f} submissions a second at {UTILISATION:.0%} utilisation",
        ),
    ]
