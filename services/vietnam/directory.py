"""The facilities of the country and the provinces they are in, as a writer looks them up."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import cast

from services.contracts.directories import FacilityListed
from services.contracts.terms import LicenceStatus
from services.vietnam.periods import known_on
from services.vietnam.registers.facilities import FACILITIES, CareLevel, FacilityKind
from services.vietnam.registers.reading import DirectoryError, load

__all__ = [
    "FACILITIES_FILE",
    "PROVINCES_FILE",
    "CareLevel",
    "DirectoryError",
    "Facility",
    "FacilityDirectory",
    "FacilityKind",
    "Interval",
    "Province",
    "load_provinces",
]

Interval = tuple[date, date | None]
"""A first and a last day, None while there is no last one."""

FACILITIES_FILE = Path(__file__).with_name("data") / "facilities.csv"
PROVINCES_FILE = Path(__file__).with_name("data") / "provinces.csv"


@dataclass(frozen=True)
class Province:
    """One of the 34 provinces, with the rough place of its capital in degrees."""

    code: str
    name: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Facility:
    """A place with an interconnect code, as the directory knows it on the day asked for.

    `level` is that of Law 15/2023/QH15 on health care. `licence_until` is the last day of the
    licence, None while open-ended; `other_licences` are the intervals before and after it.
    `permitted_classes` are control classes (`NONE`: medicines under no control), empty when the
    directory does not say. `chain_id` is empty for an independent place. Degrees are those of the
    registered site. `version` names the content of the entry.
    """

    facility_id: str
    name: str
    kind: FacilityKind
    has_beds: bool
    level: CareLevel = ""
    specialty: str = ""
    province: str = ""
    latitude: float | None = None
    longitude: float | None = None
    chain_id: str = ""
    licence_number: str = ""
    licence_from: date | None = None
    licence_until: date | None = None
    permitted_classes: tuple[str, ...] = ()
    other_licences: tuple[Interval, ...] = ()
    version: str = ""

    def licence_status(self, day: date) -> LicenceStatus:
        """Whether a licence was in force on a day; without any first day none ever was."""
        own = [(self.licence_from, self.licence_until)] if self.licence_from else []
        for first, last in (*own, *self.other_licences):
            if first <= day and (last is None or day <= last):
                return "ACTIVE"
        return "INACTIVE"

    def is_licensed(self, day: date) -> bool:
        """Whether a licence was in force on a day."""
        return self.licence_status(day) == "ACTIVE"

    @property
    def is_standing(self) -> bool:
        """Whether its licence was never interrupted and has no end."""
        return (
            self.licence_from is not None and self.licence_until is None and not self.other_licences
        )


@dataclass(frozen=True)
class FacilityDirectory:
    """Every known facility by code. `entries` may grow and change while it is asked."""

    entries: Mapping[str, FacilityListed]

    @classmethod
    def load(cls, path: Path) -> FacilityDirectory:
        """Read a CSV with a row per facility and licence. Raises `DirectoryError` naming every
        bad row."""
        return cls(load(FACILITIES, path))

    def find(self, facility_id: str, day: date) -> Facility | None:
        """The facility of a code, in any case of letters, as of a day; None when unknown.

        On a day without a licence it is described as it last was before.
        """
        entry = self.entries.get(facility_id.strip().upper())
        return None if entry is None else _as_of(entry, day)

    def of_kind(self, *kinds: FacilityKind) -> tuple[Facility, ...]:
        """The facilities that are or were last of these kinds, in the order of the directory."""
        places = (_as_of(entry, date.max) for entry in self.entries.values())
        return tuple(place for place in places if place.kind in kinds)


def load_provinces(path: Path) -> tuple[Province, ...]:
    """The provinces of a CSV with code, name, latitude and longitude, in the order of the file."""
    return tuple(
        Province(
            row["code"],
            row["name"],
            _degrees(number, row["latitude"]),
            _degrees(number, row["longitude"]),
        )
        for number, row in _rows(path.read_text(encoding="utf-8"))
    )


def _as_of(entry: FacilityListed, day: date) -> Facility:
    period = known_on(entry.periods, day)
    return Facility(
        facility_id=entry.facility_id,
        name=period.name,
        kind=cast(FacilityKind, period.kind),
        has_beds=period.has_beds,
        level=cast(CareLevel, period.level),
        specialty=period.specialty,
        province=period.province,
        latitude=period.latitude,
        longitude=period.longitude,
        chain_id=period.chain_id,
        licence_number=period.licence_number,
        licence_from=period.valid_from,
        licence_until=period.valid_until,
        permitted_classes=period.permitted_classes,
        other_licences=tuple(
            (other.valid_from, other.valid_until) for other in entry.periods if other is not period
        ),
        version=entry.entry_version,
    )


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    for number, row in enumerate(csv.DictReader(io.StringIO(text), strict=True), start=2):
        if None in row or None in row.values():
            raise DirectoryError(f"row {number}: give as many cells as the header has")
        yield number, row


def _degrees(number: int, value: str) -> float:
    try:
        return float(value)
    except ValueError as bad:
        raise DirectoryError(f"row {number}: {value!r} is not a number of degrees") from bad
