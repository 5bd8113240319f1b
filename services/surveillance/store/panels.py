"""The panel of a month from the tables: what `measures.panel.panel` makes in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import asyncpg

from services.surveillance.measures.doses import Doses
from services.surveillance.measures.measure import SLOTS_A_DAY, Measure, kind_of
from services.surveillance.measures.months import Month, first_day, last_day
from services.surveillance.measures.panel import (
    PARTED,
    SERIES_DAYS,
    SUMMED,
    Panel,
    Peak,
    Series,
    SoldAt,
    Total,
)
from services.surveillance.measures.signals import SubjectKind
from services.surveillance.measures.ties import TIE_MIN, TIES_MONTHS, Pairs, Ties

_PARTS = (
    "SELECT measure, subject, part, sum(value)::bigint AS value FROM counter"
    " WHERE measure = ANY($1) AND period BETWEEN $2 AND $3"
    " GROUP BY measure, subject, part HAVING sum(value) > 0"
)


async def load(database: asyncpg.Connection, kind: SubjectKind, month: Month) -> Panel:
    """The panel of one kind of subject in a month; without peers."""
    is_prescriber = kind == "prescriber"
    return Panel(
        kind=kind,
        month=month,
        totals=await _totals(database, kind, month),
        totals_before=await _totals(database, kind, month - 1),
        parts=await _parts(database, kind, month),
        series=await _series(database, month) if is_prescriber else {},
        peaks=await _peaks(database, month) if is_prescriber else {},
        sold_at=await _sold_at(database, month) if is_prescriber else {},
        ties=await _ties(database, month) if kind == "pharmacy" else Ties(),
        doses=await _doses(database, month) if kind == "patient" else Doses(),
    )


async def _totals(
    database: asyncpg.Connection, kind: SubjectKind, month: Month
) -> Mapping[str, Mapping[Measure, Total]]:
    measures = [int(measure) for measure in SUMMED if kind_of(measure) == kind]
    rows = await database.fetch(
        f"WITH of_part AS ({_PARTS}) SELECT subject, measure, sum(value)::bigint AS value,"
        " count(*) AS parts, max(value) AS top,"
        ' (array_agg(part ORDER BY value DESC, part COLLATE "C"))[1] AS top_part,'
        " sum(value * ln(value::float8) ORDER BY value) AS spread"
        " FROM of_part GROUP BY subject, measure",
        measures,
        first_day(month),
        last_day(month),
    )
    found: dict[str, dict[Measure, Total]] = defaultdict(dict)
    for subject, measure, *total in rows:
        found[subject][Measure(measure)] = Total(*total)
    return found


async def _parts(
    database: asyncpg.Connection, kind: SubjectKind, month: Month
) -> Mapping[tuple[str, Measure], Mapping[str, int]]:
    measures = [int(measure) for measure in PARTED if kind_of(measure) == kind]
    rows = await database.fetch(_PARTS, measures, first_day(month), last_day(month))
    found: dict[tuple[str, Measure], dict[str, int]] = defaultdict(dict)
    for measure, subject, part, value in rows:
        found[subject, Measure(measure)][part] = value
    return found


async def _series(database: asyncpg.Connection, month: Month) -> Mapping[str, Series]:
    rows = await database.fetch(
        "SELECT subject, array_agg(period ORDER BY period), array_agg(value ORDER BY period)"
        " FROM (SELECT subject, period, sum(value)::bigint AS value FROM counter"
        " WHERE measure = $1 AND period BETWEEN $2 AND $3"
        " GROUP BY subject, period HAVING sum(value) > 0) AS by_day GROUP BY subject",
        int(Measure.PRESCRIPTIONS),
        first_day(month) - SERIES_DAYS,
        last_day(month),
    )
    return {subject: tuple(zip(days, values, strict=True)) for subject, days, values in rows}


async def _peaks(database: asyncpg.Connection, month: Month) -> Mapping[str, Peak]:
    rows = await database.fetch(
        "SELECT DISTINCT ON (subject) subject, hour, period FROM ("
        "SELECT subject, period, (sum(value) OVER (PARTITION BY subject ORDER BY period"
        " RANGE BETWEEN 3 PRECEDING AND CURRENT ROW))::bigint AS hour"
        " FROM (SELECT subject, period, sum(value)::bigint AS value FROM counter"
        " WHERE measure = $1 AND period BETWEEN $2 AND $3"
        " GROUP BY subject, period HAVING sum(value) > 0) AS by_quarter) AS by_hour"
        " ORDER BY subject, hour DESC, period",
        int(Measure.BY_QUARTER_HOUR),
        first_day(month) * SLOTS_A_DAY,
        (last_day(month) + 1) * SLOTS_A_DAY - 1,
    )
    return {subject: Peak(value, slot) for subject, value, slot in rows}


async def _sold_at(database: asyncpg.Connection, month: Month) -> Mapping[str, list[SoldAt]]:
    rows = await database.fetch(
        "SELECT subject, period, sum(value)::bigint, max(value),"
        ' (array_agg(part ORDER BY value DESC, part COLLATE "C"))[1]'
        " FROM (SELECT subject, period, part, sum(value)::bigint AS value FROM counter"
        " WHERE measure = $1 AND period BETWEEN $2 AND $3"
        " GROUP BY subject, period, part HAVING sum(value) > 0) AS by_pharmacy"
        " GROUP BY subject, period ORDER BY subject, period",
        int(Measure.SOLD_AT),
        first_day(month),
        last_day(month),
    )
    found: dict[str, list[SoldAt]] = defaultdict(list)
    for subject, day, value, top, top_part in rows:
        found[subject].append(SoldAt(day, value, top, top_part))
    return found


async def _ties(database: asyncpg.Connection, month: Month) -> Ties:
    days = first_day(month - TIES_MONTHS + 1), last_day(month)
    totals = {
        column: await database.fetch(
            f"SELECT {column}, sum(value)::bigint FROM counter WHERE measure = $1"
            f" AND period BETWEEN $2 AND $3 GROUP BY {column} HAVING sum(value) > 0",
            int(Measure.PRESCRIBER_AT_PHARMACY),
            *days,
        )
        for column in ("subject", "part")
    }
    flags: dict[str, set[str]] = defaultdict(set)
    for _, patient, rule, _ in await database.fetch(_PARTS, [int(Measure.ALERTS)], *days):
        flags[patient].add(rule)
    return Ties(
        patient_pharmacy=await _pairs(database, Measure.PATIENT_AT_PHARMACY, days),
        patient_prescriber=await _pairs(database, Measure.PATIENT_OF_PRESCRIBER, days),
        prescriber_pharmacy=await _pairs(database, Measure.PRESCRIBER_AT_PHARMACY, days),
        of_pharmacy=dict(map(tuple, totals["subject"])),
        of_prescriber=dict(map(tuple, totals["part"])),
        flags={patient: frozenset(rules) for patient, rules in flags.items()},
    )


async def _pairs(database: asyncpg.Connection, measure: Measure, days: tuple[int, int]) -> Pairs:
    rows = await database.fetch(
        "SELECT part, subject, sum(value)::bigint FROM counter"
        " WHERE measure = $1 AND period BETWEEN $2 AND $3"
        " GROUP BY part, subject HAVING sum(value) >= $4",
        int(measure),
        *days,
        TIE_MIN,
    )
    return {(part, subject): count for part, subject, count in rows}


async def _doses(database: asyncpg.Connection, month: Month) -> Doses:
    days = first_day(month - TIES_MONTHS + 1), last_day(month)
    found = {}
    for measure in (Measure.MME_OF_PRACTICE, Measure.MME_AT_PHARMACY):
        rows = await database.fetch(_PARTS, [int(measure)], *days)
        found[measure] = {(patient, place): value for _, patient, place, value in rows}
    return Doses(found[Measure.MME_OF_PRACTICE], found[Measure.MME_AT_PHARMACY])
