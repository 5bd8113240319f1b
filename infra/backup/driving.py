"""Appends records anew at the end of their topic and reads what the registry says of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Any, Self

from confluent_kafka import Consumer, TopicPartition

from infra.kafka.offsets import ends
from infra.problem import Problem
from services.contracts.outcomes import SubmissionJudged
from services.kernel.log.codec import Codec, UnreadableError
from services.kernel.log.event_log import AppendFailedError, EventLog, Position, Record
from services.topology import OUTCOMES

CLIENT = "rxlog-redrive"
REDRIVEN_FROM = "ce_redriven_from"
"""Header of a record that was appended anew: the dead letter, or the place where it stood."""

DELIVERY_TIMEOUT_MS = 10_000
VERDICT_S = 30.0
"""Longest wait for a verdict since the last one came."""


class Driver:
    """Drives records again on one Kafka cluster: `async with Driver(...) as driver`."""

    def __init__(self, bootstrap: str, codec: Codec) -> None:
        self._bootstrap = bootstrap
        self._codec = codec
        self._log: EventLog
        self._outcomes: Consumer

    async def __aenter__(self) -> Self:
        begin = await asyncio.to_thread(ends, self._bootstrap, [OUTCOMES.name])
        self._outcomes = Consumer(
            {
                "bootstrap.servers": self._bootstrap,
                "group.id": CLIENT,  # required by the client, never joined
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 50,
            }
        )
        self._outcomes.assign([TopicPartition(*place, offset) for place, offset in begin.items()])
        self._log = EventLog(
            self._bootstrap, CLIENT, delivery_timeout_ms=DELIVERY_TIMEOUT_MS, linger_ms=0
        )
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await asyncio.to_thread(self._log.close)
        await asyncio.to_thread(self._outcomes.close)

    async def append(self, record: Record) -> Position:
        """Append one record; its new place. Raises Problem when Kafka does not take it."""
        try:
            return await self._log.append(record)
        except AppendFailedError as error:
            raise Problem(
                f"Kafka did not take a record of {record.topic} ({error}): look at its state with "
                "`rxlog status`, then run the same command again."
            ) from error

    async def verdicts(self, places: Iterable[Position]) -> dict[Position, SubmissionJudged]:
        """The verdicts on records of the log at these places, as far as they come in time."""
        return await asyncio.to_thread(self._read_verdicts, set(places))

    def _read_verdicts(self, due: set[Position]) -> dict[Position, SubmissionJudged]:
        found: dict[Position, SubmissionJudged] = {}
        moved_at = time.monotonic()
        while len(found) < len(due) and time.monotonic() - moved_at < VERDICT_S:
            for message in self._outcomes.consume(500, 0.2):
                outcome = self._decoded(message)
                if outcome is None:
                    continue
                place = Position(outcome.log_partition, outcome.log_offset)
                if place in due:
                    found[place] = outcome
                    moved_at = time.monotonic()
        return found

    def _decoded(self, message: Any) -> SubmissionJudged | None:
        try:
            event = None if message.error() else self._codec.decode(message.value())
        except UnreadableError:
            return None
        return event if isinstance(event, SubmissionJudged) else None
