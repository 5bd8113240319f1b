"""THE FLOW: which topic carries which events, under which key, who writes and who reads them.

Data only; this is the one place where a topic is named. `infra` makes the topics from it, the
rooms take their topics from it, and a test holds the code to it.

    clinics -> prescribing -+                      +-> rx.outcomes -> the room that submitted
    pharmacies -> dispensing +-> rx.log -> registry +-> rx.facts -> surveillance -> rx.alerts
    payers -> claims -------+                      +-> rx.dead-letters           -> oversight

    registers, law -> directories -> rx.facilities, rx.practitioners, rx.medicines, rx.law
                                     -> prescribing, dispensing, claims (what they stamp)
                                     -> surveillance (who is a peer of whom)

    regulators -> oversight -> rx.alerts (what people decided, beside the alerts it is about)

    identity -> rx.erasures -> identity
"""

from __future__ import annotations

from dataclasses import dataclass, field

from services.contracts.alerts import (
    AlertRaised,
    AlertRetracted,
    AlertRevised,
    WatermarkAdvanced,
)
from services.contracts.dead_letters import DeadLettered, DeadLetterRedriven
from services.contracts.decisions import CaseDecided, RuleReleased
from services.contracts.directories import (
    FacilityListed,
    LawPublished,
    MedicineListed,
    PractitionerListed,
)
from services.contracts.erasures import PatientErased
from services.contracts.facts import FactRecorded, FactWithdrawn, LogTimePassed
from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import (
    ClaimWithdrawn,
    DispenseReversed,
    DispensingReserved,
    PrescriptionCancelled,
    PrescriptionClaimed,
    PrescriptionDispensed,
    PrescriptionIssued,
    ReservationReleased,
    TimeTicked,
)
from services.contracts.terms import Contract

KEPT_FOR_EVER = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "message.timestamp.type": "LogAppendTime",
}
"""A log of record: never compacted, never expired; the broker's clock dates every record."""

COMPACTED = {
    "cleanup.policy": "compact",
    "message.timestamp.type": "LogAppendTime",
    "segment.ms": "86400000",
}
"""A directory: the last value of a key stays for ever. Values before it go once the segment they
are in is a day old, so that somebody who starts reads little more than there are keys."""


@dataclass(frozen=True)
class Topic:
    """One Kafka topic: its events and, per event, the one room that writes it."""

    name: str
    key: str
    written_by: dict[type[Contract], str]
    readers: tuple[str, ...]
    partitions: int
    config: dict[str, str] = field(default_factory=lambda: dict(KEPT_FOR_EVER))

    @property
    def events(self) -> tuple[type[Contract], ...]:
        return tuple(self.written_by)


LOG = Topic(
    "rx.log",
    key="prescription_code",
    written_by={
        PrescriptionIssued: "prescribing",
        PrescriptionCancelled: "prescribing",
        DispensingReserved: "dispensing",
        ReservationReleased: "dispensing",
        PrescriptionDispensed: "dispensing",
        DispenseReversed: "dispensing",
        PrescriptionClaimed: "claims",
        ClaimWithdrawn: "claims",
        TimeTicked: "registry",
    },
    readers=("registry",),
    partitions=12,
)

OUTCOMES = Topic(
    "rx.outcomes",
    key="prescription_code",
    written_by={SubmissionJudged: "registry"},
    readers=("prescribing", "dispensing", "claims"),
    partitions=12,
)

FACTS = Topic(
    "rx.facts",
    key="patient_ref",
    written_by={
        FactRecorded: "registry",
        FactWithdrawn: "registry",
        LogTimePassed: "registry",  # into every partition, without a key
    },
    readers=("surveillance",),
    partitions=12,
)

ALERTS = Topic(
    "rx.alerts",
    key="subject",
    written_by={
        AlertRaised: "surveillance",
        AlertRevised: "surveillance",
        AlertRetracted: "surveillance",
        WatermarkAdvanced: "surveillance",  # into every partition, without a key
        CaseDecided: "oversight",
        RuleReleased: "oversight",
    },
    readers=("oversight",),
    partitions=6,
)

DEAD_LETTERS = Topic(
    "rx.dead-letters",
    key="the key of the record that failed",
    written_by={
        DeadLettered: "registry, surveillance, oversight, identity",
        DeadLetterRedriven: "oversight",  # `rxlog redrive` writes it for the operator
    },
    readers=("oversight", "registry"),
    partitions=1,
    config=KEPT_FOR_EVER | {"max.message.bytes": str(4 * 1024 * 1024)},
)

FACILITIES = Topic(
    "rx.facilities",
    key="facility_id",
    written_by={FacilityListed: "directories"},
    readers=("prescribing", "dispensing", "claims", "surveillance", "oversight"),
    partitions=1,
    config=COMPACTED,
)

PRACTITIONERS = Topic(
    "rx.practitioners",
    key="practitioner_id",
    written_by={PractitionerListed: "directories"},
    readers=("prescribing",),
    partitions=1,
    config=COMPACTED,
)

MEDICINES = Topic(
    "rx.medicines",
    key="drug_code",
    written_by={MedicineListed: "directories"},
    readers=("prescribing", "dispensing"),
    partitions=1,
    config=COMPACTED,
)

LAW = Topic(
    "rx.law",
    key="country",
    written_by={LawPublished: "directories"},
    readers=("prescribing", "dispensing", "claims"),
    partitions=1,
)

ERASURES = Topic(
    "rx.erasures",
    key="patient_ref",
    written_by={PatientErased: "identity"},
    readers=("identity",),
    partitions=1,
)

TOPICS: tuple[Topic, ...] = (
    LOG,
    OUTCOMES,
    FACTS,
    ALERTS,
    DEAD_LETTERS,
    FACILITIES,
    PRACTITIONERS,
    MEDICINES,
    LAW,
    ERASURES,
)
