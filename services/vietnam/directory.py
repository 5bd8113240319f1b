"""The facilities of the country and the provinces they are in, as a writer looks them up."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, cast, get_args

from services.contracts.terms import LicenceStatus

FacilityKind = Literal["hospital", "clinic", "pharmacy", "payer", "regulator"]
CareLevel = Literal["", "initial", "basic", "specialised"]

FACILITIES_FILE = Path(__file__).with_name("data") / "facilities.csv"
PROVINCES_FILE = Path(__file__).with_name("data") / "provinces.csv"


class DirectoryError(ValueError):
    """A directory file cannot be used; the text names the row and what to correct."""


@dataclass(frozen=True)
class Province:
    """One of the 34 provinces, with the rough place of its capital in degrees."""

    code: str
    name: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Facility:
    """A place with an interconnect code. `level` is that of Law 15/2023/QH15 on health care.

    `licence_until` is the last day of the licence, None while open-ended. `chain_id` is empty for
    an independent place. Degrees are those of the registered site.
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

    def licence_status(self, day: date) -> LicenceStatus:
        """Whether a licence was in force on a day; one without a first day never is."""
        if self.licence_from is None or day < self.licence_from:
            return "INACTIVE"
        return "ACTIVE" if self.licence_until is None or day <= self.licence_until else "INACTIVE"

    def is_licensed(self, day: date) -> bool:
        """Whether a licence was in force on a day."""
        return self.licence_status(day) == "ACTIVE"


@dataclass(frozen=True)
class FacilityDirectory:
    """Every known facility by code, and the version of the file that said so."""

    facilities: dict[str, Facility]
    version: str

    @classmethod
    def load(cls, path: Path) -> FacilityDirectory:
        """Read a CSV with one row per facility. Raises `DirectoryError` naming the bad row."""
        text = path.read_text(encoding="utf-8")
        facilities: dict[str, Facility] = {}
        for number, row in _rows(text):
            facility = _facility(number, row)
            if facility.facility_id in facilities:
                raise DirectoryError(f"row {number}: facility {facility.facility_id} is repeated")
            facilities[facility.facility_id] = facility
        return cls(facilities, content_version(text))

    def find(self, facility_id: str) -> Facility | None:
        """The facility of a code, in any case of letters; None when unknown."""
        return self.facilities.get(facility_id.upper())

    def of_kind(self, *kinds: FacilityKind) -> tuple[Facility, ...]:
        """The facilities of these kinds, in the order of the file."""
        return tuple(place for place in self.facilities.values() if place.kind in kinds)


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


def content_version(text: str) -> str:
    """A short hash of a data file's content, the same on every system."""
    return hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()[:12]


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    for number, row in enumerate(csv.DictReader(io.StringIO(text), strict=True), start=2):
        if None in row or None in row.values():
            raise DirectoryError(f"row {number}: give as many cells as the header has")
        yield number, row


def _facility(number: int, row: dict[str, str]) -> Facility:
    try:
        return Facility(
            facility_id=row["facility_id"].upper(),
            name=row["name"],
            kind=cast(FacilityKind, _one_of(row["kind"], get_args(FacilityKind))),
            has_beds=_one_of(row["has_beds"], ("yes", "no")) == "yes",
            level=cast(CareLevel, _one_of(row["level"], get_args(CareLevel))),
            specialty=row["specialty"],
            province=row["province"],
            latitude=_degrees(number, row["latitude"]) if row["latitude"] else None,
            longitude=_degrees(number, row["longitude"]) if row["longitude"] else None,
            chain_id=row["chain_id"],
            licence_number=row["licence_number"],
            licence_from=_day(row["licence_from"]),
            licence_until=_day(row["licence_until"]),
        )
    except KeyError as missing:
        raise DirectoryError(f"add the column {missing} to the facility file") from missing
    except ValueError as bad:
        raise DirectoryError(f"row {number}: {bad}") from bad


def _one_of(value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{value!r} must be one of {', '.join(map(repr, allowed))}")
    return value


def _day(value: str) -> date | None:
    return date.fromisoformat(value) if value else None


def _degrees(number: int, value: str) -> float:
    try:
        return float(value)
    except ValueError as bad:
        raise DirectoryError(f"row {number}: {value!r} is not a number of degrees") from bad
