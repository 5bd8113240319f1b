"""One question or more for every statement that reads, with arguments found in the data.

`rows_max` is how many rows of the large tables an answer may look at: a page, and what is joined to
it. The arguments are the hardest there are: the busiest facilities, long absences, deep pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from services.registry.lookups.asking import PAGE_MAX, PAST_RECORDS_MAX
from services.registry.lookups.following import CHANGES_MAX
from services.registry.store.loading import DUE_AT_ONCE
from services.topology import LOG

BATCH = 2_000
"""Records of one fetch (`max_poll_records` of the worker)."""

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Question:
    """A statement of `reads.sql`, in the words of who asks, and its arguments."""

    statement: str
    asked: str
    arguments: Sequence[Any]
    rows_max: int


@dataclass(frozen=True)
class Found:
    """What the data hold: prescriptions taken at random, and the busiest of everything."""

    codes: Sequence[str]
    events: Sequence[tuple[str, str]]
    content: bytes
    patient: str
    clinic: str
    pharmacy: str
    payer: str
    day: tuple[datetime, datetime]
    last: datetime
    positions: Mapping[int, int]


async def find(database: asyncpg.Connection, rows: int, batch: int = BATCH) -> Found:
    """Look for arguments among `rows` prescriptions; these statements may take their time."""
    percent = min(100.0, 100.0 * batch * 20 / (rows * 3))
    sample = await database.fetch(
        f"SELECT code, event_id, content_hash FROM record TABLESAMPLE SYSTEM ({percent:.6f})"
        " ORDER BY md5(event_id) LIMIT $1",
        batch,
    )
    busiest = "SELECT facility_id FROM concern WHERE book = $1 GROUP BY 1 ORDER BY count(*) DESC"
    patients = "SELECT patient_ref FROM prescription GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
    last = await database.fetchval("SELECT max(issued_at) FROM prescription")
    noon = (last - timedelta(days=30)).replace(hour=12, minute=0)
    positions = await database.fetch("SELECT partition, next_offset FROM fold_position")
    return Found(
        codes=sorted({row["code"] for row in sample}),
        events=[(row["code"], row["event_id"]) for row in sample],
        content=sample[0]["content_hash"],
        patient=await database.fetchval(patients),
        clinic=await database.fetchval(busiest, "issued"),
        pharmacy=await database.fetchval(busiest, "dispensed"),
        payer=await database.fetchval(busiest, "claimed"),
        day=(noon, noon + timedelta(days=1)),
        last=last,
        positions=dict(positions),
    )


def questions(found: Found) -> list[Question]:
    """Every statement at least once; in the order of the page."""
    codes, (code, event_id) = found.codes, found.events[0]
    page = codes[:PAGE_MAX]
    return [
        Question(
            "known",
            f"{len(found.events)} records of a fetch",
            [[c for c, _ in found.events], [e for _, e in found.events]],
            2 * len(found.events),  # a state and a record of each
        ),
        Question("known", "what an event id was told", [[code], [event_id]], 2),
        Question(
            "due",
            "a partition's prescriptions due, after a day without ticks",
            [0, found.last, FIRST, "", DUE_AT_ONCE],
            DUE_AT_ONCE,
        ),
        Question("due", "the same when nothing is due", [0, FIRST, FIRST, "", DUE_AT_ONCE], 0),
        Question("outcome", "the verdict on one request", [code, event_id, found.content], 1),
        Question("fold_again", "whether the log must be folded again", [], 0),
        Question("prescription", "one prescription", [code], 1),
        Question("history", "its history", [code, -1, PAGE_MAX], PAGE_MAX),
        Question("value", "its sealed fields", [code, event_id], 1),
        Question("states", f"{len(page)} prescriptions of a page", [page], len(page)),
        Question(
            "of_patient", "the patient with the most", [found.patient, LAST, "", PAGE_MAX], PAGE_MAX
        ),
        Question(
            "of_patient",
            "their next page",
            [found.patient, found.last - timedelta(days=180), code, PAGE_MAX],
            PAGE_MAX,
        ),
        Question(
            "past",
            f"{len(page)} prescriptions as of a moment",
            [page, found.last, PAST_RECORDS_MAX + 1],
            len(page) * 10,
        ),
        *_books(found),
        *_following(found),
        Question("totals", "all figures", [], 0),
    ]


def _books(found: Found) -> list[Question]:
    """A page is read twice: the entries and their records."""
    asked = [
        ("the busiest clinic's day", found.clinic, "issued"),
        ("the busiest pharmacy's day", found.pharmacy, "dispensed"),
        ("the busiest payer's day", found.payer, "claimed"),
    ]
    first = [(one, [who, which, *found.day, found.day[0], -1, -1, ""]) for one, who, which in asked]
    deep = [found.payer, "claimed", *found.day, found.day[0] + timedelta(hours=8), 5, 0, "c"]
    return [
        *(Question("book", one, [*given, LAST, PAGE_MAX], 2 * PAGE_MAX) for one, given in first),
        Question("book", "the same, a page in the middle", [*deep, LAST, PAGE_MAX], 2 * PAGE_MAX),
    ]


def _following(found: Found) -> list[Question]:
    partitions = sorted(found.positions)
    ends = [found.positions[p] for p in partitions]
    nothing = [""] * len(partitions)
    looked_at = CHANGES_MAX * len(partitions) + CHANGES_MAX
    return [
        Question("positions", "how far the log is folded", [LOG.name], 0),
        Question(
            "news",
            "the busiest clinic, from the beginning",
            [found.clinic, partitions, [0] * len(partitions), nothing, CHANGES_MAX],
            looked_at,
        ),
        Question(
            "news",
            "the same after half a year",
            [found.clinic, partitions, [end // 2 for end in ends], nothing, CHANGES_MAX],
            looked_at,
        ),
        Question(
            "news",
            "the same when nothing is new",
            [found.clinic, partitions, ends, nothing, CHANGES_MAX],
            0,
        ),
    ]
