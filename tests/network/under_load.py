"""Traffic through the APIs while something happens to the network, and what must hold of it."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx2

from infra.kafka.offsets import ends
from infra.local.network import LocalNetwork
from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import Submission, TimeTicked
from services.kernel.log.codec import UnreadableError
from services.kernel.log.language import published_language
from services.topology import LOG, OUTCOMES
from tests.network.reading import everything
from tests.network.waiting import until
from tests.people import OTHER_PHARMACY, People, a_draft

LIVES = 8
BETWEEN = 20
"""Answers between two blows."""


class Traffic:
    """People issue, reserve, quarrel and dispense; `acknowledged` is what they were answered."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._is_over = asyncio.Event()
        self.acknowledged: list[dict[str, Any]] = []

    async def goes_on(self) -> None:
        """Wait for some more answers."""
        wanted = len(self.acknowledged) + BETWEEN

        async def condition() -> bool:
            return len(self.acknowledged) > wanted

        await until(condition, "traffic")

    def end(self) -> None:
        self._is_over.set()

    async def live(self, number: int) -> None:
        people, who = self._people, f"p{number}"
        while not self._is_over.is_set():
            code = await self._told(people.issue(a_draft(), person=who))
            await self._told(people.reserve(code, person=who))
            await self._told(people.reserve(code, OTHER_PHARMACY, person=who))
            await self._told(people.dispense(code, 20, person=who))

    async def _told(self, answering: Awaitable[httpx2.Response]) -> str:
        response = await answering
        assert response.status_code in (201, 202, 409), response.text
        self.acknowledged.append(response.json())
        return str(response.json()["prescription_code"])


@asynccontextmanager
async def traffic(people: People) -> AsyncIterator[Traffic]:
    """Traffic until the block ends."""
    flowing = Traffic(people)
    lives = [asyncio.create_task(flowing.live(number)) for number in range(LIVES)]
    try:
        yield flowing
    finally:
        flowing.end()
        await asyncio.gather(*lives)


@asynccontextmanager
async def registry_database(network: LocalNetwork):
    connection = await asyncpg.connect(network.postgres_url("registry"))
    await connection.execute("SET search_path = registry")
    try:
        yield connection
    finally:
        await connection.close()


async def caught_up(network: LocalNetwork) -> bool:
    """Whether the registry has folded every record there is."""
    ends = await asyncio.to_thread(_ends, network)
    async with registry_database(network) as database:
        applied = await database.fetchval("SELECT sum(next_offset) FROM fold_position")
    return int(applied or 0) == ends


def _ends(network: LocalNetwork) -> int:
    return sum(ends(network.kafka_bootstrap, [LOG.name]).values())


def rebuild(network: LocalNetwork) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.registry", "rebuild"],
        env=network.env("registry-worker"),
        capture_output=True,
        text=True,
        check=False,
    )


async def assert_nothing_is_lost(network: LocalNetwork, acknowledged: list[dict[str, Any]]) -> None:
    """Every submission has exactly one verdict, every acknowledged one is on the log, told verdicts
    stand, and a rebuild is byte-identical."""
    codec = published_language()
    log = await asyncio.to_thread(everything, network, LOG)
    event_ids, to_judge = set(), set()
    for message in log:
        try:
            event = codec.decode(message.value())
        except UnreadableError:  # other tests write what no API would, and it is judged too
            event = None
        if isinstance(event, Submission):
            event_ids.add(event.event_id)
        if not isinstance(event, TimeTicked):
            to_judge.add((message.partition(), message.offset()))
    lost = [a for a in acknowledged if a["event_id"] not in event_ids]
    assert lost == []

    judged, touched_by_ticks = await _judged(network)
    assert Counter(judged) == Counter(to_judge), "one verdict per submission in the registry"

    outcomes: dict[str, SubmissionJudged] = {}
    for message in await asyncio.to_thread(everything, network, OUTCOMES):
        outcome = codec.decode(message.value())
        assert isinstance(outcome, SubmissionJudged)
        known = outcomes.setdefault(outcome.outcome_id, outcome)
        assert known == outcome, "results sent twice are the same results"
    assert len(outcomes) == len(judged) + touched_by_ticks

    for answer in acknowledged:
        if answer.get("verdict") == "late":
            continue
        place = f"{answer['log']['partition']}-{answer['log']['offset']}"
        assert outcomes[place].result == answer["result"], "the told verdict stands"
    granted = Counter(o.prescription_code for o in outcomes.values() if o.result == "granted")
    assert {code: n for code, n in granted.items() if n > 1} == await _released(outcomes)

    result = await asyncio.to_thread(rebuild, network)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count(" same") == 4


async def _judged(network: LocalNetwork) -> tuple[list[tuple[int, int]], int]:
    """Partition and offset of each row of a submission, and how many rows ticks made."""
    async with registry_database(network) as database:
        rows = await database.fetch(
            """SELECT partition, "offset", submission = 'TimeTicked' AS of_tick FROM record"""
        )
    judged = [(row["partition"], row["offset"]) for row in rows if not row["of_tick"]]
    return judged, len(rows) - len(judged)


async def _released(outcomes: dict[str, SubmissionJudged]) -> dict[str, int]:
    """Prescriptions that other tests let go of and reserved again, with their grants."""
    regranted: dict[str, int] = {}
    by_code: dict[str, list[SubmissionJudged]] = {}
    for outcome in outcomes.values():
        by_code.setdefault(outcome.prescription_code, []).append(outcome)
    for code, all_of in by_code.items():
        grants = [o for o in all_of if o.result == "granted" and o.first_offset == o.log_offset]
        freed = [o for o in all_of if o.holder is None and o.first_offset == o.log_offset]
        repeats = [o for o in all_of if o.result == "granted" and o.first_offset != o.log_offset]
        for earlier, later in itertools.pairwise(grants):
            between = [o for o in freed if earlier.log_offset < o.log_offset < later.log_offset]
            assert between, f"{code} was granted twice without being free in between"
        if len(grants) + len(repeats) > 1:
            regranted[code] = len(grants) + len(repeats)
    return regranted
