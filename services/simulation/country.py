"""The country: provinces with their hospital, clinics and pharmacies, from the sample directory."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass

from services.contracts.directories import MedicinePeriod
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
from services.vietnam.practitioners import PRACTITIONERS_FILE, PractitionerDirectory

CONTROLLED = {"NARCOTIC", "PSYCHOTROPIC", "PRECURSOR"}
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
    """Those that may sell every controlled medicine."""


@dataclass(frozen=True)
class Country:
    """Everything that is the same in every run."""

    regions: tuple[Region, ...]
    payers: tuple[Facility, ...]
    regulator: Facility
    directory: FacilityDirectory
    catalogue: DrugCatalogue
    law: Law
    prescribers: dict[str, tuple[Prescriber, ...]]
    """By facility: those who may prescribe whatever the place may, now and in the last years."""

    @classmethod
    def load(cls) -> Country:
        """The country of the shipped sample files, as far as its licences are in good order."""
        directory = FacilityDirectory.load(FACILITIES_FILE)
        return cls(
            regions=tuple(_regions(directory)),
            payers=directory.of_kind("payer"),
            regulator=directory.of_kind("regulator")[0],
            directory=directory,
            catalogue=DrugCatalogue.load(DRUGS_FILE),
            law=Law.load(LAW_FILE),
            prescribers=_prescribers(directory, PractitionerDirectory.load(PRACTITIONERS_FILE)),
        )

    def prescriber(self, facility: Facility, rng: random.Random) -> Prescriber:
        """One of those who prescribe at a facility."""
        return rng.choice(self.prescribers[facility.facility_id])

    def same_medicine(self, code: str) -> list[str]:
        """Other products of the same ingredients, strength, form and route."""
        given = self.catalogue.entries[code].periods[-1]
        return [
            other
            for other, entry in self.catalogue.entries.items()
            if other != code and _kind(entry.periods[-1]) == _kind(given)
        ]

    def far_from(self, region: Region, rng: random.Random) -> Region:
        """A province that nobody reaches within half an hour."""
        here = region.province.latitude
        far = [r for r in self.regions if abs(r.province.latitude - here) >= FAR_DEGREES]
        return rng.choice(far)


def _kind(period: MedicinePeriod) -> tuple[object, ...]:
    return set(period.ingredients), period.strength_mg, period.form, period.route, period.unit


def _prescribers(
    directory: FacilityDirectory, practitioners: PractitionerDirectory
) -> dict[str, tuple[Prescriber, ...]]:
    with_beds = {place.facility_id for place in directory.of_kind("hospital") if place.has_beds}
    found: dict[str, list[Prescriber]] = defaultdict(list)
    for entry in practitioners.entries.values():
        licences = [licence for licence in entry.licences if licence.valid_until is None]
        if len(licences) != 1 or len(entry.licences) != 1:
            continue  # a licence that was renewed or has ended: not in every week of the past
        person = Prescriber(person_id=entry.practitioner_id, licence=licences[0].number)
        for practice in entry.practices:
            signs = practice.narcotic_signature or practice.facility_id not in with_beds
            if practice.valid_until is None and signs:
                found[practice.facility_id].append(person)
    return {facility_id: tuple(people) for facility_id, people in found.items()}


def _regions(directory: FacilityDirectory) -> list[Region]:
    by_province: dict[str, list[Facility]] = defaultdict(list)
    for facility in directory.of_kind("hospital", "clinic", "pharmacy"):
        if facility.is_standing:
            by_province[facility.province].append(facility)
    return [
        _region(province, by_province[province.code]) for province in load_provinces(PROVINCES_FILE)
    ]


def _region(province: Province, places: list[Facility]) -> Region:
    return Region(
        province=province,
        hospital=next(place for place in places if place.kind == "hospital"),
        clinics={place.specialty: place for place in places if place.kind == "clinic"},
        pharmacies=tuple(
            place
            for place in places
            if place.kind == "pharmacy" and set(place.permitted_classes) >= CONTROLLED
        ),
    )
