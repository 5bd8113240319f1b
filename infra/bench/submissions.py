"""The records of the log, made by the rooms' own code: contents, seals, sizes, headers are theirs.

Pure: the same seed, number of records and moment give the same bytes.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from infra.bench.country import Case, Country
from infra.bench.lives import Act, Due, Life, schedule
from services.claims import submissions as claims
from services.claims.requests import ClaimRequest, WithdrawRequest
from services.claims.requests import LineRequest as ClaimedLine
from services.contracts.submissions import Submission
from services.dispensing import submissions as dispensing
from services.dispensing.requests import (
    DispenseRequest,
    LineRequest,
    ReleaseRequest,
    ReverseRequest,
)
from services.identity.sealing import Place, key_name, seal_fields
from services.kernel.http.idempotency import event_id
from services.kernel.log.codec import Codec, cloud_event_headers
from services.kernel.log.event_log import Record
from services.kernel.writing.envelope import Envelope
from services.prescribing import submissions as prescribing
from services.topology import LOG
from services.vietnam.draft import personal_fields
from services.vietnam.prescription_code import mint

SPAN = timedelta(days=3)
"""The log tells three days of the country, up to the moment it is written."""

COLLECTED_AFTER = timedelta(hours=1)
"""So long after the visit medicines are handed over that are reported later."""

PRICE_VND = Decimal(1_000)


@dataclass
class Told:
    """One prescription so far."""

    case: Case
    life: Life
    code: str
    issue_id: str
    given: list[str] = field(default_factory=list)
    """Event ids of its dispenses."""
    claims: list[str] = field(default_factory=list)


def records(seed: int, count: int, moment: datetime, codec: Codec) -> Iterator[Record]:
    """A log of `count` records in order; those nobody can read are among them."""
    due = schedule(seed, count)
    prescriptions = 1 + max((one.number for one in due), default=0)
    scribe = Scribe(seed, Country(seed, prescriptions, moment), moment, codec)
    return (scribe.record(one) for one in due)


class Scribe:
    """Writes one record after the other; keeps what later records of a prescription need."""

    def __init__(self, seed: int, country: Country, moment: datetime, codec: Codec) -> None:
        self._rng = random.Random(f"rxlog bench/{seed}/records")
        self._country = country
        self._moment = moment
        self._codec = codec
        self._law = country.law(moment)
        self._told: dict[int, Told] = {}
        self._to_repeat: dict[tuple[int, int], Record] = {}

    def record(self, due: Due) -> Record:
        """The record that is due."""
        place = (due.number, due.index)
        if due.kind == "repeat":
            return self._to_repeat.pop(place)
        told = self._told.get(due.number)
        if told is None:
            told = self._told[due.number] = self._begin(due)
        if due.kind == "poison":
            return self._poison(told)
        record = self._framed(self._submission(told, due))
        if due.is_repeated:
            self._to_repeat[place] = record
        return record

    def _begin(self, due: Due) -> Told:
        case = self._country.case(due.number, due.life, self._at(due))
        facility, letter = case.clinic.facility_id, case.draft.prescription_type
        digest = hashlib.sha256(f"{case.patient_ref}/{due.number}".encode()).digest()
        code = mint(facility, letter, digest)
        return Told(case, due.life, code, event_id(facility, "issue", f"{due.number}"))

    def _at(self, due: Due) -> datetime:
        return self._moment - SPAN * (1 - due.when)

    def _submission(self, told: Told, due: Due) -> Submission:
        step = due.life.steps[due.index]
        envelope = Envelope(
            event_id(told.code, step.act.name, f"{due.index}"),
            told.code,
            told.case.pharmacies[step.pharmacy],
            self._at(due),
        )
        return _WRITE[step.act](self, told, envelope)

    def issue(self, told: Told, _envelope: Envelope) -> Submission:
        case = told.case
        data_key = hashlib.sha256(case.patient_ref.encode()).digest()
        place = Place(case.patient_ref, 1, told.issue_id)
        sealed = seal_fields(data_key, place, personal_fields(case.draft))
        return prescribing.issued(
            case.draft,
            event_id=told.issue_id,
            code=told.code,
            submitter=case.clinic,
            drugs=case.drugs,
            law=self._law,
            sealed=prescribing.Sealed(case.patient_ref, key_name(1), sealed),
            replaces=None,
        )

    def cancel(self, told: Told, envelope: Envelope) -> Submission:
        return prescribing.cancelled(
            code=told.code,
            reason="prescribing-error",
            occurred_at=None,
            event_id=envelope.event_id,
            submitter=told.case.clinic,
            received_at=envelope.received_at,
            replaced_by=None,
        )

    def reserve(self, _told: Told, envelope: Envelope) -> Submission:
        return dispensing.reserved(envelope, self._law)

    def release(self, _told: Told, envelope: Envelope) -> Submission:
        return dispensing.released(envelope, ReleaseRequest(reason="out-of-stock"))

    def dispense(self, told: Told, envelope: Envelope) -> Submission:
        whole = [line.quantity for line in told.case.draft.lines]
        return self._dispensed(told, envelope, whole)

    def part(self, told: Told, envelope: Envelope) -> Submission:
        half = [line.quantity // 2 for line in told.case.draft.lines]
        return self._dispensed(told, envelope, half, release=True)

    def rest(self, told: Told, envelope: Envelope) -> Submission:
        rest = [line.quantity - line.quantity // 2 for line in told.case.draft.lines]
        return self._dispensed(told, envelope, rest)

    def _dispensed(
        self, told: Told, envelope: Envelope, quantities: list[Decimal], *, release: bool = False
    ) -> Submission:
        told.given.append(envelope.event_id)
        is_offline = told.life.is_offline
        request = DispenseRequest(
            receipt_number=f"HD{envelope.code[5:12]}-{len(told.given)}",
            lines=[
                LineRequest(
                    line=number,
                    drug_code=line.drug_code,
                    drug_name=line.trade_name,
                    quantity=quantity,
                    days_supply=line.days_supply,
                )
                for number, (line, quantity) in enumerate(
                    zip(told.case.draft.lines, quantities, strict=True), start=1
                )
            ],
            occurred_at=told.case.draft.authored_on + COLLECTED_AFTER if is_offline else None,
            offline=is_offline,
            release_reservation=release,
        )
        return dispensing.dispensed(envelope, request, told.case.drugs, self._law)

    def reverse(self, told: Told, envelope: Envelope) -> Submission:
        request = ReverseRequest(reason="wrong-entry")
        return dispensing.reversed_dispense(envelope, request, told.given[-1])

    def claim(self, told: Told, envelope: Envelope) -> Submission:
        told.claims.append(f"YC-{envelope.code[5:12]}-{len(told.claims) + 1}")
        request = ClaimRequest(
            claim_id=told.claims[-1],
            payer_id=told.case.payer_id,
            lines=[
                ClaimedLine(line=number, quantity=line.quantity, amount=PRICE_VND * line.quantity)
                for number, line in enumerate(told.case.draft.lines, start=1)
            ],
        )
        return claims.claimed(envelope, request, self._law)

    def withdraw(self, told: Told, envelope: Envelope) -> Submission:
        request = WithdrawRequest(reason="wrong-entry")
        return claims.withdrawn(envelope, request, told.claims[-1])

    def _framed(self, submission: Submission) -> Record:
        """As a writer appends it."""
        code, name = submission.prescription_code, type(submission).__name__
        trace = self._rng.randbytes(24).hex()
        headers = cloud_event_headers(
            event_id=submission.event_id,
            event_type=name,
            source=f"rxlog/{LOG.written_by[type(submission)]}",
            subject=code,
            traceparent=f"00-{trace[:32]}-{trace[32:]}-01",
        )
        return Record(LOG.name, code.encode(), self._codec.encode(submission), headers)

    def _poison(self, told: Told) -> Record:
        """Cut off, of an unknown schema, or under another prescription's key."""
        envelope = Envelope(
            event_id(told.code, "poison", told.issue_id),
            told.code,
            told.case.pharmacies[0],
            self._moment,
        )
        record = self._framed(self.reserve(told, envelope))
        value = record.value or b""
        key = record.key
        match self._rng.randrange(3):
            case 0:
                value = value[: self._rng.randrange(len(value))]
            case 1:
                value = b"\0\x7f\xff\xff\xff" + value[5:]
            case _:
                key = told.case.patient_ref[:14].encode()
        return Record(record.topic, key, value, record.headers)


_WRITE: dict[Act, Callable[[Scribe, Told, Envelope], Submission]] = {
    Act.ISSUE: Scribe.issue,
    Act.CANCEL: Scribe.cancel,
    Act.RESERVE: Scribe.reserve,
    Act.RELEASE: Scribe.release,
    Act.DISPENSE: Scribe.dispense,
    Act.PART: Scribe.part,
    Act.REST: Scribe.rest,
    Act.REVERSE: Scribe.reverse,
    Act.CLAIM: Scribe.claim,
    Act.WITHDRAW: Scribe.withdraw,
}
