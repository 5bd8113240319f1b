"""Every SQL statement of oversight."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Any

import asyncpg
import msgspec

from services.contracts.dead_letters import DeadLettered
from services.contracts.terms import Severity
from services.kernel.folding.comparing import Dump
from services.kernel.http.tokens import Caller
from services.oversight.cursors import Place
from services.oversight.projection import KINDS, Alert, Changed, Status
from services.topology import ALERTS

CHANNEL = "oversight_alert_change"
"""Postgres channel on which a commit that holds new changes is announced."""

_encode = msgspec.json.Encoder(order="deterministic").encode
_TYPES = {kind: change for change, kind in KINDS.items()}
_ALERT_COLUMNS = Alert.__struct_fields__
_told = attrgetter(*_ALERT_COLUMNS[:-2])
_letter = attrgetter(
    *("dead_letter_id", "folder", "source_topic", "source_partition", "source_offset"),
    *("recorded_at", "key", "value", "error"),
)

# What the folders write


async def save_alerts(database: asyncpg.Connection, alerts: Collection[Alert]) -> None:
    """Write alerts; an older revision never overwrites a newer one, `raised_at` stays the first."""
    if not alerts:
        return
    rows = [(*_told(alert), _encode(alert.evidence), _encode(alert.figures)) for alert in alerts]
    await database.execute(
        "INSERT INTO alert (alert_id, rule, rule_version, severity, subject_kind, subject, status,"
        " raised_at, changed_at, episode_start, episode_end, revision, evidence, figures)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],"
        " $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[],"
        " $11::timestamptz[], $12::int[], $13::json[], $14::json[])"
        " ON CONFLICT (alert_id) DO UPDATE SET severity = excluded.severity,"
        " status = excluded.status, changed_at = excluded.changed_at,"
        " episode_start = excluded.episode_start, episode_end = excluded.episode_end,"
        " revision = excluded.revision, evidence = excluded.evidence, figures = excluded.figures"
        " WHERE alert.revision < excluded.revision",
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def append_changes(database: asyncpg.Connection, changes: Collection[Changed]) -> None:
    """Append changes not known yet, and announce them when the transaction commits."""
    if not changes:
        return
    rows = [
        (
            c.partition,
            c.offset,
            c.change.change_id,
            c.change.alert_id,
            c.change.revision,
            c.kind,
            c.recorded_at,
            _encode(c.change),
        )
        for c in changes
    ]
    await database.execute(
        'INSERT INTO alert_change (partition, "offset", change_id, alert_id, revision, kind,'
        " recorded_at, change) SELECT * FROM unnest($1::int[], $2::bigint[], $3::text[],"
        " $4::text[], $5::int[], $6::text[], $7::timestamptz[], $8::json[])"
        " ON CONFLICT DO NOTHING",
        *(list(column) for column in zip(*rows, strict=True)),
    )
    await database.execute("SELECT pg_notify($1, '')", CHANNEL)


async def save_dead_letters(
    database: asyncpg.Connection, letters: Collection[DeadLettered]
) -> None:
    """Append dead letters not known yet."""
    if not letters:
        return
    rows = [(*_letter(letter), _encode(letter.headers)) for letter in letters]
    await database.execute(
        "INSERT INTO dead_letter (dead_letter_id, folder, source_topic, source_partition,"
        " source_offset, recorded_at, key, value, error, headers)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::bigint[],"
        " $6::timestamptz[], $7::bytea[], $8::bytea[], $9::text[], $10::json[])"
        " ON CONFLICT (dead_letter_id) DO NOTHING",
        *(list(column) for column in zip(*rows, strict=True)),
    )


# What regulators ask


async def alerts(
    database: asyncpg.Connection,
    *,
    rule: str | None = None,
    severities: Sequence[Severity] = (),
    subject: str | None = None,
    status: Status | None = None,
    since: datetime | None = None,
    before: Place | None = None,
    limit: int,
) -> list[Alert]:
    """Alerts, newest first; only the filters given are in the statement, so that each has its
    index."""
    given: list[Any] = []

    def bound(value: Any) -> str:
        given.append(value)
        return f"${len(given)}"

    conditions = ["true"]
    if rule is not None:
        conditions.append(f"rule = {bound(rule)}")
    if severities:
        conditions.append(f"severity = ANY({bound(list(severities))}::text[])")
    if subject is not None:
        conditions.append(f"subject = {bound(subject)}")
    if status is not None:
        conditions.append(f"status = {bound(status)}")
    if since is not None:
        conditions.append(f"raised_at >= {bound(since)}")
    if before is not None:
        place = f"({bound(before.at)}::timestamptz, {bound(before.name)}::text)"
        conditions.append(f"(raised_at, alert_id) < {place}")
    rows = await database.fetch(
        f"SELECT * FROM alert WHERE {' AND '.join(conditions)}"
        f" ORDER BY raised_at DESC, alert_id DESC LIMIT {bound(limit)}",
        *given,
    )
    return [_alert(row) for row in rows]


async def alert(database: asyncpg.Connection, alert_id: str) -> Alert | None:
    row = await database.fetchrow("SELECT * FROM alert WHERE alert_id = $1", alert_id)
    return _alert(row) if row is not None else None


async def changes_of(database: asyncpg.Connection, alert_id: str, *, limit: int) -> list[Changed]:
    """The newest changes of an alert, the oldest of them first."""
    rows = await database.fetch(
        'SELECT partition, "offset", recorded_at, kind, change FROM alert_change'
        " WHERE alert_id = $1 ORDER BY revision DESC LIMIT $2",
        alert_id,
        limit,
    )
    return [_changed(row) for row in reversed(rows)]


async def feed_end(database: asyncpg.Connection) -> dict[int, int]:
    """The next offset of each partition: where a feed that begins now begins."""
    rows = await database.fetch(
        "SELECT partition, next_offset FROM fold_position WHERE topic = $1", ALERTS.name
    )
    return {row["partition"]: row["next_offset"] for row in rows}


async def changes_after(
    database: asyncpg.Connection, cursor: Mapping[int, int], *, limit: int
) -> list[list[Changed]]:
    """The changes from a cursor on, per partition in log order, `limit` of each at most."""
    rows = await database.fetch(
        'SELECT c.partition, c."offset", c.recorded_at, c.kind, c.change FROM fold_position AS p'
        " LEFT JOIN unnest($2::int[], $3::bigint[]) AS seen (partition, next_offset)"
        " ON seen.partition = p.partition"
        " CROSS JOIN LATERAL (SELECT * FROM alert_change AS a WHERE a.partition = p.partition"
        ' AND a."offset" >= coalesce(seen.next_offset, 0) ORDER BY a."offset" LIMIT $4) AS c'
        ' WHERE p.topic = $1 ORDER BY c.partition, c."offset"',
        ALERTS.name,
        list(cursor),
        list(cursor.values()),
        limit,
    )
    partitions: dict[int, list[Changed]] = {}
    for row in rows:
        partitions.setdefault(row["partition"], []).append(_changed(row))
    return list(partitions.values())


async def open_by_rule(database: asyncpg.Connection) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await database.fetch(
        "SELECT rule, severity, count(*) AS alerts FROM alert WHERE status = 'open'"
        " GROUP BY 1, 2 ORDER BY 1, 2"
    )
    return rows


async def per_day(database: asyncpg.Connection, first_day: date) -> list[asyncpg.Record]:
    """Alerts by Vietnam's calendar day on which they were raised, and by rule."""
    rows: list[asyncpg.Record] = await database.fetch(
        "SELECT (raised_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day, rule,"
        " count(*) AS raised, count(*) FILTER (WHERE status = 'retracted') AS since_retracted"
        " FROM alert WHERE raised_at >= ($1::date)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'"
        " GROUP BY 1, 2 ORDER BY 1, 2",
        first_day,
    )
    return rows


async def dead_letters_by_origin(database: asyncpg.Connection) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await database.fetch(
        "SELECT folder, source_topic, count(*) AS dead_letters, max(recorded_at) AS newest"
        " FROM dead_letter GROUP BY 1, 2 ORDER BY 1, 2"
    )
    return rows


async def dead_letters(
    database: asyncpg.Connection, *, before: Place | None, limit: int, bytes_max: int
) -> list[asyncpg.Record]:
    """Dead letters, newest first; keys and values cut at `bytes_max`, `value_bytes` is the size."""
    rows: list[asyncpg.Record] = await database.fetch(
        "SELECT dead_letter_id, folder, source_topic, source_partition, source_offset,"
        " recorded_at, substring(key FROM 1 FOR $4) AS key, substring(value FROM 1 FOR $4)"
        " AS value, octet_length(value) AS value_bytes, error FROM dead_letter"
        " WHERE $1::timestamptz IS NULL OR (recorded_at, dead_letter_id) < ($1, $2::text)"
        " ORDER BY recorded_at DESC, dead_letter_id DESC LIMIT $3",
        before.at if before else None,
        before.name if before else None,
        limit,
        bytes_max,
    )
    return rows


async def dead_letter(database: asyncpg.Connection, dead_letter_id: str) -> asyncpg.Record | None:
    """One dead letter, whole."""
    return await database.fetchrow(
        "SELECT *, octet_length(value) AS value_bytes FROM dead_letter WHERE dead_letter_id = $1",
        dead_letter_id,
    )


async def note_lookup(
    database: asyncpg.Connection,
    *,
    at: datetime,
    caller: Caller,
    what: str,
    subjects: Collection[str] = (),
    purpose: str = "",
) -> None:
    """Put a read on record before it is answered; `subjects` are those the answer shows."""
    await database.execute(
        "INSERT INTO lookup (at, facility_id, role, person_id, what, subjects, purpose)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        at,
        caller.facility,
        caller.role,
        caller.person,
        what,
        sorted(set(subjects)),
        purpose,
    )


def _alert(row: Mapping[str, Any]) -> Alert:
    plain = {name: row[name] for name in _ALERT_COLUMNS}
    plain["evidence"] = msgspec.json.decode(plain["evidence"])
    plain["figures"] = msgspec.json.decode(plain["figures"])
    return msgspec.convert(plain, Alert)


def _changed(row: Mapping[str, Any]) -> Changed:
    return Changed(
        partition=row["partition"],
        offset=row["offset"],
        recorded_at=row["recorded_at"],
        change=msgspec.json.decode(row["change"], type=_TYPES[row["kind"]]),
    )


# Dump, for comparing two folds byte by byte

DUMPS = (
    Dump("alert", ("alert_id",), text=("alert_id",)),
    Dump("alert_change", ("partition", "offset")),
    Dump("dead_letter", ("dead_letter_id",), text=("dead_letter_id",)),
    Dump("redrive", ("dead_letter_id", "topic", "partition", "offset"), text=("dead_letter_id",)),
)
"""Everything oversight holds of the log."""
