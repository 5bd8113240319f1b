"""What a clinic is told of its prescription, and what the record keeps of it."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from services.contracts.submissions import PrescriptionIssued
from services.contracts.terms import Drug, Reason
from services.prescribing.api import routes
from services.prescribing.issuing import Issuing
from services.prescribing.submissions import Sealed, issued
from services.vietnam.catalogue import DRUGS_FILE, DrugCatalogue
from services.vietnam.directory import FACILITIES_FILE, FacilityDirectory
from services.vietnam.draft import PrescriptionDraft
from services.vietnam.law import Law, LawInForce
from tests.builders import by
from tests.doctors import DOCTOR, Doctor
from tests.writing_rooms import Room, Sealing, Taken

LAW = Law.load()
DIRECTORY = FacilityDirectory.load(FACILITIES_FILE)
CATALOGUE = DrugCatalogue.load(DRUGS_FILE)
HOSPITAL, CLINIC = "01901", "01911"
TWO_PAST_EIGHT = datetime(2026, 10, 5, 1, 2, tzinfo=UTC)

LINE = {
    "drug_code": "DQGMAU0061",
    "active_ingredient": "amoxicillin",
    "trade_name": "Thuốc mẫu",
    "unit": "viên",
    "quantity": "20",
    "dosage_instruction": "Ngày uống 4 viên, chia 2 lần, x 5 ngày",
    "days_supply": 5,
}
DRAFT: dict[str, Any] = {
    "prescription_type": "c",
    "authored_on": "2026-10-05T08:00:00+07:00",
    "prescriber": {"person_id": "BSM-01901-1"},
    "patient": {
        "citizen_number": "001090000042",
        "full_name": "BỆNH NHÂN MẪU 0042",
        "birth_date": "1990-05-04",
        "sex": "male",
    },
    "diagnoses": [{"icd10": "J02.9", "name": "Viêm họng cấp"}],
    "lines": [LINE],
}
MORPHINE = LINE | {
    "drug_code": "DQGMAU0002",
    "active_ingredient": "morphine",
    "quantity": "60",
    "quantity_in_words": "sáu mươi",
    "days_supply": 30,
}
BATCHES = [
    {"number": 1, "start_on": "2026-10-05", "end_on": "2026-10-14"},
    {"number": 2, "start_on": "2026-10-15", "end_on": "2026-10-24"},
    {"number": 3, "start_on": "2026-10-25", "end_on": "2026-11-03"},
]
CANCER = DRAFT | {
    "prescription_type": "n",
    "diagnoses": [{"icd10": "C34.9", "name": "U ác của phổi"}],
    "lines": [MORPHINE],
    "batches": BATCHES,
}


@dataclass
class Doctors:
    """A directory that knows everybody as the same doctor, and notes who was asked for."""

    doctor: Doctor | None = DOCTOR
    asked: list[tuple[str, str, date]] = field(default_factory=list)

    def find(self, practitioner_id: str, facility_id: str, day: date) -> Doctor | None:
        self.asked.append((practitioner_id, facility_id, day))
        return self.doctor


@dataclass(frozen=True)
class CountingCatalogue(DrugCatalogue):
    """Notes what was looked up."""

    asked: list[str] = field(default_factory=list)

    def find(self, code: str, day: date, name: str = "") -> Drug:
        self.asked.append(code)
        return super().find(code, day, name)


class CountingLaw:
    """Notes how often the law was asked for."""

    def __init__(self) -> None:
        self.asked: list[datetime] = []

    def at(self, moment: datetime) -> LawInForce:
        self.asked.append(moment)
        return LAW.at(moment)


class Clinic:
    """The prescribing room and what it submitted."""

    def __init__(self, doctors: Doctors | None = None) -> None:
        self.log, self.law = Taken(), CountingLaw()
        self.catalogue = CountingCatalogue(CATALOGUE.entries, CATALOGUE.codes)
        self.doctors = doctors or Doctors()
        writer: Any = self.log
        identity: Any = Sealing()
        law: Any = self.law
        people: Any = self.doctors
        issuing = Issuing(
            writer=writer,
            identity=identity,
            directory=DIRECTORY,
            catalogue=self.catalogue,
            law=law,
            code_secret=b"secret",
            code_attempts_max=3,
            practitioners=people,
        )
        registry: Any = None
        self.room = Room("prescribing", routes(issuing, registry))

    async def issue(self, draft: dict[str, Any], facility: str = HOSPITAL) -> Any:
        return await self.room.post("/prescriptions", draft, role="clinic", facility=facility)

    @property
    def record(self) -> PrescriptionIssued:
        (submission,) = self.log.submissions
        assert isinstance(submission, PrescriptionIssued)
        return submission


def lasting(days: int) -> dict[str, Any]:
    return DRAFT | {"lines": [LINE | {"days_supply": days}]}


async def test_a_breach_of_law_is_refused_with_field_rule_source_and_what_to_do() -> None:
    clinic = Clinic()
    answer = await clinic.issue(lasting(120))
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["field"], error["rule"]) == ("lines[0].days_supply", "days-over-maximum")
    assert error["source"] == "TT 26/2025/TT-BYT Art 6.8 b"
    assert error["severity"] == "S1"
    assert error["reason"] == "120 days are more than the 90 allowed."
    assert error["what_next"] == "Prescribe at most 90 days; have the patient come again."
    assert "120 ngày" in error["reason_vi"]
    assert "90 ngày" in error["what_next_vi"]
    assert clinic.log.submissions == []


async def test_refusals_come_without_the_advice() -> None:
    answer = await Clinic(Doctors(None)).issue(lasting(120))
    assert [error["rule"] for error in answer.json()["errors"]] == ["days-over-maximum"]


async def test_what_does_not_refuse_is_told_and_stays_on_the_record() -> None:
    clinic = Clinic(Doctors(None))
    answer = await clinic.issue(lasting(60))
    assert answer.status_code == 201
    told = [(entry["rule"], entry["severity"], entry["field"]) for entry in answer.json()["advice"]]
    assert told == [
        ("prescriber-unknown", "S2", "prescriber.person_id"),
        ("days-over-limit", "S2", "lines[0].days_supply"),
    ]
    assert all(entry["what_next"] and entry["what_next_vi"] for entry in answer.json()["advice"])
    assert clinic.record.findings == (
        Reason(code="prescriber-unknown"),
        Reason(code="days-over-limit", line=1, details={"limit": "30", "stated": "60"}),
    )


async def test_a_clean_prescription_has_no_findings_and_its_prescriber_s_licence() -> None:
    clinic = Clinic()
    answer = await clinic.issue(DRAFT)
    assert answer.json()["advice"] == []
    assert clinic.record.findings == ()
    assert clinic.record.prescriber_status == "ACTIVE"
    assert clinic.doctors.asked == [("BSM-01901-1", HOSPITAL, date(2026, 10, 5))]


async def test_a_prescriber_without_a_licence_that_day_is_refused() -> None:
    answer = await Clinic(Doctors(Doctor("INACTIVE"))).issue(DRAFT)
    assert [error["rule"] for error in answer.json()["errors"]] == ["prescriber-unlicensed"]


async def test_a_prescriber_nobody_knows_is_said_to_be_unknown() -> None:
    clinic = Clinic(Doctors(None))
    await clinic.issue(DRAFT)
    assert clinic.record.prescriber_status == "UNKNOWN"


async def test_the_law_and_the_directories_are_asked_once() -> None:
    clinic = Clinic()
    await clinic.issue(DRAFT | {"lines": [LINE, LINE | {"drug_code": "DQGMAU0136"}]})
    assert len(clinic.law.asked) == 1
    assert clinic.catalogue.asked == ["DQGMAU0061", "DQGMAU0136"]
    assert len(clinic.doctors.asked) == 1


async def test_narcotics_from_a_place_without_beds_are_refused() -> None:
    answer = await Clinic().issue(CANCER, CLINIC)
    assert [error["rule"] for error in answer.json()["errors"]] == ["n-bedless"]


async def test_each_batch_carries_when_it_may_be_collected() -> None:
    clinic = Clinic()
    answer = await clinic.issue(CANCER)
    assert answer.status_code == 201, answer.text
    record = clinic.record
    assert [(batch.opens_at, batch.closes_at) for batch in record.batches] == [
        (evening_before(5), evening_before(15)),
        (evening_before(12), evening_before(25)),
        (evening_before(22), evening_before(35)),
    ]
    assert record.valid_until == record.batches[-1].closes_at


def evening_before(day: int) -> datetime:
    """The first moment of a day of October 2026 in Vietnam, counted on into November."""
    month, day = (10, day - 1) if day <= 32 else (11, day - 32)
    return datetime(2026, month, day, 17, 0, tzinfo=UTC)


async def test_other_periods_carry_no_window() -> None:
    clinic = Clinic()
    acute = copy.deepcopy(CANCER) | {"diagnoses": DRAFT["diagnoses"], "batches": BATCHES[:1]}
    acute["lines"][0]["days_supply"] = 7
    answer = await clinic.issue(acute)
    assert answer.status_code == 201, answer.text
    (batch,) = clinic.record.batches
    assert (batch.opens_at, batch.closes_at) == (None, None)


def test_the_content_is_what_the_clinic_said_whatever_was_stamped() -> None:
    """The hash of the same prescription does not change with the law or the directories."""
    draft = PrescriptionDraft.model_validate(DRAFT)
    known = issued(
        draft,
        event_id="event-1",
        code="01901abcdefg-c",
        submitter=by(HOSPITAL, "clinic"),
        drugs=[CATALOGUE.find("DQGMAU0061", date(2026, 10, 5))],
        law=LAW.at(draft.authored_on),
        sealed=Sealed("patient-1", "1", {}),
        replaces=None,
    )
    later = issued(
        draft,
        event_id="event-1",
        code="01901abcdefg-c",
        submitter=replace_place(by(HOSPITAL, "clinic")),
        drugs=[Drug(code="DQGMAU0061")],
        law=LAW.at(TWO_PAST_EIGHT.replace(year=2020)),
        sealed=Sealed("patient-1", "2", {}),
        replaces=None,
        prescriber_status="ACTIVE",
        findings=(Reason(code="prescriber-unknown"),),
    )
    assert known.content_hash == later.content_hash


def replace_place(submitter: Any) -> Any:
    return type(submitter)(facility_id=submitter.facility_id, role="clinic", province="79")
