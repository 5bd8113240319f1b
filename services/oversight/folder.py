"""Oversight's shell around its projection: bytes in, rows out.

Two folders, each a process of its own: one takes in the alerts, one the dead letters.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

import asyncpg

from services.contracts.alerts import (
    AlertRaised,
    AlertRetracted,
    AlertRevised,
    WatermarkAdvanced,
)
from services.contracts.dead_letters import DeadLettered, DeadLetterRedriven
from services.contracts.decisions import CaseDecided, RuleReleased, release_key
from services.kernel.folding.dead_letters import dead_letter
from services.kernel.folding.telling import Tell
from services.kernel.log.codec import Codec, UnreadableError
from services.kernel.log.event_log import Record
from services.kernel.log.log_record import LogRecord
from services.oversight import store
from services.oversight.cases import store as cases
from services.oversight.cases.folding import Folded, by_subject, statistics_only
from services.oversight.projection import Change, Changed, project
from services.oversight.redriving import store as redriving
from services.topology import ALERTS, DEAD_LETTERS

Told = Change | CaseDecided | RuleReleased | WatermarkAdvanced
"""What stands on `rx.alerts`."""


class AlertFolder:
    """Folds `rx.alerts` into alerts, their changes, and the cases they belong to; announces new
    ones to who is waiting."""

    name = "oversight"
    topic = ALERTS.name
    is_read_once_told = False

    def __init__(self, codec: Codec) -> None:
        self._codec = codec

    async def fold(
        self, database: asyncpg.Connection, records: Sequence[LogRecord], tell: Tell
    ) -> None:
        results: list[Record] = []
        told: list[tuple[LogRecord, Told]] = []
        for record in records:
            try:
                told.append((record, self._read(record)))
            except UnreadableError as error:
                results.append(dead_letter(self._codec, self.name, record, str(error)))
        tell(results)
        changes: dict[str, Changed] = {}
        for record, event in told:
            if isinstance(event, Change):
                changes.setdefault(event.change_id, _changed(record, event))
        known = await cases.known_alerts(database, (c.change.alert_id for c in changes.values()))
        await self._fold_cases(database, told, known)
        await store.save_alerts(database, project(changes.values()).values())
        told_of = {alert_id for alert_id, was_told in known.items() if was_told}
        quiet = statistics_only(changes.values(), told_of)
        await store.append_changes(database, changes.values(), statistics=quiet)
        if told:
            await store.announce(database)

    async def _fold_cases(
        self,
        database: asyncpg.Connection,
        told: Sequence[tuple[LogRecord, Told]],
        known: Collection[str],
    ) -> None:
        decisions = [event for _, event in told if isinstance(event, CaseDecided)]
        ruled = await cases.known_decisions(database, (one.decision_id for one in decisions))
        subjects = [e.subject for _, e in told if isinstance(e, Change | CaseDecided)]
        folded = Folded(by_subject(await cases.load(database, subjects)))
        seen = set(known)
        for record, event in told:
            if isinstance(event, Change):
                changed = _changed(record, event)
                if event.alert_id not in seen:
                    folded.take_first_raise(changed)
                    seen.add(event.alert_id)
                folded.take_change(changed)
            elif isinstance(event, CaseDecided) and event.decision_id not in ruled:
                ruled.add(event.decision_id)
                folded.take_decision(
                    event,
                    partition=record.partition,
                    offset=record.offset,
                    recorded_at=_recorded_at(record),
                )
        await cases.save(database, folded.changed_cases())
        await cases.append_decisions(database, folded.decisions)
        await cases.count_raised(database, folded.raised)
        await cases.append_releases(
            database, ((_recorded_at(r), e) for r, e in told if isinstance(e, RuleReleased))
        )
        await cases.advance_watermarks(
            database, ((r.partition, e) for r, e in told if isinstance(e, WatermarkAdvanced))
        )

    def _read(self, record: LogRecord) -> Told:
        event = self._codec.decode(record.value)
        match event:
            case AlertRaised() | AlertRevised() | AlertRetracted():
                key, what = event.subject, "the alert's subject"
            case CaseDecided():
                key, what = event.subject, "the case's subject"
            case RuleReleased():
                key, what = release_key(event.rule), "the rule"
            case WatermarkAdvanced():
                return event  # it stands in every partition, without a key
            case _:
                raise UnreadableError(f"{type(event).__name__} does not belong on this topic")
        if key.encode() != record.key:
            raise UnreadableError(f"the key is not {what}")
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
        self, database: asyncpg.Connection, records: Sequence[LogRecord], tell: Tell
    ) -> None:
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
        tell(results)
        await redriving.save_dead_letters(database, letters.values())
        await redriving.save(database, redrives)

    def _read(self, record: LogRecord) -> DeadLettered | DeadLetterRedriven:
        event = self._codec.decode(record.value)
        if not isinstance(event, DeadLettered | DeadLetterRedriven):
            raise UnreadableError(f"{type(event).__name__} does not belong on this topic")
        return event


def _changed(record: LogRecord, change: Change) -> Changed:
    return Changed(
        partition=record.partition,
        offset=record.offset,
        recorded_at=_recorded_at(record),
        change=change,
    )


def _recorded_at(record: LogRecord) -> datetime:
    return datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
