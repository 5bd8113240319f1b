"""Who takes part: clinics, pharmacies and payers of the shipped directory, artificial patients.

Prescriptions come by HTTP, or straight onto the log as the prescribing room would put them there:
issuing by HTTP costs the network many times what a reservation does.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from services.contracts.submissions import PrescriptionIssued, PrescriptionLine
from services.contracts.terms import Drug, Submitter
from services.kernel.http.idempotency import event_id
from services.vietnam.catalogue import DRUGS_FILE, DrugCatalogue, Product
from services.vietnam.directory import FACILITIES_FILE, FacilityDirectory, FacilityKind
from services.vietnam.draft import PrescriptionDraft
from services.vietnam.law import Law, local_day
from services.vietnam.prescription_code import mint

CLINICS, PHARMACIES, PERSONS = 4, 10, 2
BUILDER = "builder"
"""The client, in the history, of prescriptions put straight on the log."""

VALID_FOR = timedelta(days=5)
QUANTITIES = (10, 20, 28, 30, 60)
DAYS = 5


@dataclass(frozen=True)
class Line:
    """One prescribed medicine."""

    product: Product
    quantity: Decimal

    @property
    def drug(self) -> Drug:
        return self.product.drug


@dataclass(frozen=True)
class Plain:
    """A prescription as the traffic thinks of it before it is issued; `code` "" until minted."""

    clinic: str
    patient: int
    lines: tuple[Line, ...]
    code: str = ""


@dataclass
class Population:
    """Everybody, drawn with a seed; `run` keeps codes of different runs apart."""

    seed: int
    run: str
    clinics: list[str] = field(default_factory=list)
    pharmacies: list[str] = field(default_factory=list)
    payers: list[str] = field(default_factory=list)
    regulator: str = ""
    _count: int = 0

    def __post_init__(self) -> None:
        rng = random.Random(f"rxlog faults/{self.seed}/people")
        directory = FacilityDirectory.load(FACILITIES_FILE)

        def some(kind: FacilityKind, count: int) -> list[str]:
            every = sorted(p.facility_id for p in directory.of_kind(kind) if p.is_standing)
            return sorted(rng.sample(every, min(count, len(every))))

        self.clinics = some("hospital", CLINICS)
        self.pharmacies = some("pharmacy", PHARMACIES)
        self.payers = some("payer", 2)
        self.regulator = some("regulator", 1)[0]
        self._law = Law.load()
        today = local_day(datetime.now(UTC))
        self._products = [
            product
            for _, product in sorted(DrugCatalogue.load(DRUGS_FILE).products(today).items())
            if product.drug.control_class == "NONE" and product.drug.form in ("tablet", "capsule")
        ]

    def person(self, rng: random.Random) -> str:
        """One of a facility's clients."""
        return f"p{rng.randrange(PERSONS)}"

    def plain(self, rng: random.Random) -> Plain:
        """A prescription of one or two medicines; its code is minted here."""
        self._count += 1
        clinic = rng.choice(self.clinics)
        digest = hashlib.sha256(f"{self.seed}/{self.run}/{self._count}".encode()).digest()
        lines = tuple(
            Line(product, Decimal(rng.choice(QUANTITIES)))
            for product in rng.sample(self._products, rng.choice((1, 1, 2)))
        )
        return Plain(clinic, rng.randrange(10_000), lines, mint(clinic, "c", digest))

    def plains(self, rng: random.Random, count: int) -> list[Plain]:
        return [self.plain(rng) for _ in range(count)]

    def record(self, one: Plain) -> PrescriptionIssued:
        """The record the prescribing room would append for it now."""
        now = datetime.now(UTC)
        law = self._law.at(now)
        return PrescriptionIssued(
            event_id=event_id(BUILDER, "issue", one.code),
            content_hash=hashlib.sha256(one.code.encode()).digest(),
            prescription_code=one.code,
            occurred_at=now,
            submitter=Submitter(facility_id=one.clinic, role="clinic", person_id="BSM-1"),
            patient_ref=hashlib.sha256(f"{self.seed}/{one.patient}".encode()).hexdigest()[:32],
            prescriber_id="BSM-1",
            treatment="ACUTE",
            valid_from=now - timedelta(minutes=30),
            valid_until=now + VALID_FOR,
            law_version=law.version,
            lines=tuple(
                PrescriptionLine(
                    line=number,
                    drug=line.drug,
                    quantity=line.quantity,
                    unit=line.product.unit,
                    days_supply=DAYS,
                )
                for number, line in enumerate(one.lines, start=1)
            ),
        )

    def draft(self, one: Plain) -> PrescriptionDraft:
        """What the clinic sends to have it issued; the room mints the code."""
        return PrescriptionDraft.model_validate(
            {
                "prescription_type": "c",
                "authored_on": datetime.now(UTC).isoformat(),
                "prescriber": {"person_id": "BSM-1", "licence": f"GPHN-MAU-{one.clinic}"},
                "patient": {
                    "citizen_number": f"0010900{one.patient:05d}",
                    "full_name": f"BỆNH NHÂN MẪU {one.patient:05d}",
                    "birth_date": "1990-05-04",
                    "sex": "male",
                    "address": f"Địa chỉ mẫu {one.patient}",
                },
                "diagnoses": [{"icd10": "J02.9", "name": "Viêm họng cấp"}],
                "lines": [_draft_line(line) for line in one.lines],
            }
        )


def _draft_line(line: Line) -> dict[str, object]:
    per_day = max(line.quantity // DAYS, Decimal(1))
    return {
        "drug_code": line.drug.code,
        "active_ingredient": "; ".join(line.drug.ingredients),
        "trade_name": line.drug.name,
        "unit": line.product.unit,
        "quantity": str(line.quantity),
        "dosage_instruction": f"Ngày uống {per_day} {line.product.unit}, x {DAYS} ngày",
        "days_supply": DAYS,
    }


def together(rng: random.Random, several: Sequence[str], low: int, high: int) -> list[str]:
    """Some of them, in a random order."""
    return rng.sample(list(several), min(rng.randint(low, high), len(several)))
