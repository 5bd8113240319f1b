"""Puts decisions of people on the log and answers with what the log made of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg

from services.contracts.decisions import CaseDecided, RuleReleased, release_key
from services.kernel import clock
from services.kernel.http.idempotency import event_id
from services.kernel.http.tokens import Caller
from services.kernel.log.codec import Codec, cloud_event_headers
from services.kernel.log.event_log import AppendFailedError, EventLog, Record
from services.kernel.settings import KafkaSettings
from services.kernel.writing.answering import not_appended
from services.oversight.announcements import Announcements
from services.oversight.casebook import store
from services.oversight.casebook.queries import DecisionRequest, ReleaseRequest
from services.oversight.cases.case import Case
from services.oversight.cases.folding import Decision
from services.topology import ALERTS

DELIVERY_TIMEOUT_MS = 5_000


class Deciding:
    """Appends decisions beside the alerts they concern."""

    def __init__(self, settings: KafkaSettings, codec: Codec) -> None:
        self._settings = settings
        self._codec = codec
        self._log: EventLog

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Opens the log until the block ends."""
        self._log = EventLog(
            self._settings.kafka_bootstrap,
            self._settings.room,
            delivery_timeout_ms=DELIVERY_TIMEOUT_MS,
            linger_ms=0,
        )
        try:
            yield
        finally:
            self._log.close()

    async def append(self, event: CaseDecided | RuleReleased) -> None:
        """Put a decision on the log for ever. Raises the 503 problem when that failed or is not
        known; the same request with the same key makes it safe."""
        name, key = (
            (event.decision_id, event.subject)
            if isinstance(event, CaseDecided)
            else (event.release_id, release_key(event.rule))
        )
        headers = cloud_event_headers(
            event_id=name,
            event_type=type(event).__name__,
            source=f"rxlog/{self._settings.room}",
            subject=key,
        )
        record = Record(ALERTS.name, key.encode(), self._codec.encode(event), headers)
        try:
            await self._log.append(record)
        except AppendFailedError as error:
            raise not_appended(error) from error

    async def ruled(
        self, pool: asyncpg.Pool, announcements: Announcements, decision_id: str
    ) -> Decision | None:
        """What the log made of a decision that is on it; None when that takes too long."""
        deadline = clock.monotonic() + self._settings.verdict_timeout_ms / 1000
        while True:
            announced = announcements.count
            async with pool.acquire() as database:
                found = await store.decision(database, decision_id)
            left_s = deadline - clock.monotonic()
            if found is not None or left_s <= 0:
                return found
            await announcements.after(announced, left_s)


def decision_of(
    case: Case,
    request: DecisionRequest,
    caller: Caller,
    key: str,
    at: datetime,
    *,
    not_told: Collection[str] = (),
) -> CaseDecided:
    """The record of a request; of the alerts in `not_told` it tells nobody. Pure."""
    return CaseDecided(
        decision_id=event_id(caller.client_id, "decide", key, str(case.number)),
        subject=case.subject,
        case_number=case.number,
        case_version=request.version,
        step=request.step,
        reason=request.reason,
        reference=request.reference,
        informed=tuple(informed.informed() for informed in request.informed),
        although_provisional=request.although_provisional,
        not_told=tuple(sorted(not_told)),
        decided_by=caller.person,
        facility_id=caller.facility,
        decided_at=at,
    )


def release_of(
    rule: str, request: ReleaseRequest, caller: Caller, key: str, at: datetime
) -> RuleReleased:
    """The record of a request. Pure."""
    return RuleReleased(
        release_id=event_id(caller.client_id, "release", key, rule),
        rule=rule,
        reason=request.reason,
        reference=request.reference,
        released_by=caller.person,
        facility_id=caller.facility,
        released_at=at,
    )
