"""Morphine milligram equivalents (MME) per day of a dispense, from dated conversion factors.

MME/day = strength x quantity / days' supply x factor (CDC 2022). In thousandths and as integers,
so that sums are exact and a replay gives the same bytes. Unknown strength, days or factor: None.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from decimal import Decimal
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from services.contracts.facts import FactLine


class FactorTable(BaseModel):
    """One version of the conversion factors, in force from the start of `effective_from`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = Field(min_length=1)
    effective_from: date
    source: str = Field(min_length=1)
    factors: dict[str, Decimal]
    forms_without: tuple[str, ...]


class MmeFactors:
    """All versions of the table, oldest first."""

    def __init__(self, versions: tuple[FactorTable, ...]) -> None:
        self._versions = versions
        self._starts = [table.effective_from.toordinal() for table in versions]

    @classmethod
    def load(cls, path: Path | None = None) -> MmeFactors:
        """Read the tables from YAML; raises pydantic's ValidationError naming each bad place."""
        text = (path or Path(__file__).with_name("mme_factors.yaml")).read_text("utf-8")
        return cls(tuple(FactorTable.model_validate(item) for item in yaml.safe_load(text)))

    def milli_per_day(self, line: FactLine, ordinal: int) -> int | None:
        """Thousandths of MME a day of one medicine, on the day given by `date.toordinal`."""
        table = self._versions[max(bisect_right(self._starts, ordinal) - 1, 0)]
        drug, days = line.drug, line.days_supply
        factor = table.factors.get(drug.atc.strip().upper())
        if factor is None or drug.strength_mg is None or not days or days < 1:
            return None
        if any(form in drug.form for form in table.forms_without):
            return None
        return int(drug.strength_mg * line.quantity * factor * 1000 / days)
