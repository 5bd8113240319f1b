"""The medicines of the generated country: products of the shipped sample catalogue, by name."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import NamedTuple

from infra.evaluation.country.world import BEGINS
from services.contracts.facts import FactLine
from services.contracts.terms import Drug
from services.vietnam.catalogue import DRUGS_FILE, DrugCatalogue

CODES = {
    "morphine-10": "DQGMAU0001",
    "morphine-30": "DQGMAU0002",
    "oxycodone": "DQGMAU0005",
    "fentanyl-patch": "DQGMAU0009",
    "tramadol": "DQGMAU0012",
    "tramadol-paracetamol": "DQGMAU0022",
    "diazepam": "DQGMAU0023",
    "lorazepam": "DQGMAU0028",
    "bromazepam": "DQGMAU0029",
    "alprazolam": "DQGMAU0031",
    "clonazepam": "DQGMAU0041",
    "zolpidem": "DQGMAU0042",
    "phenobarbital": "DQGMAU0046",
    "methylphenidate": "DQGMAU0048",
    "carisoprodol": "DQGMAU0056",
    "pregabalin": "DQGMAU0054",
    "amoxicillin": "DQGMAU0061",
    "co-amoxiclav": "DQGMAU0062",
    "cefuroxime": "DQGMAU0068",
    "cefixime": "DQGMAU0071",
    "metformin": "DQGMAU0091",
    "gliclazide": "DQGMAU0093",
    "amlodipine": "DQGMAU0099",
    "enalapril": "DQGMAU0102",
    "losartan": "DQGMAU0105",
    "atorvastatin": "DQGMAU0113",
    "rosuvastatin": "DQGMAU0115",
    "omeprazole": "DQGMAU0121",
    "esomeprazole": "DQGMAU0122",
    "levothyroxine": "DQGMAU0123",
    "fluoxetine": "DQGMAU0133",
    "sertraline": "DQGMAU0134",
    "paracetamol": "DQGMAU0136",
    "paracetamol-child": "DQGMAU0137",
    "ibuprofen": "DQGMAU0138",
    "meloxicam": "DQGMAU0139",
}


class Course(NamedTuple):
    """A medicine as prescribed: `units` over `days`; `days_written` False leaves the days out."""

    medicine: str
    days: int
    units: int
    days_written: bool = True

    def part(self, days: int) -> Course:
        """What is needed for so many of the days."""
        return self._replace(days=days, units=self.units * days // self.days)


def course(medicine: str, days: int, per_day: int = 1, *, days_written: bool = True) -> Course:
    """So many units a day."""
    return Course(medicine, days, per_day * days, days_written)


@cache
def drug(medicine: str) -> Drug:
    """The product as the writers would stamp it; raises LookupError for an unknown name."""
    product = _catalogue().product(CODES[medicine], BEGINS)
    if product is None:
        raise LookupError(f"the shipped catalogue has no {CODES[medicine]}")
    return product.drug


@cache
def line(number: int, taken: Course) -> FactLine:
    """One line of a fact; equal lines are one object."""
    return FactLine(
        line=number,
        drug=drug(taken.medicine),
        quantity=Decimal(taken.units),
        days_supply=taken.days if taken.days_written else None,
    )


@cache
def _catalogue() -> DrugCatalogue:
    return DrugCatalogue.load(DRUGS_FILE)
