"""The SQL by which cases, decisions and the rules' record are written from the log."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime

import asyncpg
import msgspec

from services.contracts.alerts import WatermarkAdvanced
from services.contracts.decisions import RuleReleased
from services.kernel.folding.comparing import Dump
from services.oversight.cases.case import Case, gravest
from services.oversight.cases.finality import case_final_from
from services.oversight.cases.folding import Decision
from services.oversight.cases.score import rank

_encode = msgspec.json.Encoder(order="deterministic").encode
NOTHING_COUNTS = float("-inf")
"""The rank of a case whose score is nothing."""


async def load(database: asyncpg.Connection, subjects: Iterable[str]) -> list[Case]:
    """The cases of these subjects."""
    rows = await database.fetch(
        "SELECT state FROM case_file WHERE subject = ANY($1)", sorted(set(subjects))
    )
    return [decode(row["state"]) for row in rows]


async def known_alerts(database: asyncpg.Connection, alert_ids: Iterable[str]) -> dict[str, bool]:
    """Those that are known already, and whether a change of each was told as no statistic."""
    rows = await database.fetch(
        "SELECT alert_id, EXISTS (SELECT FROM alert_change AS c WHERE c.alert_id = a.alert_id"
        " AND NOT c.is_statistics) AS was_told FROM alert AS a WHERE alert_id = ANY($1)",
        sorted(set(alert_ids)),
    )
    return {row["alert_id"]: row["was_told"] for row in rows}


async def known_decisions(database: asyncpg.Connection, ids: Iterable[str]) -> set[str]:
    """Those of these decisions that were ruled on already."""
    rows = await database.fetch(
        "SELECT decision_id FROM decision WHERE decision_id = ANY($1)", sorted(set(ids))
    )
    return {row["decision_id"] for row in rows}


async def save(database: asyncpg.Connection, cases: Collection[Case]) -> None:
    """Write cases as they are now."""
    if not cases:
        return
    await database.executemany(
        "INSERT INTO case_file (number, subject_kind, subject, step, final_from, severity, rank,"
        " opened_at, changed_at, first_decided_at, duties, state)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
        " ON CONFLICT (number) DO UPDATE SET step = excluded.step,"
        " final_from = excluded.final_from, severity = excluded.severity, rank = excluded.rank,"
        " changed_at = excluded.changed_at, first_decided_at = excluded.first_decided_at,"
        " duties = excluded.duties, state = excluded.state",
        [_case_row(case) for case in cases],
    )
    await database.executemany(
        "INSERT INTO case_alert (case_number, alert_id, rule, severity, raised_at, told_at,"
        " is_open, judged) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        " ON CONFLICT (case_number, alert_id) DO UPDATE SET"
        " severity = excluded.severity, is_open = excluded.is_open, judged = excluded.judged",
        [
            (case.number, alert_id, held.rule, held.severity, held.raised_at, held.told_at,
             held.is_open, held.judged)
            for case in cases
            for alert_id, held in case.alerts.items()
        ],
    )  # fmt: skip


async def append_decisions(database: asyncpg.Connection, decisions: Iterable[Decision]) -> None:
    """Append decisions with their rulings."""
    await database.executemany(
        'INSERT INTO decision (decision_id, partition, "offset", case_number, recorded_at, ruling,'
        " event) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        [
            (d.event.decision_id, d.partition, d.offset, d.event.case_number, d.recorded_at,
             d.ruling, _encode(d.event))
            for d in decisions
        ],
    )  # fmt: skip


async def count_raised(
    database: asyncpg.Connection, raised: Mapping[tuple[str, date, int], int]
) -> None:
    """Add to how often each rule fired."""
    await database.executemany(
        "INSERT INTO rule_day (rule, day, partition, raised) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (rule, day, partition) DO UPDATE SET raised = rule_day.raised"
        " + excluded.raised",
        [(*place, raised[place]) for place in sorted(raised)],
    )


async def append_releases(
    database: asyncpg.Connection, releases: Iterable[tuple[datetime, RuleReleased]]
) -> None:
    """Append releases not known yet, with when they were recorded."""
    await database.executemany(
        "INSERT INTO rule_release (release_id, rule, recorded_at, event) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT DO NOTHING",
        [(event.release_id, event.rule, at, _encode(event)) for at, event in releases],
    )


async def advance_watermarks(
    database: asyncpg.Connection, advanced: Iterable[tuple[int, WatermarkAdvanced]]
) -> None:
    """Move the watermarks of partitions on; one never goes back."""
    await database.executemany(
        "INSERT INTO watermark AS known (partition, at, idle) VALUES ($1, $2, $3)"
        " ON CONFLICT (partition) DO UPDATE SET at = excluded.at, idle = excluded.idle"
        " WHERE known.at <= excluded.at",
        [(partition, event.at, list(event.idle)) for partition, event in advanced],
    )


def decode(state: bytes) -> Case:
    """A case as it was written."""
    return msgspec.json.decode(state, type=Case)


def _case_row(case: Case) -> tuple[object, ...]:
    ranked = rank(case)
    return (
        case.number,
        case.subject_kind,
        case.subject,
        case.step,
        case_final_from(case),
        gravest(held.severity for held in case.alerts.values() if held.is_open),
        NOTHING_COUNTS if ranked is None else ranked,
        case.opened_at.astimezone(UTC),
        case.changed_at.astimezone(UTC),
        case.first_decided_at,
        len(case.duties),
        _encode(case),
    )


DUMPS = (
    Dump("case_file", ("number",)),
    Dump("case_alert", ("case_number", "alert_id"), text=("alert_id",)),
    Dump("decision", ("decision_id",), text=("decision_id",)),
    Dump("rule_day", ("rule", "day", "partition"), text=("rule",)),
    Dump("rule_release", ("release_id",), text=("release_id",)),
    Dump("watermark", ("partition",)),
)
"""Everything of cases that comes from the log."""
