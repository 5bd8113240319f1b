"""Prescribers as a directory would know them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.contracts.terms import LicenceStatus


@dataclass(frozen=True)
class Doctor:
    """The same at every facility and on every day."""

    licence: LicenceStatus = "ACTIVE"
    scope: tuple[str, ...] = ("NARCOTIC", "PSYCHOTROPIC", "PRECURSOR")
    practises_here: bool = True

    def status(self, _day: date) -> LicenceStatus:
        return self.licence


DOCTOR = Doctor()
