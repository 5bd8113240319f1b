"""Oversight's shell around its projection: bytes in, rows out.

Two folders, each a process of its own: one takes in the alerts, one the dead letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg

from services.contracts.alerts import AlertRaised, AlertRetracted, AlertRevised
from services.contracts.dead_letters import DeadLettered, DeadLetterRedriven
from services.kernel.folding.dead_letters import dead_letter
from services.kernel.log.codec import Codec, UnreadableError
from services.kernel.log.event_log import Record
from services.kernel.log.log_record import LogRecord
from services.oversight import store
from services.oversight.projection import Change, Changed, project
from services.oversight.redriving import store as redriving
from services.topology import ALERTS, DEAD_LETTERS


class AlertFolder:
    """Folds `rx.alerts` into alerts and their changes; announces new ones to who is waiting."""

    name = "oversight"
    topic = ALERTS.name
    is_read_once_told = False

    def __init__(self, codec: Codec) -> None:
        self._codec = codec

    async def fold(
        self, database: asyncpg.Connection, records: Sequence[LogRecord]
    ) -> Sequence[Record]:
        results: list[Record] = []
        changes: dict[str, Changed] = {}
        for record in records:
            try:
                change = self._read(record)
            except UnreadableError as error:
                results.append(dead_letter(self._codec, self.name, record, str(error)))
            else:
                changes.setdefault(change.change_id, _changed(record, change))
        await store.save_alerts(database, project(changes.values()).values())
        await store.append_changes(database, changes.values())
        return results

    def _read(self, record: LogRecord) -> Change:
        event = self._codec.decode(record.value)
        if not isinstance(event, AlertRaised | AlertRevised | AlertRetracted):
            raise UnreadableError(f"{type(event).__name__} does not belong on this topic")
        if event.subject.encode() != record.key:
            raise UnreadableError("the key is not the alert's subject")
        return event


class DeadLetterFolder:
    """Folds `rx.dead-letters` into rows: the letters, and which of them were driven again.

    A record there that is no dead letter becomes one itself; that one can be read, so it ends.
    """

    name = "oversight-dead-letters"
    topic = DEAD_LETTERS.name
    is_read_once_told = False

    def __init__(self, codec: Codec) -> None:
        self._codec = codec

    async def fold(
        self, database: asyncpg.Connection, records: Sequence[LogRecord]
    ) -> Sequence[Record]:
        results: list[Record] = []
        letters: dict[str, DeadLettered] = {}
        redrives: list[DeadLetterRedriven] = []
        for record in records:
            try:
                event = self._read(record)
            except UnreadableError as error:
                results.append(dead_letter(self._codec, self.name, record, str(error)))
            else:
                if isinstance(event, DeadLettered):
                    letters.setdefault(event.dead_letter_id, event)
                else:
                    redrives.append(event)
        await store.save_dead_letters(database, letters.values())
        await redriving.save(database, redrives)
        return results

    def _read(self, record: LogRecord) -> DeadLettered | DeadLetterRedriven:
        event = self._codec.decode(record.value)
        if not isinstance(event, DeadLettered | DeadLetterRedriven):
            raise UnreadableError(f"{type(event).__name__} does not belong on this topic")
        return event


def _changed(record: LogRecord, change: Change) -> Changed:
    return Changed(
        partition=record.partition,
        offset=record.offset,
        recorded_at=datetime.fromtimestamp(record.timestamp_ms / 1000, UTC),
        change=change,
    )
