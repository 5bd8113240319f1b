"""Dead letters, read through oversight's API, and driven again."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.backup.driving import REDRIVEN_FROM, Driver
from infra.problem import Problem
from services.contracts.dead_letters import DeadLetterRedriven
from services.contracts.outcomes import SubmissionJudged
from services.kernel import clock
from services.kernel.log.codec import Codec, cloud_event_headers
from services.kernel.log.event_log import Position, Record
from services.kernel.settings import CannotStartError
from services.terminal.client import Client, Reply, SignInRefusedError, UnreachableError
from services.topology import DEAD_LETTERS, LOG

CLIENT_ID = "service:RXLOG:redrive:-"
PAGE = 100
SEEN_S, POLL_S = 15.0, 0.2


@dataclass(frozen=True)
class Letter:
    """A dead letter as the list shows it. `redriven` are the times it was driven again."""

    dead_letter_id: str
    topic: str
    partition: int
    offset: int
    recorded_at: datetime
    error: str
    redriven: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Letter:
        source = document["source"]
        return cls(
            document["dead_letter_id"],
            source["topic"],
            source["partition"],
            source["offset"],
            datetime.fromisoformat(document["recorded_at"]),
            document["error"],
            document["redriven"],
        )


def by_age(letters: Iterable[Letter]) -> list[Letter]:
    """The oldest first; those of one millisecond in the order of the log, which driving them again
    keeps."""
    return sorted(letters, key=lambda letter: (letter.recorded_at, letter.partition, letter.offset))


@dataclass(frozen=True)
class Redriven:
    """A letter's new place; `outcome` is the verdict, None when it is late or none is due."""

    letter: Letter
    place: Position
    outcome: SubmissionJudged | None


class DeadLetters:
    """The dead letters of one network."""

    def __init__(self, client: Client, codec: Codec) -> None:
        self._client = client
        self._codec = codec

    async def all(self) -> list[Letter]:
        """Every dead letter, the oldest first."""
        found: list[Letter] = []
        before: str | None = ""
        while before is not None:
            params = {"limit": PAGE} | ({"before": before} if before else {})
            reply = await self._get("/dead-letters", params)
            found += [Letter.of(document) for document in reply.document["dead_letters"]]
            before = reply.document["before"]
        return by_age(found)

    async def one(self, dead_letter_id: str) -> tuple[Letter, Record]:
        """A letter, and its record as it is to be appended anew. Problem when there is none."""
        reply = await self._get(f"/dead-letters/{dead_letter_id}")
        if reply.status == 404:
            raise Problem(
                f"There is no dead letter {dead_letter_id}: see them with `rxlog redrive --list`."
            )
        document = reply.document
        headers = [
            (name, base64.b64decode(value))
            for name, value in document["headers"].items()
            if name != REDRIVEN_FROM
        ]
        headers.append((REDRIVEN_FROM, dead_letter_id.encode()))
        topic, key, value = document["source"]["topic"], document["key"], document["value"]
        return Letter.of(document), Record(topic, _bytes(key), _bytes(value), headers)

    async def redrive(
        self, ids: Sequence[str], driver: Driver, *, because: str, again: bool
    ) -> list[Redriven]:
        """Append the letters' records anew, in this order, and note it on their topic.

        Raises Problem, before anything is appended, for a letter that was driven again already
        unless `again` is given.
        """
        found = [await self.one(dead_letter_id) for dead_letter_id in dict.fromkeys(ids)]
        for letter, _ in found:
            if letter.redriven and not again:
                raise Problem(_driven_already(letter))
        places = []
        for letter, record in found:
            places.append(await driver.append(record))
            await driver.append(_note(self._codec, letter, record, places[-1], because))
        due = [p for p, (letter, _) in zip(places, found, strict=True) if letter.topic == LOG.name]
        outcomes = await driver.verdicts(due)
        await self._until_noted([letter for letter, _ in found])
        return [
            Redriven(letter, place, outcomes.get(place) if letter.topic == LOG.name else None)
            for (letter, _), place in zip(found, places, strict=True)
        ]

    async def _until_noted(self, letters: Sequence[Letter]) -> None:
        """Return when oversight knows of these redrives, so that a second one is refused."""
        deadline = time.monotonic() + SEEN_S
        for letter in letters:
            while time.monotonic() < deadline:
                seen, _ = await self.one(letter.dead_letter_id)
                if len(seen.redriven) > len(letter.redriven):
                    break
                await asyncio.sleep(POLL_S)

    async def _get(self, path: str, params: Mapping[str, Any] | None = None) -> Reply:
        try:
            reply = await self._client.get("oversight", path, client_id=CLIENT_ID, params=params)
        except UnreachableError:
            raise Problem(
                "Oversight does not answer: look at its state with `rxlog status`."
            ) from None
        except (SignInRefusedError, CannotStartError) as error:
            raise Problem(str(error)) from None
        if reply.status not in (200, 404):
            said = reply.document.get("title", f"status {reply.status}")
            raise Problem(f"Oversight did not show its dead letters ({said}): try again.")
        return reply


def _note(codec: Codec, letter: Letter, record: Record, place: Position, because: str) -> Record:
    redriven = DeadLetterRedriven(
        dead_letter_id=letter.dead_letter_id,
        redriven_at=clock.now(),
        topic=record.topic,
        partition=place.partition,
        offset=place.offset,
        because=because,
    )
    headers = cloud_event_headers(
        event_id=f"{letter.dead_letter_id}:{place.partition}:{place.offset}",
        event_type=type(redriven).__name__,
        source="rxlog/redrive",
        subject=letter.dead_letter_id,
    )
    return Record(DEAD_LETTERS.name, record.key, codec.encode(redriven), headers)


def _driven_already(letter: Letter) -> str:
    last = letter.redriven[0]
    to = last["to"]
    return (
        f"{letter.dead_letter_id} was driven again on {last['redriven_at']} already, to "
        f"{to['topic']}/{to['partition']} at offset {to['offset']}: give --again to append it once "
        "more."
    )


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)
