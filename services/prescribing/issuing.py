"""Issuing end to end: check, seal, mint, append, wait; a taken code leads to another code.

A minted code is derived from the event id under a secret, so a repeat of the request walks the
same codes in the same order and finds its own prescription again, without any memory here.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from services.contracts.outcomes import SubmissionJudged
from services.contracts.reasons import REFUSALS
from services.contracts.submissions import PrescriptionIssued
from services.kernel.http.idempotency import event_id
from services.kernel.http.peers import Peer
from services.kernel.http.problems import Problem, invalid_input, unavailable
from services.kernel.http.tokens import Caller
from services.kernel.writing.answering import Writer
from services.prescribing.submissions import Sealed, issued
from services.vietnam.catalogue import DrugCatalogue
from services.vietnam.code_field import canonical
from services.vietnam.directory import FacilityDirectory
from services.vietnam.draft import Patient, PrescriptionDraft, personal_fields
from services.vietnam.law import IssueCase, Violation, check_issue, findings, local_day
from services.vietnam.law_book import LawSource
from services.vietnam.practitioners import PractitionerDirectory
from services.vietnam.prescription_code import mint
from services.vietnam.stamps import submitter

TAKEN = "code-taken"


@dataclass(frozen=True)
class Prepared:
    """A draft that may be issued: its submission under each code to try in turn, and what its
    prescriber is told although it refuses nothing."""

    candidates: Sequence[PrescriptionIssued]
    advice: Sequence[dict[str, str]]


@dataclass(frozen=True)
class Issuing:
    """What issuing needs, put together once at start."""

    writer: Writer
    identity: Peer
    directory: FacilityDirectory
    practitioners: PractitionerDirectory
    catalogue: DrugCatalogue
    law: LawSource
    code_secret: bytes
    code_attempts_max: int

    async def issue(
        self, candidates: Sequence[PrescriptionIssued]
    ) -> tuple[PrescriptionIssued, SubmissionJudged | Response]:
        """Submit the candidates in turn until one's code was not taken."""
        for submission in candidates:
            outcome = await self.writer.submit(submission)
            if isinstance(outcome, Response) or outcome.result != TAKEN:
                break
        return submission, outcome

    async def prepare(
        self,
        draft: PrescriptionDraft,
        caller: Caller,
        key: str,
        received_at: datetime,
        replaces: str | None,
    ) -> Prepared:
        """Check the draft against the law, seal it, name its codes: the given one, or new ones.

        Raises the 422 problem with every breach that refuses it.
        """
        case = self._case(draft, caller, received_at)
        violations = check_issue(case)
        refusing = [violation for violation in violations if violation.refuses]
        if refusing:
            raise invalid_input([_field_problem(violation) for violation in refusing])
        given = [canonical(draft.prescription_code)] if draft.prescription_code else []
        first_id = event_id(caller.client_id, "issue", key, *given)
        sealed = await self.seal(draft, first_id)
        candidates = [
            issued(
                draft,
                event_id=first_id,
                code=code,
                submitter=submitter(self.directory, caller, draft.authored_on),
                drugs=case.drugs,
                law=case.law,
                sealed=sealed,
                replaces=replaces,
                prescriber_status=case.prescriber_status,
                findings=findings(violations),
            )
            for code in given or self._codes(case.facility.facility_id, draft, first_id)
        ]
        advice = [_field_problem(found) for found in violations if not found.refuses]
        return Prepared(candidates, advice)

    def _case(self, draft: PrescriptionDraft, caller: Caller, received_at: datetime) -> IssueCase:
        """The draft with all that the directories and the law of its day say about it."""
        day = local_day(draft.authored_on)
        facility = self.directory.find(caller.facility, day)
        if facility is None:
            raise unknown_facility(caller.facility)
        return IssueCase(
            draft,
            [
                self.catalogue.find(line.drug_code, day, line.trade_name or line.active_ingredient)
                for line in draft.lines
            ],
            facility,
            self.practitioners.find(draft.prescriber.person_id, facility.facility_id, day),
            self.law.at(draft.authored_on),
            received_at,
        )

    async def refuse_taken_code(self, draft: PrescriptionDraft, registry: Peer, old: str) -> None:
        """Refuse a replacement whose own code is in use, before anything is cancelled for it.

        A code that already holds a replacement of `old` is this request, repeated.
        """
        if draft.prescription_code is None:
            return
        code = canonical(draft.prescription_code)
        if code != old:
            reply = await registry.get(f"/prescriptions/{code}")
            issued_at = reply.body.get("issued_at") if reply.status == 200 else None
            if issued_at is None or reply.body["replaces"] == old:
                return
        raise code_taken()

    def _codes(self, facility_id: str, draft: PrescriptionDraft, first_id: str) -> Iterator[str]:
        for attempt in range(self.code_attempts_max):
            digest = hmac.digest(self.code_secret, f"{first_id}/{attempt}".encode(), "sha256")
            yield mint(facility_id, draft.prescription_type, digest)

    async def seal(self, draft: PrescriptionDraft, sealed_for: str) -> Sealed:
        """Have identity name the patient and seal everything personal, bound to this event."""
        kind, value = identifier(draft.patient, sealed_for)
        reply = await self.identity.post(
            "/patients/seal",
            {
                "identifier": {"kind": kind, "value": value},
                "event_id": sealed_for,
                "fields": personal_fields(draft),
            },
            repeatable=True,
        )
        if reply.status != 200:
            raise unavailable("The identity room")
        answer = reply.body
        return Sealed(
            patient_ref=answer["patient_ref"],
            key_id=answer["sealed_key"],
            fields={name: base64.b64decode(text) for name, text in answer["sealed"].items()},
        )


def _field_problem(violation: Violation) -> dict[str, str]:
    return {
        "field": violation.field,
        "location": "body",
        "reason": violation.message.en,
        "reason_vi": violation.message.vi,
        "what_next": violation.what_next.en,
        "what_next_vi": violation.what_next.vi,
        "rule": violation.rule,
        "severity": violation.severity,
        "source": violation.source,
    }


def identifier(patient: Patient, sealed_for: str) -> tuple[str, str]:
    """The best number a patient has. Without any, the patient is new each time: who cannot be
    told apart is not guessed together."""
    former = patient.citizen_number is not None and len(patient.citizen_number) == 9
    for kind, value in (
        ("former-id" if former else "citizen", patient.citizen_number),
        ("passport", patient.passport_number),
        ("health", patient.health_id),
        ("insurance", patient.insurance_number),
    ):
        if value:
            return kind, value
    return "unidentified", sealed_for


def unknown_facility(facility_id: str) -> Problem:
    return Problem(
        "unknown-facility",
        403,
        title="The facility of your token is not in the directory",
        title_vi="Cơ sở trong thẻ truy cập không có trong danh mục",
        detail=f"Facility {facility_id} is unknown.",
        detail_vi=f"Không có cơ sở {facility_id}.",
        what_next="Ask the operator to register the facility.",
        what_next_vi="Hãy đề nghị đơn vị vận hành đăng ký cơ sở.",
    )


def code_taken() -> Problem:
    text = REFUSALS[TAKEN]
    return Problem(
        TAKEN,
        409,
        title=text.en,
        title_vi=text.vi,
        what_next=text.next_en,
        what_next_vi=text.next_vi,
        result=TAKEN,
        verdict="refused",
    )
