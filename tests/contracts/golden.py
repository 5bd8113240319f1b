"""One event of every kind with every field set; its bytes are kept for every released version.

`python -m tests.contracts.golden` writes the bytes of versions that have none yet, never again.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import msgspec

from infra.schema_lock import SCHEMAS
from services.contracts.alerts import (
    AlertRaised,
    AlertRetracted,
    AlertRevised,
    Evidence,
    WatermarkAdvanced,
)
from services.contracts.dead_letters import DeadLettered, DeadLetterRedriven
from services.contracts.decisions import CaseDecided, Informed, RuleReleased
from services.contracts.erasures import PatientErased
from services.contracts.facts import FactLine, FactRecorded, FactWithdrawn, LogTimePassed
from services.contracts.outcomes import Remaining, SubmissionJudged
from services.contracts.submissions import (
    Batch,
    ClaimedLine,
    ClaimWithdrawn,
    DispensedLine,
    DispenseReversed,
    DispensingReserved,
    PrescriptionCancelled,
    PrescriptionClaimed,
    PrescriptionDispensed,
    PrescriptionIssued,
    PrescriptionLine,
    ReservationReleased,
    TimeTicked,
)
from services.contracts.terms import Drug, Reason, Submitter
from services.kernel.log.codec import LOCK_FILE
from services.kernel.log.language import published_language
from tests.contracts.golden_directories import directory_events

GOLDEN = Path(__file__).parent / "golden"
AT = datetime(2026, 11, 22, 1, 2, 3, 456_000, tzinfo=UTC)
LATER = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
CODE = "01001k7m2p9q-n"
DRUG = Drug(
    code="DQG00001",
    name="Morphin mẫu 30",
    ingredients=("morphine",),
    atc="N02AA01",
    strength_mg=Decimal("30.000"),
    control_class="NARCOTIC",
    catalogue_version="0123456789ab",
    form="tablet",
    route="oral",
    pack_size=Decimal("10.000"),
)
SUBMITTER = Submitter(
    facility_id="01001",
    role="clinic",
    person_id="person-1",
    licence="000001/HNO-CCHN",
    province="01",
    latitude=21.0278,
    longitude=105.8342,
    chain_id="chain-1",
    directory_version="ba9876543210",
    licence_status="ACTIVE",
    permitted_classes=("NONE", "NARCOTIC"),
)
ENVELOPE = {
    "event_id": "0190f6a0-0000-8000-8000-000000000001",
    "content_hash": bytes(range(32)),
    "prescription_code": CODE,
    "occurred_at": AT,
    "submitter": SUBMITTER,
}
ALERT = {
    "change_id": "cob-1:1",
    "alert_id": "cob-1",
    "revision": 1,
    "rule": "cob",
    "rule_version": "1.1",
    "severity": "S3",
    "subject_kind": "patient",
    "subject": "p-1",
    "episode_start": AT,
    "episode_end": LATER,
    "evidence": (
        Evidence(
            fact_id="f-1", prescription_code=CODE, occurred_at=AT, facility_id="01P01", note="x"
        ),
    ),
    "figures": {"overlap_days": "9"},
    "occurred_at": AT,
}


ZERO, TWO = Decimal("0.000"), Decimal("2.000")


def _submissions() -> list[msgspec.Struct]:
    return [
        PrescriptionIssued(
            **ENVELOPE,
            patient_ref="p-1",
            prescriber_id="person-1",
            prescriber_licence="000001/HNO-CCHN",
            treatment="CANCER",
            valid_from=AT,
            valid_until=LATER,
            law_version="2026-01",
            replaces="01001older00-n",
            lines=(
                PrescriptionLine(
                    line=1, drug=DRUG, quantity=Decimal("20.500"), unit="viên", days_supply=10
                ),
            ),
            batches=(
                Batch(
                    number=1,
                    start_on=date(2026, 11, 22),
                    end_on=date(2026, 12, 1),
                    opens_at=AT,
                    closes_at=LATER,
                ),
            ),
            sealed={"patient.full_name": b"\x01\x02\x03"},
            sealed_key="key-1",
            prescriber_status="ACTIVE",
            findings=(Reason(code="days-over-limit", line=1, details={"days": "31"}),),
        ),
        PrescriptionCancelled(**ENVELOPE, reason="duplicate", replaced_by="01001newer00-n"),
        DispensingReserved(**ENVELOPE, hold_minutes=30, law_version="2026-01"),
        ReservationReleased(**ENVELOPE, reason="patient-left"),
        PrescriptionDispensed(
            **ENVELOPE,
            receipt_number="HD0001",
            lines=(
                DispensedLine(
                    line=1, drug=DRUG, quantity=TWO, days_supply=1, substituted=True, batch=1
                ),
            ),
            offline=True,
            collected_by_patient=False,
            release_reservation=True,
            law_version="2026-01",
            issue_grace_hours=72,
            clock_skew_minutes=10,
            repeat_hours=24,
            owing=True,
            owing_hold_minutes=2880,
        ),
        DispenseReversed(**ENVELOPE, dispense_event_id="e-1", reason="wrong-entry"),
        PrescriptionClaimed(
            **ENVELOPE,
            claim_id="c-1",
            payer_id="01V01",
            lines=(ClaimedLine(line=1, quantity=TWO, amount=Decimal("15000.500")),),
            law_version="2026-01",
            dispense_grace_hours=72,
            claim_window_days=90,
        ),
        ClaimWithdrawn(**ENVELOPE, claim_id="c-1", reason="wrong-entry"),
        TimeTicked(tick_id="0190f6a0-0000-8000-8000-000000000002", partition=3),
    ]


def _results() -> list[msgspec.Struct]:
    return [
        SubmissionJudged(
            outcome_id="3-17",
            event_id="e-1",
            submission="PrescriptionDispensed",
            prescription_code=CODE,
            facility_id="01P01",
            log_partition=3,
            log_offset=17,
            recorded_at=AT,
            verdict="RECORDED",
            result="dispensed",
            reasons=(Reason(code="over-quantity", line=1, details={"remaining": "1"}),),
            first_offset=17,
            first_recorded_at=AT,
            status="completed",
            holder="01P01",
            held_until=LATER,
            valid_until=LATER,
            remaining=(Remaining(line=1, quantity=ZERO, collectable=ZERO),),
        ),
        FactRecorded(
            fact_id="e-1",
            kind="DISPENSED",
            patient_ref="p-1",
            prescription_code=CODE,
            occurred_at=AT,
            recorded_at=LATER,
            prescriber_id="person-1",
            practice_id="01001",
            practice_province="01",
            practice_latitude=21.0278,
            practice_longitude=105.8342,
            pharmacy_id="01P01",
            pharmacy_chain_id="chain-1",
            pharmacy_province="01",
            pharmacy_latitude=21.03,
            pharmacy_longitude=105.85,
            treatment="CANCER",
            in_person=False,
            lines=(FactLine(line=1, drug=DRUG, quantity=TWO, days_supply=1),),
            findings=("over-quantity",),
        ),
        LogTimePassed(log_partition=11, log_partitions=12, at=AT),
        WatermarkAdvanced(at=AT, idle=(3, 7)),
        FactWithdrawn(
            fact_id="e-1",
            patient_ref="p-1",
            prescription_code=CODE,
            cause_event_id="e-2",
            occurred_at=AT,
            recorded_at=LATER,
        ),
    ]


def _alerts() -> list[msgspec.Struct]:
    return [
        AlertRaised(**ALERT),
        AlertRevised(**ALERT),
        AlertRetracted(**ALERT, cause_fact_id="f-1"),
        WatermarkAdvanced(at=AT, idle=(3, 7)),
        CaseDecided(
            decision_id="d-1",
            subject="p-1",
            case_number=1803,
            case_version=4,
            step="REFERRED",
            reason="to-inspectorate",
            reference="TT-2026/118",
            informed=(Informed(party="AUTHORITY", ref="01TTR", message="SUSPICION"),),
            although_provisional=True,
            not_told=("cob-7",),
            decided_by="officer-1",
            facility_id="01SYT",
            decided_at=AT,
        ),
        RuleReleased(
            release_id="r-1",
            rule="cob",
            reason="rule-is-right",
            reference="TT-2026/119",
            released_by="officer-1",
            facility_id="01SYT",
            released_at=AT,
        ),
        DeadLettered(
            dead_letter_id="registry:t:1:2",
            folder="registry",
            source_topic="t",
            source_partition=1,
            source_offset=2,
            recorded_at=AT,
            key=b"key",
            value=b"\xff\x00",
            headers={"h": b"v"},
            error="it is noise",
        ),
        DeadLetterRedriven(
            dead_letter_id="registry:t:1:2",
            redriven_at=LATER,
            topic="t",
            partition=1,
            offset=3,
            because="the worker knows the schema now",
        ),
        PatientErased(patient_ref="0" * 32, erased_at=AT, legal_basis="PERSON_REQUEST"),
    ]


def golden_events() -> dict[str, msgspec.Struct]:
    """By event name."""
    events = [*_submissions(), *_results(), *_alerts(), *directory_events()]
    return {type(event).__name__: event for event in events}


def main() -> int:
    codec, events = published_language(), golden_events()
    GOLDEN.mkdir(exist_ok=True)
    for entry in json.loads((SCHEMAS / LOCK_FILE).read_text()):
        file = GOLDEN / f"{entry['name']}.{entry['version']}.hex"
        if not file.exists():
            file.write_text(codec.encode(events[entry["name"]]).hex() + "\n")
            sys.stdout.write(f"wrote {file.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
