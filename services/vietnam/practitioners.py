"""Who may prescribe: licences to practise, their scope, and where somebody prescribes.

No name and nothing else of the person: a code (QĐ 425/QĐ-BYT Art 9), licence numbers, places.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from services.contracts.directories import PractitionerListed
from services.contracts.terms import LicenceStatus
from services.vietnam.periods import covers
from services.vietnam.registers.practitioners import PRACTITIONERS
from services.vietnam.registers.reading import load

PRACTITIONERS_FILE = Path(__file__).with_name("data") / "practitioners.csv"


@dataclass(frozen=True)
class Practitioner:
    """A prescriber at one facility on one day, as the register knows it.

    `scope` are the controlled classes the person may prescribe there: what the licences in force
    cover, and `NARCOTIC` when the facility's list of sample signatures has the person (TT
    26/2025/TT-BYT Art 7.4). `specialties` is an open list of words such as `oncology`, empty when
    the register does not say. `version` names the content of the entry.
    """

    practitioner_id: str
    licence_numbers: tuple[str, ...]
    specialties: frozenset[str]
    scope: frozenset[str]
    practises_here: bool
    entry: PractitionerListed

    @property
    def version(self) -> str:
        """Names the content of the entry."""
        return self.entry.entry_version

    def status(self, day: date) -> LicenceStatus:
        """Whether any licence to practise was in force on a day."""
        return "ACTIVE" if any(covers(held, day) for held in self.entry.licences) else "INACTIVE"


@dataclass(frozen=True)
class PractitionerDirectory:
    """Every known prescriber by code. `entries` may grow and change while it is asked."""

    entries: Mapping[str, PractitionerListed]

    @classmethod
    def load(cls, path: Path) -> PractitionerDirectory:
        """Read a CSV with a row per person, licence and workplace. Raises `DirectoryError` naming
        every bad row."""
        return cls(load(PRACTITIONERS, path))

    def find(self, practitioner_id: str, facility_id: str, day: date) -> Practitioner | None:
        """The prescriber of a code at a facility on a day; None when nobody knows the code.

        Letters may be of any case.
        """
        entry = self.entries.get(practitioner_id.strip().upper())
        if entry is None:
            return None
        held = [licence for licence in entry.licences if covers(licence, day)]
        place = facility_id.strip().upper()
        here = [one for one in entry.practices if one.facility_id == place and covers(one, day)]
        scope = {name for licence in held for name in licence.permitted_classes}
        if held and any(practice.narcotic_signature for practice in here):
            scope.add("NARCOTIC")
        return Practitioner(
            practitioner_id=entry.practitioner_id,
            licence_numbers=tuple(licence.number for licence in held),
            specialties=frozenset(word for licence in held for word in licence.specialties),
            scope=frozenset(scope),
            practises_here=bool(here),
            entry=entry,
        )
