"""Patients with so many facts each: what one more fact costs when there are many before it. Pure.

An ordinary chronic life: monthly collections of a few medicines, a controlled one now and then,
three practices and three pharmacies, over two years. Patients take turns, so that the facts of one
of them lie as far apart in the topic as they can.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from services.contracts.facts import FactLine, FactRecorded
from services.contracts.terms import Drug

YEARS_END = datetime(2026, 11, 1, 2, tzinfo=UTC)
SPAN_DAYS = 700
"""Inside the 24 months that surveillance keeps."""

DRUGS = (
    Drug(code="BENCH-1", ingredients=("amlodipine",), atc="C08CA01", control_class="NONE"),
    Drug(code="BENCH-2", ingredients=("metformin",), atc="A10BA02", control_class="NONE"),
    Drug(code="BENCH-3", ingredients=("diazepam",), atc="N05BA01", control_class="PSYCHOTROPIC"),
    Drug(code="BENCH-4", ingredients=("tramadol",), atc="N02AX02", control_class="NARCOTIC"),
)
DRUG_WEIGHTS = (50, 40, 6, 4)
PLACES = 3


def facts(seed: int, total: int, each: int) -> Iterator[FactRecorded]:
    """`total` facts of `total` / `each` patients, in the order of their recording."""
    patients = max(total // each, 1)
    for turn in range(each):
        for patient in range(patients):
            yield _fact(seed, patient, turn, each)


def _fact(seed: int, patient: int, turn: int, each: int) -> FactRecorded:
    rng = random.Random(f"{seed} {patient} {turn}")
    days_ago = SPAN_DAYS * (each - turn) / each
    occurred_at = YEARS_END - timedelta(days=days_ago, minutes=rng.randrange(300))
    drug = rng.choices(DRUGS, DRUG_WEIGHTS)[0]
    place = rng.randrange(PLACES)
    home = patient % 1000
    return FactRecorded(
        fact_id=f"bench-{patient}-{turn}",
        kind="DISPENSED" if turn % 2 else "PRESCRIBED",
        patient_ref=f"bench-patient-{patient}",
        prescription_code=f"bench{patient:07d}{turn // 2}-c",
        occurred_at=occurred_at,
        recorded_at=occurred_at + timedelta(minutes=1),
        prescriber_id=f"bench-prescriber-{home}-{place}",
        practice_id=f"bench-practice-{home}-{place}",
        practice_province="01",
        pharmacy_id=f"bench-pharmacy-{home}-{place}" if turn % 2 else None,
        pharmacy_province="01" if turn % 2 else "",
        treatment="CHRONIC",
        in_person=True,
        lines=(FactLine(line=1, drug=drug, quantity=Decimal(30), days_supply=30),),
    )
