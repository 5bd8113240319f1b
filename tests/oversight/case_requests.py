"""Decisions as they are asked for and as they stand on the log, and rules that run wild."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import httpx2
import msgspec

from services.contracts.alerts import WatermarkAdvanced
from services.contracts.decisions import CaseDecided, RuleReleased, release_key
from services.issuer.credentials import claims
from services.kernel.http.idempotency import event_id
from services.kernel.log.log_record import LogRecord
from services.oversight.cases.breaker import BASELINE_DAYS
from services.oversight.projection import Change
from services.topology import ALERTS
from tests.oversight.artificial import (
    CODEC,
    PATIENT,
    at,
    raised,
    record,
    records,
)
from tests.oversight.case_stories import AN_AUTHORITY, told

KEY = "key-of-the-test"
DAY_MINUTES = 24 * 60
OFFICER = claims("regulator:01234:tester:-", issuer="http://issuer.test", now=0, token_id="1")


def decision(number: int = 100, version: int = 1, **given: Any) -> CaseDecided:
    content: dict[str, Any] = {
        "decision_id": f"decision-{number}-{version}",
        "subject": PATIENT,
        "case_number": number,
        "case_version": version,
        "step": "UNDER_REVIEW",
        "reason": "records-requested",
        "decided_by": "tester",
        "facility_id": "01234",
        "decided_at": at(),
        **given,
    }
    return CaseDecided(**content)


def decided(event: CaseDecided, offset: int, partition: int = 0) -> LogRecord:
    return record(CODEC.encode(event), event.subject.encode(), offset, partition)


def watermarks(moment: Any, offset: int, partitions: range) -> list[LogRecord]:
    """Facts are complete up to a moment: told to these partitions of the alerts."""
    value = CODEC.encode(WatermarkAdvanced(at=moment, idle=(9,)))
    return [record(value, None, offset, partition) for partition in partitions]


def referral(version: int = 2) -> CaseDecided:
    return decision(
        version=version,
        step="REFERRED",
        reason="to-inspectorate",
        informed=(told("AUTHORITY", AN_AUTHORITY),),
    )


async def ask(
    client: httpx2.AsyncClient, version: int, key: str = KEY, **given: Any
) -> httpx2.Response:
    """Decide on case 100."""
    body = {
        "version": version,
        "step": "UNDER_REVIEW",
        "reason": "records-requested",
        **given,
    }
    return await client.post("/cases/100/decisions", json=body, headers={"Idempotency-Key": key})


def named(key: str = KEY) -> str:
    """The id of the decision a request with this key makes."""
    return event_id(str(OFFICER["client_id"]), "decide", key, "100")


WILD_DAY = BASELINE_DAYS


def told_on(
    day: int, changes: Iterable[Change], offset: int, partition: int = 0
) -> list[LogRecord]:
    """The changes as records of one day of the log."""
    moment = round(at(day * DAY_MINUTES).timestamp() * 1000)
    return [
        msgspec.structs.replace(one, timestamp_ms=moment)
        for one in records(changes, partition, offset)
    ]


def wild(first: int, offset: int, day: int = WILD_DAY, **given: Any) -> list[LogRecord]:
    """So many alerts of a rule told on one day that it is held back."""
    burst = [raised(n, subject=f"patient-mau-{n}", **given) for n in range(first, first + 30)]
    return told_on(day, burst, offset)


def released(offset: int) -> LogRecord:
    """A person lets that rule be heard again, on the same day."""
    event = RuleReleased(
        release_id="r-1", rule="cob", reason="rule-is-right", released_by="tester",
        facility_id="01234", released_at=at(WILD_DAY * DAY_MINUTES),
    )  # fmt: skip
    key = release_key("cob").encode()
    moment = round(at(WILD_DAY * DAY_MINUTES).timestamp() * 1000)
    return LogRecord(ALERTS.name, 0, offset, moment, key, CODEC.encode(event), ())


INQUIRY = {
    "step": "NOTED",
    "reason": "inquiry",
    "informed": [{"party": "PHARMACY", "ref": "01P01", "message": "SUSPICION"}],
}
