"""Given a draft with one thing changed, when it is checked, then these rules are broken."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import settings

from services.contracts.terms import ControlClass, Drug
from services.vietnam.directory import Facility
from services.vietnam.draft import PrescriptionDraft
from services.vietnam.law import (
    LAW_FILE,
    IssueCase,
    IssuingFacility,
    Law,
    Violation,
    check_issue,
)
from tests.doctors import DOCTOR, Doctor

# No deadline: other work may share the machine.
QUICK = settings(deadline=None)

LAW = Law.load(LAW_FILE)
RECEIVED = datetime(2026, 10, 20, 2, 0, tzinfo=UTC)
AUTHORED = "2026-10-05T08:15:00+07:00"

HOSPITAL = Facility(
    "01901", "Bệnh viện mẫu", "hospital", has_beds=True, licence_from=date(2018, 1, 1)
)
CLINIC = Facility(
    "01911", "Phòng khám mẫu", "clinic", has_beds=False, licence_from=date(2018, 1, 1)
)
PHARMACY = Facility(
    "01921", "Nhà thuốc mẫu", "pharmacy", has_beds=False, licence_from=date(2018, 1, 1)
)

BATCHES = [
    {"number": 1, "start_on": "2026-10-05", "end_on": "2026-10-14"},
    {"number": 2, "start_on": "2026-10-15", "end_on": "2026-10-24"},
    {"number": 3, "start_on": "2026-10-25", "end_on": "2026-11-03"},
]


def drug(
    control_class: ControlClass = "NONE",
    atc: str = "N02BE01",
    *,
    ingredients: tuple[str, ...] = ("paracetamol",),
    form: str = "",
) -> Drug:
    return Drug(
        code="DQGMAU0001",
        name="Thuốc mẫu",
        ingredients=ingredients,
        atc=atc,
        control_class=control_class,
        form=form,
    )


def _with(part: Any, steps: list[str], value: object) -> Any:
    """A copy of nested lists and objects with one value changed; what stays is shared."""
    step: Any = int(steps[0]) if isinstance(part, list) else steps[0]
    changed = part.copy()
    changed[step] = _with(part[step], steps[1:], value) if steps[1:] else value
    return changed


class Given:
    """A prescription body and what it is checked with; every step returns a changed copy."""

    def __init__(self, body: dict[str, Any], drugs: list[Drug], facility: IssuingFacility) -> None:
        self.body = body
        self.drugs = drugs
        self.facility = facility
        self.doctor: Doctor | None = DOCTOR
        self.received_at = RECEIVED

    def _copy(self) -> Given:
        return copy.copy(self)

    def but(self, path: str, value: object) -> Given:
        """The same with one value changed, for example `lines.0.days_supply`."""
        changed = self._copy()
        changed.body = _with(self.body, path.split("."), value)
        return changed

    def of(self, *drugs: Drug) -> Given:
        """The same with these medicines, one line each."""
        changed = self.but("lines", [self.body["lines"][0] for _ in drugs])
        changed.drugs = list(drugs)
        return changed

    def at(self, facility: IssuingFacility) -> Given:
        changed = self._copy()
        changed.facility = facility
        return changed

    def by(self, doctor: Doctor | None) -> Given:
        changed = self._copy()
        changed.doctor = doctor
        return changed

    def on(self, moment: datetime) -> Given:
        """The same visit at another moment: batches and an age in months move with it."""
        before = datetime.fromisoformat(self.body["authored_on"])
        shift = moment.date() - before.date()
        changed = self.but("authored_on", moment.isoformat())
        changed = changed.received(moment + (self.received_at - before))
        paths = [
            f"batches.{index}.{key}"
            for index, _ in enumerate(self.body.get("batches", ()))
            for key in ("start_on", "end_on")
        ]
        if "age_months" in self.body["patient"]:
            paths.append("patient.birth_date")
        for path in paths:
            day: Any = self.body
            for step in path.split("."):
                day = day[int(step) if step.isdigit() else step]
            changed = changed.but(path, (date.fromisoformat(day) + shift).isoformat())
        place = changed.facility
        if isinstance(place, Facility) and place.licence_from is not None:
            changed.facility = replace(place, licence_from=date(1990, 1, 1))
        return changed

    def received(self, moment: datetime) -> Given:
        changed = self._copy()
        changed.received_at = moment
        return changed

    @property
    def draft(self) -> PrescriptionDraft:
        return PrescriptionDraft.model_validate(self.body)

    def case(self, law: Law = LAW) -> IssueCase:
        draft = self.draft
        in_force = law.at(draft.authored_on)
        return IssueCase(draft, self.drugs, self.facility, self.doctor, in_force, self.received_at)

    @property
    def violations(self) -> list[Violation]:
        return check_issue(self.case())

    @property
    def broken(self) -> list[tuple[str, str]]:
        return [(violation.rule, violation.field) for violation in self.violations]


def ordinary() -> Given:
    body = {
        "prescription_type": "c",
        "authored_on": AUTHORED,
        "prescriber": {"person_id": "BSM-1"},
        "patient": {
            "citizen_number": "001090000042",
            "full_name": "Nguyễn Thử 0042",
            "birth_date": "1990-03-15",
            "sex": "male",
        },
        "diagnoses": [{"icd10": "K29.7", "name": "Viêm dạ dày"}],
        "lines": [
            {
                "drug_code": "DQGMAU0001",
                "active_ingredient": "paracetamol",
                "trade_name": "Thuốc mẫu",
                "unit": "viên",
                "quantity": "10",
                "dosage_instruction": "Uống ngày 2 lần, mỗi lần 1 viên",
                "days_supply": 5,
            }
        ],
    }
    return Given(body, [drug()], HOSPITAL)


def narcotic() -> Given:
    given = ordinary().of(drug("NARCOTIC", "N02AA01")).but("prescription_type", "n")
    return given.but("lines.0.quantity_in_words", "mười").but("diagnoses.0.icd10", "S52.5")


def cancer() -> Given:
    given = narcotic().but("diagnoses.0.icd10", "C50.9").but("batches", BATCHES)
    return given.but("lines.0.days_supply", 30)


def psychotropic() -> Given:
    return ordinary().of(drug("PSYCHOTROPIC", "N05BA01")).but("prescription_type", "h")


def decoction() -> Given:
    given = ordinary().of(drug("NONE", "")).but("prescription_type", "t")
    return given.but("lines.0.unit", "thang")


def child(birth_date: str = "2024-03-18") -> Given:
    """Thirty months old on the day of prescribing, with all the law asks for."""
    given = ordinary().but("patient.birth_date", birth_date).but("patient.citizen_number", None)
    given = given.but("patient.address", "Số 42 đường Mẫu").but("patient.weight_kg", "12.5")
    return given.but("patient.age_months", 30).but("patient.guardian_name", "Trần Thị Mẫu 0042")


def batch(index: int, **days: str | int) -> Given:
    """Narcotics for cancer with one of the three batches changed."""
    batches = [dict(item) for item in BATCHES]
    batches[index] |= days
    return cancer().but("batches", batches)
