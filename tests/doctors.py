"""Prescribers as a directory would know them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.contracts.terms import LicenceStatus


@dataclass(frozen=True)
class Doctor:
    """The same on every day; `places` are the facilities where they prescribe."""

    status: LicenceStatus = "ACTIVE"
    words: tuple[str, ...] = ("general",)
    places: tuple[str, ...] = ("01901", "01911", "01921")
    signature: bool = True

    def licence_status(self, _day: date) -> LicenceStatus:
        return self.status

    def scope(self, _day: date) -> tuple[str, ...]:
        return self.words

    def practises_at(self, facility_id: str, _day: date) -> bool:
        return facility_id in self.places

    def signs_narcotics(self, facility_id: str, day: date) -> bool:
        return self.signature and self.practises_at(facility_id, day)


DOCTOR = Doctor()
