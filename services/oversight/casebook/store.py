"""The SQL by which cases, decisions and the rules' record are read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import asyncpg
import msgspec

from services.contracts.decisions import CaseDecided
from services.oversight.cases.case import Case
from services.oversight.cases.deciding import Ruling
from services.oversight.cases.finality import NEW, Status
from services.oversight.cases.folding import Decision
from services.oversight.cases.reasons import Judgement
from services.oversight.cases.store import decode
from services.oversight.projection import Alert
from services.oversight.store import HeldBack, alert_of
from services.topology import ALERTS


class Ranked(NamedTuple):
    """A case with its place in the queue."""

    rank: float
    case: Case


async def case(database: asyncpg.Connection, number: int) -> Case | None:
    row = await database.fetchrow("SELECT state FROM case_file WHERE number = $1", number)
    return decode(row["state"]) if row is not None else None


async def cases(
    database: asyncpg.Connection,
    *,
    statuses: Collection[Status] = (),
    watermark: datetime | None,
    rule: str | None = None,
    subject: str | None = None,
    owing: bool = False,
    held_back: Collection[HeldBack] = (),
    before: tuple[float, int] | None = None,
    limit: int,
) -> list[Ranked]:
    """Cases, the heaviest first; undecided ones of which only what is `held_back` asks for
    attention are left out, unless somebody must be told."""
    given, bound = _binding()
    conditions = ["true"]
    if statuses:
        mark = f"{bound(watermark)}::timestamptz" if NEW.intersection(statuses) else ""
        conditions.append(f"({' OR '.join(_in_status(one, mark) for one in sorted(statuses))})")
    if rule is not None:
        conditions.append(
            "EXISTS (SELECT FROM case_alert AS a WHERE a.case_number = number"
            f" AND a.rule = {bound(rule)})"
        )
    if subject is not None:
        conditions.append(f"subject = {bound(subject)}")
    if owing:
        conditions.append("duties > 0")
    if held_back:
        conditions.append(_is_heard(held_back, bound))
    if before is not None:
        place = f"({bound(before[0])}::float8, {bound(before[1])}::bigint)"
        conditions.append(f"(rank, number) < {place}")
    rows = await database.fetch(
        f"SELECT rank, state FROM case_file WHERE {' AND '.join(conditions)}"
        f" ORDER BY rank DESC, number DESC LIMIT {bound(limit)}",
        *given,
    )
    return [Ranked(row["rank"], decode(row["state"])) for row in rows]


async def new_cases(database: asyncpg.Connection, *, held_back: Collection[HeldBack] = ()) -> int:
    """How many of the cases that are shown wait for a first decision, whatever they weigh."""
    given, bound = _binding()
    conditions = ["step IS NULL AND final_from IS NOT NULL AND rank > '-Infinity'"]
    if held_back:
        conditions.append(_is_heard(held_back, bound))
    return int(
        await database.fetchval(
            f"SELECT count(*) FROM case_file WHERE {' AND '.join(conditions)}", *given
        )
    )


async def first_decided_since(database: asyncpg.Connection, since: datetime) -> int:
    """How many cases got their first decision since a moment."""
    return int(
        await database.fetchval(
            "SELECT count(*) FROM case_file WHERE first_decided_at >= $1", since
        )
    )


async def alerts_of(database: asyncpg.Connection, alert_ids: Iterable[str]) -> list[Alert]:
    """These alerts with their evidence, oldest episode first."""
    rows = await database.fetch(
        "SELECT * FROM alert WHERE alert_id = ANY($1) ORDER BY episode_start, alert_id",
        sorted(set(alert_ids)),
    )
    return [alert_of(row) for row in rows]


async def suppressed_of(
    database: asyncpg.Connection, subject_kind: str, subject: str, *, limit: int
) -> list[Alert]:
    """What is on record of a subject for nobody to act on, as exemptions hold; newest first."""
    rows = await database.fetch(
        "SELECT * FROM alert WHERE subject = $2 AND subject_kind = $1 AND suppressed_by <> ''"
        " AND status = 'open' ORDER BY raised_at DESC, alert_id DESC LIMIT $3",
        subject_kind,
        subject,
        limit,
    )
    return [alert_of(row) for row in rows]


async def cases_of(database: asyncpg.Connection, alert_ids: Iterable[str]) -> dict[str, int]:
    """The newest case of each alert that is in one."""
    rows = await database.fetch(
        "SELECT alert_id, max(case_number) AS number FROM case_alert"
        " WHERE alert_id = ANY($1) GROUP BY 1",
        sorted(set(alert_ids)),
    )
    return {row["alert_id"]: row["number"] for row in rows}


async def decisions_of(database: asyncpg.Connection, number: int) -> list[Decision]:
    """The decisions of a case in the order of the log, those that did not count too."""
    rows = await database.fetch(
        'SELECT * FROM decision WHERE case_number = $1 ORDER BY partition, "offset"', number
    )
    return [_decision(row) for row in rows]


async def decision(database: asyncpg.Connection, decision_id: str) -> Decision | None:
    row = await database.fetchrow("SELECT * FROM decision WHERE decision_id = $1", decision_id)
    return _decision(row) if row is not None else None


async def watermark(database: asyncpg.Connection) -> datetime | None:
    """Up to where facts are complete; None while a partition of the alerts was not told."""
    mark: datetime | None = await database.fetchval(
        "SELECT min(at) FROM watermark HAVING count(*) >= $1", ALERTS.partitions
    )
    return mark


async def idle_partitions(database: asyncpg.Connection) -> list[int]:
    """Partitions of the log that have been silent for long, for which no watermark waits."""
    rows = await database.fetch("SELECT DISTINCT unnest(idle) AS idle FROM watermark ORDER BY 1")
    return [row["idle"] for row in rows]


async def fired(database: asyncpg.Connection) -> dict[str, dict[date, int]]:
    """Rule -> day -> alerts first raised."""
    rows = await database.fetch(
        "SELECT rule, day, sum(raised)::int AS raised FROM rule_day GROUP BY 1, 2"
    )
    found: dict[str, dict[date, int]] = {}
    for row in rows:
        found.setdefault(row["rule"], {})[row["day"]] = row["raised"]
    return found


async def releases(database: asyncpg.Connection) -> dict[str, list[datetime]]:
    """Rule -> when people let it be heard again."""
    rows = await database.fetch("SELECT rule, recorded_at FROM rule_release ORDER BY recorded_at")
    found: dict[str, list[datetime]] = {}
    for row in rows:
        found.setdefault(row["rule"], []).append(row["recorded_at"])
    return found


async def judgements(database: asyncpg.Connection) -> dict[str, dict[Judgement, int]]:
    """Rule -> what people said alerts of it were worth -> how many."""
    rows = await database.fetch(
        "SELECT rule, judged, count(*)::int AS alerts FROM case_alert WHERE judged IS NOT NULL"
        " GROUP BY 1, 2"
    )
    found: dict[str, dict[Judgement, int]] = {}
    for row in rows:
        found.setdefault(row["rule"], {})[row["judged"]] = row["alerts"]
    return found


async def retracted(database: asyncpg.Connection) -> Mapping[str, int]:
    """Rule -> alerts that are retracted now; without those that were on record only."""
    rows: Sequence[asyncpg.Record] = await database.fetch(
        "SELECT rule, count(*)::int AS alerts FROM alert WHERE status = 'retracted'"
        " AND suppressed_by = '' GROUP BY 1"
    )
    return {row["rule"]: row["alerts"] for row in rows}


def _binding() -> tuple[list[Any], Callable[[Any], str]]:
    """The values given to a statement, and what takes one more and answers its place."""
    given: list[Any] = []

    def bound(value: Any) -> str:
        given.append(value)
        return f"${len(given)}"

    return given, bound


def _is_heard(held_back: Collection[HeldBack], bound: Callable[[Any], str]) -> str:
    """The cases that rules held back do not silence: nothing of it is held back, or something else
    stands, or people have it in hand. A duty to tell is silenced by nothing."""
    held = " OR ".join(
        f"(a.rule = {bound(one.rule)} AND a.told_at >= {bound(one.since)})" for one in held_back
    )
    stands = "SELECT FROM case_alert AS a WHERE a.case_number = number AND a.is_open"
    return (
        f"(step IS NOT NULL OR duties > 0 OR NOT EXISTS ({stands} AND ({held}))"
        f" OR EXISTS ({stands} AND a.severity <> 'S4' AND NOT ({held})))"
    )


def _in_status(status: Status, mark: str) -> str:
    undecided = "step IS NULL AND final_from IS"
    match status:
        case "provisional":
            return f"({undecided} NOT NULL AND ({mark} IS NULL OR final_from > {mark}))"
        case "open":
            return f"({undecided} NOT NULL AND final_from <= {mark})"
        case "retracted":
            return f"({undecided} NULL)"
        case _:
            return f"step = '{status.upper()}'"


def _decision(row: Mapping[str, Any]) -> Decision:
    ruling: Ruling = row["ruling"]
    return Decision(
        partition=row["partition"],
        offset=row["offset"],
        recorded_at=row["recorded_at"],
        ruling=ruling,
        event=msgspec.json.decode(row["event"], type=CaseDecided),
    )
