"""The SQL of alerts and their changes, and of who looked at what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Any, NamedTuple

import asyncpg
import msgspec

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


class HeldBack(NamedTuple):
    """A rule whose alerts since a moment, by when the log told of them, are not shown: it fired far
    too often."""

    rule: str
    since: datetime


_told = attrgetter(*_ALERT_COLUMNS[:-2])

# What the folders write


async def save_alerts(database: asyncpg.Connection, alerts: Collection[Alert]) -> None:
    """Write alerts; an older revision never overwrites a newer one, `raised_at` and `told_at`
    stay the first."""
    if not alerts:
        return
    rows = [(*_told(alert), _encode(alert.evidence), _encode(alert.figures)) for alert in alerts]
    await database.execute(
        "INSERT INTO alert (alert_id, rule, rule_version, severity, subject_kind, subject, status,"
        " raised_at, told_at, changed_at, episode_start, episode_end, revision, evidence, figures)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],"
        " $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[],"
        " $11::timestamptz[], $12::timestamptz[], $13::int[], $14::json[], $15::json[])"
        " ON CONFLICT (alert_id) DO UPDATE SET severity = excluded.severity,"
        " status = excluded.status, changed_at = excluded.changed_at,"
        " episode_start = excluded.episode_start, episode_end = excluded.episode_end,"
        " revision = excluded.revision, evidence = excluded.evidence, figures = excluded.figures"
        " WHERE alert.revision < excluded.revision",
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def append_changes(
    database: asyncpg.Connection, changes: Collection[Changed], *, statistics: Collection[str]
) -> None:
    """Append changes not known yet; those with these ids are statistics only."""
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
            c.change.change_id in statistics,
        )
        for c in changes
    ]
    await database.execute(
        'INSERT INTO alert_change (partition, "offset", change_id, alert_id, revision, kind,'
        " recorded_at, change, is_statistics) SELECT * FROM unnest($1::int[], $2::bigint[],"
        " $3::text[], $4::text[], $5::int[], $6::text[], $7::timestamptz[], $8::json[], $9::bool[])"
        " ON CONFLICT DO NOTHING",
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def announce(database: asyncpg.Connection) -> None:
    """Wake who waits for news when the transaction commits."""
    await database.execute("SELECT pg_notify($1, '')", CHANNEL)


# What regulators ask


async def alerts(
    database: asyncpg.Connection,
    *,
    rule: str | None = None,
    severities: Sequence[Severity] = (),
    subject: str | None = None,
    status: Status | None = None,
    since: datetime | None = None,
    statistics: bool = True,
    held_back: Collection[HeldBack] = (),
    before: Place | None = None,
    limit: int,
) -> list[Alert]:
    """Alerts, newest first; only the filters given are in the statement, so that each has its
    index. Without `statistics`, S4 is left out; so is what is `held_back`."""
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
    if not statistics:
        conditions.append("severity <> 'S4'")
    for held in held_back:
        conditions.append(f"NOT (rule = {bound(held.rule)} AND told_at >= {bound(held.since)})")
    if before is not None:
        place = f"({bound(before.at)}::timestamptz, {bound(before.name)}::text)"
        conditions.append(f"(raised_at, alert_id) < {place}")
    rows = await database.fetch(
        f"SELECT * FROM alert WHERE {' AND '.join(conditions)}"
        f" ORDER BY raised_at DESC, alert_id DESC LIMIT {bound(limit)}",
        *given,
    )
    return [alert_of(row) for row in rows]


async def alert(database: asyncpg.Connection, alert_id: str) -> Alert | None:
    row = await database.fetchrow("SELECT * FROM alert WHERE alert_id = $1", alert_id)
    return alert_of(row) if row is not None else None


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
    database: asyncpg.Connection,
    cursor: Mapping[int, int],
    *,
    statistics: bool = True,
    held_back: Collection[HeldBack] = (),
    limit: int,
) -> list[list[Changed]]:
    """The changes from a cursor on, per partition in log order, `limit` of each at most.

    Without `statistics` and what is `held_back`, when asked so.
    """
    asking = "" if statistics else " AND NOT a.is_statistics"
    held = "".join(
        " AND NOT EXISTS (SELECT FROM alert AS h WHERE h.alert_id = a.alert_id"
        f" AND h.rule = ${2 * n + 5} AND h.told_at >= ${2 * n + 6})"
        for n in range(len(held_back))
    )
    rows = await database.fetch(
        'SELECT c.partition, c."offset", c.recorded_at, c.kind, c.change FROM fold_position AS p'
        " LEFT JOIN unnest($2::int[], $3::bigint[]) AS seen (partition, next_offset)"
        " ON seen.partition = p.partition"
        " CROSS JOIN LATERAL (SELECT * FROM alert_change AS a WHERE a.partition = p.partition"
        f' AND a."offset" >= coalesce(seen.next_offset, 0){asking}{held}'
        ' ORDER BY a."offset" LIMIT $4) AS c'
        ' WHERE p.topic = $1 ORDER BY c.partition, c."offset"',
        ALERTS.name,
        list(cursor),
        list(cursor.values()),
        limit,
        *(given for one in held_back for given in one),
    )
    partitions: dict[int, list[Changed]] = {}
    for row in rows:
        partitions.setdefault(row["partition"], []).append(_changed(row))
    return list(partitions.values())


async def open_by_rule(database: asyncpg.Connection) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await database.fetch(
        "SELECT rule, severity, count(*) AS alerts FROM alert WHERE status = 'open'"
        " AND suppressed_by = '' GROUP BY 1, 2 ORDER BY 1, 2"
    )
    return rows


async def suppressed_by_rule(database: asyncpg.Connection) -> list[asyncpg.Record]:
    """How many patterns are on record only, by rule and the exemptions that hold for them."""
    rows: list[asyncpg.Record] = await database.fetch(
        "SELECT rule, suppressed_by, count(*)::int AS alerts FROM alert"
        " WHERE suppressed_by <> '' AND status = 'open' GROUP BY 1, 2 ORDER BY 1, 2"
    )
    return rows


async def per_day(database: asyncpg.Connection, first_day: date) -> list[asyncpg.Record]:
    """Alerts by Vietnam's calendar day on which they were raised, and by rule; without those that
    are on record only."""
    rows: list[asyncpg.Record] = await database.fetch(
        "SELECT (raised_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day, rule,"
        " count(*) AS raised, count(*) FILTER (WHERE status = 'retracted') AS since_retracted"
        " FROM alert WHERE raised_at >= ($1::date)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'"
        " AND suppressed_by = ''"
        " GROUP BY 1, 2 ORDER BY 1, 2",
        first_day,
    )
    return rows


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


def alert_of(row: Mapping[str, Any]) -> Alert:
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


DUMPS = (
    Dump("alert", ("alert_id",), text=("alert_id",)),
    Dump("alert_change", ("partition", "offset")),
)
"""Everything oversight holds of alerts."""
