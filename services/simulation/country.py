"""The country: provinces with their hospital, clinics and pharmacies, from the sample directory."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass

from services.vietnam.catalogue import DRUGS_FILE, DrugCatalogue
from services.vietnam.directory import (
    FACILITIES_FILE,
    PROVINCES_FILE,
    Facility,
    FacilityDirectory,
    Province,
    load_provinces,
)
from services.vietnam.draft import Prescriber
from services.vietnam.law import LAW_FILE, Law

PRESCRIBERS_EACH = 3
FAR_DEGREES = 4.0
"""Degrees of latitude: more than 440 km, farther than anyone gets in half an hour."""


@dataclass(frozen=True)
class Region:
    """One province and where its people go."""

    province: Province
    hospital: Facility
    clinics: dict[str, Facility]
    """By specialty."""
    pharmacies: tuple[Facility, ...]


@dataclass(frozen=True)
class Country:
    """Everything that is the same in every run."""

    regions: tuple[Region, ...]
    payers: tuple[Facility, ...]
    regulator: Facility
    directory: FacilityDirectory
    catalogue: DrugCatalogue
    law: Law

    @classmethod
    def load(cls) -> Country:
        """The country of the shipped sample files."""
        directory = FacilityDirectory.load(FACILITIES_FILE)
        return cls(
            regions=tuple(_regions(directory)),
            payers=directory.of_kind("payer"),
            regulator=directory.of_kind("regulator")[0],
            directory=directory,
            catalogue=DrugCatalogue.load(DRUGS_FILE),
            law=Law.load(LAW_FILE),
        )

    def far_from(self, region: Region, rng: random.Random) -> Region:
        """A province that nobody reaches within half an hour."""
        here = region.province.latitude
        far = [r for r in self.regions if abs(r.province.latitude - here) >= FAR_DEGREES]
        return rng.choice(far)


def prescriber(facility: Facility, rng: random.Random) -> Prescriber:
    """One of the prescribers who work at a facility."""
    number = rng.randint(1, PRESCRIBERS_EACH)
    person_id = f"BSM-{facility.facility_id}-{number}"
    return Prescriber(person_id=person_id, licence=f"GPHN-MAU-{facility.facility_id}-{number}")


def _regions(directory: FacilityDirectory) -> list[Region]:
    by_province: dict[str, list[Facility]] = defaultdict(list)
    for facility in directory.facilities.values():
        by_province[facility.province].append(facility)
    return [
        _region(province, by_province[province.code]) for province in load_provinces(PROVINCES_FILE)
    ]


def _region(province: Province, places: list[Facility]) -> Region:
    return Region(
        province=province,
        hospital=next(place for place in places if place.kind == "hospital"),
        clinics={place.specialty: place for place in places if place.kind == "clinic"},
        pharmacies=tuple(place for place in places if place.kind == "pharmacy"),
    )
