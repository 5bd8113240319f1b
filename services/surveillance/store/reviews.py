"""What reviews read and write besides panels: months, signals, alerts, and what is to be sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import asyncpg
import msgspec

from services.kernel.log.event_log import Record
from services.surveillance.measures.alerting import SubjectAlert
from services.surveillance.measures.months import Month
from services.surveillance.measures.reviewing import Found
from services.surveillance.measures.signals import Signal, SubjectKind
from services.surveillance.measures.watermark import Told
from services.topology import ALERTS

Pair = tuple[str, str]
"""A rule and a subject."""

_encode = msgspec.json.Encoder(order="deterministic").encode
_signal = msgspec.json.Decoder(Signal).decode
_alert = msgspec.json.Decoder(SubjectAlert).decode
_headers = msgspec.json.Decoder(list[tuple[str, bytes]]).decode


async def log_times(database: asyncpg.Connection) -> dict[int, dict[int, Told]]:
    """Partition of facts -> partition of the log -> until when it is known there."""
    rows = await database.fetch(
        "SELECT partition, log_partition, known_until, log_partitions FROM log_time"
    )
    found: dict[int, dict[int, Told]] = defaultdict(dict)
    for partition, log_partition, *told in rows:
        found[partition][log_partition] = Told(*told)
    return found


async def months(database: asyncpg.Connection) -> tuple[dict[Month, int], dict[Month, int]]:
    """How often a fact changed each month, and the state in which each was last reviewed."""
    changed = await database.fetch(
        "SELECT month, sum(changes)::bigint FROM counted_month GROUP BY month"
    )
    reviewed = await database.fetch("SELECT month, changes FROM month_review")
    return dict(map(tuple, changed)), dict(map(tuple, reviewed))


async def alone(database: asyncpg.Connection) -> None:
    """Wait until no other review writes; nobody else does until this transaction ends."""
    await database.execute("SELECT alone FROM review FOR UPDATE")


async def replace_signals(
    database: asyncpg.Connection, kind: SubjectKind, month: Month, found: Sequence[Found]
) -> set[Pair]:
    """Put what was found in a month in place of what was; returns the pairs that differ."""
    rows = await database.fetch(
        "DELETE FROM signal WHERE month = $1 AND subject_kind = $2"
        " RETURNING rule, rule_version, subject, content",
        month,
        kind,
    )
    before = {(rule, version, subject): content for rule, version, subject, content in rows}
    after = {(one.rule, one.version, one.signal.subject): _encode(one.signal) for one in found}
    await database.executemany(
        "INSERT INTO signal (rule, rule_version, subject, month, subject_kind, content)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        [(*key, month, kind, content) for key, content in after.items()],
    )
    return {
        (rule, subject)
        for rule, version, subject in before.keys() | after.keys()
        if before.get((rule, version, subject)) != after.get((rule, version, subject))
    }


async def signals(database: asyncpg.Connection, pairs: Collection[Pair], year: int) -> list[Found]:
    """The signals of a calendar year of these rules and subjects."""
    rows = await database.fetch(
        "SELECT rule_version, rule, content FROM signal"
        " WHERE (rule, subject) IN (SELECT * FROM unnest($1::text[], $2::text[]))"
        " AND month BETWEEN $3 AND $4",
        *_columns(pairs),
        year * 12,
        year * 12 + 11,
    )
    return [Found(version, rule, _signal(content)) for version, rule, content in rows]


async def alerts(
    database: asyncpg.Connection, pairs: Collection[Pair], year: int
) -> list[SubjectAlert]:
    """The alerts of a calendar year of these rules and subjects as last told."""
    rows = await database.fetch(
        "SELECT content FROM subject_alert"
        " WHERE (rule, subject) IN (SELECT * FROM unnest($1::text[], $2::text[])) AND year = $3",
        *_columns(pairs),
        year,
    )
    return [_alert(row["content"]) for row in rows]


def _columns(pairs: Collection[Pair]) -> tuple[list[str], list[str]]:
    in_order = sorted(pairs)
    return [rule for rule, _ in in_order], [subject for _, subject in in_order]


async def keep(
    database: asyncpg.Connection, changed: Iterable[SubjectAlert], to_send: Iterable[Record]
) -> None:
    """Write the alerts that changed, and the messages that say so."""
    await database.executemany(
        "INSERT INTO subject_alert (alert_id, rule, subject, year, content)"
        " VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (alert_id) DO UPDATE SET content = excluded.content",
        [(a.alert_id, a.rule, a.subject, a.month // 12, _encode(a)) for a in changed],
    )
    await database.executemany(
        "INSERT INTO unsent (key, value, headers) VALUES ($1, $2, $3)",
        [(r.key, r.value, _encode(r.headers)) for r in to_send],
    )


async def note_reviewed(database: asyncpg.Connection, month: Month, state: int) -> None:
    """A month was reviewed in this state of its counters."""
    await database.execute(
        "INSERT INTO month_review (month, changes) VALUES ($1, $2)"
        " ON CONFLICT (month) DO UPDATE SET changes = excluded.changes",
        month,
        state,
    )


async def unsent(database: asyncpg.Connection) -> tuple[int, list[Record]]:
    """What is to be sent, in order, and the place of the last of it."""
    rows = await database.fetch(
        "SELECT place, key, value, headers FROM unsent ORDER BY place LIMIT 1000"
    )
    records = [
        Record(ALERTS.name, row["key"], row["value"], _headers(row["headers"])) for row in rows
    ]
    return (rows[-1]["place"] if rows else 0), records


async def sent(database: asyncpg.Connection, until: int) -> None:
    """These are on the topic."""
    await database.execute("DELETE FROM unsent WHERE place <= $1", until)


async def told_until(database: asyncpg.Connection) -> datetime | None:
    """The watermark that was told last."""
    at: datetime | None = await database.fetchval("SELECT known_until FROM review")
    return at


async def note_told(database: asyncpg.Connection, at: datetime) -> None:
    """This watermark was told."""
    await database.execute("UPDATE review SET known_until = $1", at)
