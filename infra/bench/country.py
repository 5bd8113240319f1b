"""Who prescribes what to whom and who dispenses it: the shipped directories, artificial people.

Pure: a prescription's number and the seed give all of it.
"""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from infra.bench.lives import Life, share_of_history
from services.contracts.terms import Drug, Submitter
from services.simulation.patients import Person, adult
from services.vietnam.catalogue import DRUGS_FILE, DrugCatalogue, Product
from services.vietnam.directory import FACILITIES_FILE, Facility, FacilityDirectory
from services.vietnam.draft import Diagnosis, DraftLine, Prescriber, PrescriptionDraft
from services.vietnam.law import Law, LawInForce, local_day
from services.vietnam.number_words import in_words
from services.vietnam.prescription_code import PrescriptionType
from services.vietnam.stamps import submitter

HISTORY_EACH = 10
"""Old prescriptions of a person who is chronically ill: about twenty facts over two years."""

CHRONIC_NOW = 0.015
"""So many of the prescriptions of these days are for the chronically ill."""

OTHERS_EACH = 0.6
"""Other people, per prescription."""

ELSEWHERE = 0.03
"""So many prescriptions are written far from where the patient lives."""

LINES, LINE_WEIGHTS = (1, 2, 3, 4), (25, 35, 25, 15)
DAYS = (5, 7, 10, 30)
TYPES: tuple[PrescriptionType, ...] = ("c", "h", "n")
TYPE_WEIGHTS = (90, 7, 3)
FORMS = ("tablet", "capsule")
CLASSES = {"c": ("NONE",), "h": ("PSYCHOTROPIC",), "n": ("NARCOTIC",)}

DIAGNOSES = (
    Diagnosis(icd10="J20.9", name="Viêm phế quản cấp"),
    Diagnosis(icd10="I10", name="Tăng huyết áp vô căn"),
    Diagnosis(icd10="E11.9", name="Đái tháo đường không phụ thuộc insulin"),
    Diagnosis(icd10="K29.7", name="Viêm dạ dày, không đặc hiệu"),
    Diagnosis(icd10="M54.5", name="Đau lưng dưới"),
)
ADVICE = "Uống đủ thuốc, tái khám khi không đỡ."


@dataclass(frozen=True, slots=True)
class Caller:
    """What a token would say."""

    facility: str
    role: str
    person: str
    licence: str


@dataclass(frozen=True, slots=True)
class Case:
    """One prescription and the places of its life."""

    draft: PrescriptionDraft
    drugs: tuple[Drug, ...]
    patient_ref: str
    clinic: Submitter
    pharmacies: tuple[Submitter, Submitter]
    payer_id: str


class Country:
    """Makes cases out of the shipped directories, for a log of so many prescriptions."""

    def __init__(self, seed: int, prescriptions: int, moment: datetime) -> None:
        self._seed = seed
        self._chronic = max(round(prescriptions * share_of_history() / HISTORY_EACH), 1)
        self._others = max(round(prescriptions * OTHERS_EACH), 1)
        self._directory = FacilityDirectory.load(FACILITIES_FILE)
        self._law = Law.load()
        self._products = _by_type(DrugCatalogue.load(DRUGS_FILE), local_day(moment))
        self._practices = _by_province(self._directory.of_kind("hospital", "clinic"))
        self._pharmacies = _by_province(
            [
                place
                for place in self._directory.of_kind("pharmacy")
                if place.is_standing and "NARCOTIC" in place.permitted_classes
            ]
        )
        self._payers = self._directory.of_kind("payer")
        self._today = local_day(moment)

    def law(self, moment: datetime) -> LawInForce:
        """The law in force at a moment."""
        return self._law.at(moment)

    def case(self, number: int, life: Life, begins: datetime) -> Case:
        """Prescription `number` of the log, whose first record is of the moment `begins`."""
        rng = random.Random(f"rxlog bench/{self._seed}/{number}")
        authored_on = begins - timedelta(days=rng.randint(*life.days_ago))
        if life.is_history or rng.random() < CHRONIC_NOW:
            who = rng.randrange(self._chronic)
        else:
            who = self._chronic + rng.randrange(self._others)
        home = self._home(who)
        place = rng.choice(sorted(self._practices)) if rng.random() < ELSEWHERE else home
        practice = rng.choice(self._practices[place])
        letter = rng.choices(TYPES, TYPE_WEIGHTS)[0]
        products = rng.sample(self._products[letter], _line_count(rng, letter))
        doctor = f"BSM-{practice.facility_id}-{rng.randint(1, 3)}"
        prescriber = Prescriber(person_id=doctor, licence=f"GPHN-MAU-{practice.facility_id}")
        draft = PrescriptionDraft(
            prescription_type=letter,
            authored_on=authored_on,
            prescriber=prescriber,
            patient=self._person(who, home).as_patient(self._today),
            diagnoses=rng.sample(DIAGNOSES, rng.choice((1, 1, 2))),
            lines=[_line(rng, product, letter) for product in products],
            advice=ADVICE,
        )
        first, second = rng.sample(self._pharmacies[place], 2)
        return Case(
            draft=draft,
            drugs=tuple(product.drug for product in products),
            patient_ref=uuid.uuid5(uuid.NAMESPACE_OID, f"{self._seed}/{who}").hex,
            clinic=self._stamp(practice, "clinic", authored_on, doctor),
            pharmacies=(
                self._stamp(first, "pharmacy", begins),
                self._stamp(second, "pharmacy", begins),
            ),
            payer_id=rng.choice(self._payers).facility_id,
        )

    def _home(self, who: int) -> str:
        provinces = sorted(self._practices)
        return provinces[who % len(provinces)]

    def _person(self, who: int, home: str) -> Person:
        return adult(who, random.Random(f"rxlog bench/{self._seed}/p{who}"), self._today, home)

    def _stamp(self, place: Facility, role: str, at: datetime, person: str = "") -> Submitter:
        person = person or f"DSM-{place.facility_id}-1"
        caller = Caller(place.facility_id, role, person, f"GPHN-MAU-{place.facility_id}")
        return submitter(self._directory, caller, at)


def _by_type(catalogue: DrugCatalogue, day: date) -> dict[PrescriptionType, list[Product]]:
    """Tablets and capsules that each type of prescription may name."""
    products = [p for p in catalogue.products(day).values() if p.drug.form in FORMS]
    return {
        letter: [p for p in products if p.drug.control_class in CLASSES[letter]] for letter in TYPES
    }


def _by_province(places: Sequence[Facility]) -> dict[str, list[Facility]]:
    found: dict[str, list[Facility]] = defaultdict(list)
    for place in places:
        if place.is_standing:
            found[place.province].append(place)
    return dict(found)


def _line_count(rng: random.Random, letter: PrescriptionType) -> int:
    return rng.choices(LINES, LINE_WEIGHTS)[0] if letter == "c" else 1


def _line(rng: random.Random, product: Product, letter: PrescriptionType) -> DraftLine:
    per_day, days = rng.randint(1, 3), rng.choice(DAYS)
    quantity = Decimal(per_day * days)
    return DraftLine.model_validate(
        {
            "drug_code": product.drug.code,
            "active_ingredient": "; ".join(product.drug.ingredients),
            "trade_name": product.drug.name,
            "unit": product.unit,
            "quantity": quantity,
            "quantity_in_words": in_words(quantity) if letter == "n" else None,
            "dosage_instruction": f"Ngày uống {per_day} {product.unit}, trong {days} ngày",
            "days_supply": days,
        }
    )
