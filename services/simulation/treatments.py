"""What is prescribed for what: diagnoses and medicines of the shipped sample catalogue.

Doses are those of everyday practice as far as a simulation needs them; they are no advice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from services.simulation.patients import Person
from services.vietnam.catalogue import DrugCatalogue, Product
from services.vietnam.draft import Diagnosis, DraftBatch, DraftLine, Prescriber, PrescriptionDraft
from services.vietnam.law import local_day
from services.vietnam.number_words import in_words
from services.vietnam.prescription_code import PrescriptionType

BATCH_DAYS = 10


@dataclass(frozen=True)
class Medicine:
    """One medicine of a treatment: how many units a day, and for how long at most."""

    code: str
    per_day: int
    days_max: int = 90


@dataclass(frozen=True)
class Treatment:
    """One line of thought of a prescriber; `days` are the lengths in use."""

    kind: PrescriptionType
    icd10: str
    diagnosis: str
    medicines: tuple[Medicine, ...]
    days: tuple[int, ...]
    batches: int = 0
    advice: str = field(default="Uống đủ thuốc, tái khám khi không đỡ.")


_PARACETAMOL = Medicine("DQGMAU0136", 3, days_max=3)

ACUTE = (
    Treatment(
        "c",
        "J20.9",
        "Viêm phế quản cấp",
        (Medicine("DQGMAU0061", 3), _PARACETAMOL),
        days=(5, 7),
    ),
    Treatment(
        "c",
        "J02.9",
        "Viêm họng cấp",
        (Medicine("DQGMAU0068", 2), _PARACETAMOL),
        days=(5, 7),
    ),
    Treatment(
        "c",
        "A09.9",
        "Viêm dạ dày ruột nhiễm khuẩn",
        (Medicine("DQGMAU0084", 2), Medicine("DQGMAU0143", 2, days_max=3)),
        days=(5,),
    ),
)
"""Antibiotics for 5 to 7 days."""

CHRONIC = (
    Treatment("c", "I10", "Tăng huyết áp vô căn", (Medicine("DQGMAU0099", 1),), days=(30,)),
    Treatment(
        "c",
        "E11.9",
        "Đái tháo đường không phụ thuộc insulin",
        (Medicine("DQGMAU0091", 2), Medicine("DQGMAU0093", 2)),
        days=(30,),
    ),
    Treatment(
        "c",
        "E78.0",
        "Tăng cholesterol máu",
        (Medicine("DQGMAU0113", 1),),
        days=(30,),
    ),
)
"""The same every 30 days."""

CHILD = Treatment(
    "c",
    "J03.9",
    "Viêm amiđan cấp",
    (Medicine("DQGMAU0060", 2), Medicine("DQGMAU0137", 3, days_max=3)),
    days=(5, 7),
)

SURGERY = Treatment("n", "S82.2", "Gãy thân xương chày", (Medicine("DQGMAU0012", 3),), days=(5, 7))
"""An opioid for at most 7 days, from a hospital."""

OPIOID = Treatment("n", "S82.2", "Gãy thân xương chày", (Medicine("DQGMAU0012", 3),), days=(7,))
ANXIETY = Treatment(
    "h", "F41.1", "Rối loạn lo âu lan tỏa", (Medicine("DQGMAU0023", 2),), days=(30,)
)
INSOMNIA = Treatment(
    "h", "F51.0", "Mất ngủ không thực tổn", (Medicine("DQGMAU0042", 1),), days=(10,)
)
PSYCHIATRY = (ANXIETY, INSOMNIA)

CANCER_PAIN = Treatment(
    "n",
    "C34.9",
    "U ác của phế quản hoặc phổi",
    (Medicine("DQGMAU0002", 2),),
    days=(30,),
    batches=3,
)
CANCER_ANXIETY = Treatment(
    "h", "C34.9", "U ác của phế quản hoặc phổi", (Medicine("DQGMAU0028", 1),), days=(30,)
)

TRADITIONAL = (
    Treatment("t", "M25.5", "Đau khớp", (Medicine("DQGMAU0156", 1),), days=(7, 10)),
    Treatment("y", "N20.0", "Sỏi thận", (Medicine("DQGMAU0148", 6),), days=(30,)),
)
"""A decoction, and a herbal tablet."""


def draft(
    treatment: Treatment,
    days: int,
    *,
    person: Person,
    prescriber: Prescriber,
    authored_on: datetime,
    catalogue: DrugCatalogue,
) -> PrescriptionDraft:
    """A prescription that keeps the law."""
    day = local_day(authored_on)
    return PrescriptionDraft(
        prescription_type=treatment.kind,
        authored_on=authored_on,
        prescriber=prescriber,
        patient=person.as_patient(day),
        diagnoses=[Diagnosis(icd10=treatment.icd10, name=treatment.diagnosis)],
        lines=[
            _line(_product(catalogue, medicine, day), medicine, days, treatment.kind)
            for medicine in treatment.medicines
        ],
        batches=[
            DraftBatch(
                number=number,
                start_on=day + timedelta(days=(number - 1) * BATCH_DAYS),
                end_on=day + timedelta(days=number * BATCH_DAYS - 1),
            )
            for number in range(1, treatment.batches + 1)
        ],
        advice=treatment.advice,
    )


def _product(catalogue: DrugCatalogue, medicine: Medicine, day: date) -> Product:
    product = catalogue.product(medicine.code, day)
    if product is None:
        raise LookupError(f"the shipped catalogue has no {medicine.code}")
    return product


def _line(product: Product, medicine: Medicine, days: int, kind: PrescriptionType) -> DraftLine:
    days = min(days, medicine.days_max)
    quantity = Decimal(medicine.per_day * days)
    return DraftLine(
        drug_code=product.drug.code,
        active_ingredient="; ".join(product.drug.ingredients),
        trade_name=product.drug.name,
        unit=product.unit,
        quantity=quantity,
        quantity_in_words=in_words(quantity) if kind == "n" else None,
        dosage_instruction=f"Ngày dùng {medicine.per_day} {product.unit}, trong {days} ngày",
        days_supply=days,
    )
