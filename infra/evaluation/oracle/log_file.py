"""The log of some patients as a CSV file: what it carries and no more, a row per line of a fact."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.contracts.facts import Fact, FactLine, FactRecorded

COLUMNS = {
    "kind": "VARCHAR",
    "patient": "VARCHAR",
    "fact_id": "VARCHAR",
    "occurred_us": "BIGINT",
    "code": "VARCHAR",
    "prescriber": "VARCHAR",
    "practice": "VARCHAR",
    "practice_province": "VARCHAR",
    "practice_lat": "DOUBLE",
    "practice_lon": "DOUBLE",
    "pharmacy": "VARCHAR",
    "chain": "VARCHAR",
    "pharmacy_province": "VARCHAR",
    "pharmacy_lat": "DOUBLE",
    "pharmacy_lon": "DOUBLE",
    "in_person": "BOOLEAN",
    "treatment": "VARCHAR",
    "line": "BIGINT",
    "atc": "VARCHAR",
    "ingredients": "VARCHAR",
    "strength_thousandths": "BIGINT",
    "units": "BIGINT",
    "days": "BIGINT",
    "control": "VARCHAR",
    "form": "VARCHAR",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def write_log(facts: Iterable[Fact], path: Path) -> None:
    """The log of some patients as CSV, one row per line of a fact."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(_rows(facts))


_NULL = r"\N"


def _rows(facts: Iterable[Fact]) -> Iterator[list[object]]:
    for fact in facts:
        at = (fact.occurred_at - _EPOCH) // _MICROSECOND
        if not isinstance(fact, FactRecorded):
            head = ["WITHDRAWN", fact.patient_ref, fact.fact_id, at, fact.prescription_code]
            yield [*head, *([_NULL] * (len(COLUMNS) - len(head)))]
            continue
        head = [
            fact.kind,
            fact.patient_ref,
            fact.fact_id,
            at,
            fact.prescription_code,
            fact.prescriber_id,
            fact.practice_id,
            fact.practice_province,
            fact.practice_latitude,
            fact.practice_longitude,
            fact.pharmacy_id,
            fact.pharmacy_chain_id,
            fact.pharmacy_province,
            fact.pharmacy_latitude,
            fact.pharmacy_longitude,
            fact.in_person,
            fact.treatment,
        ]
        for line in fact.lines:
            yield [_NULL if value is None else value for value in (*head, *_line(line))]


def _line(line: FactLine) -> list[object]:
    drug = line.drug
    strength = None if drug.strength_mg is None else int(drug.strength_mg * 1000)
    ingredients = "+".join(sorted(drug.ingredients))
    return [line.line, drug.atc, ingredients, strength, int(line.quantity), line.days_supply,
            drug.control_class, drug.form]  # fmt: skip
