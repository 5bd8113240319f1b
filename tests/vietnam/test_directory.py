"""Facilities, prescribers and medicines looked up as of a day, on both sides of every change."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple

import pytest

from services.contracts.directories import (
    FacilityListed,
    FacilityPeriod,
    MedicineListed,
    MedicinePeriod,
    Practice,
    PractisingLicence,
    PractitionerListed,
)
from services.contracts.terms import Submitter
from services.vietnam.catalogue import DRUGS_FILE, DrugCatalogue, RegistrationNumbers
from services.vietnam.directory import (
    FACILITIES_FILE,
    Facility,
    FacilityDirectory,
)
from services.vietnam.practitioners import PractitionerDirectory
from services.vietnam.stamps import submitter

DIRECTORY = FacilityDirectory.load(FACILITIES_FILE)
CATALOGUE = DrugCatalogue.load(DRUGS_FILE)
TODAY = date(2026, 11, 22)


def a_period(first: date, last: date | None, **more: object) -> FacilityPeriod:
    return FacilityPeriod(
        valid_from=first,
        valid_until=last,
        **{"licence_number": "GPMAU-1", "name": "Mẫu", "kind": "clinic", **more},
    )


def a_facility(*periods: FacilityPeriod) -> FacilityDirectory:
    entry = FacilityListed(facility_id="01901", periods=periods, entry_version="v", load_id="l")
    return FacilityDirectory({"01901": entry})


# Licensed in 2020 without beds, not in 2021, and again from 2022 on with beds.
INTERRUPTED = a_facility(
    a_period(date(2020, 1, 1), date(2020, 12, 31), has_beds=False, permitted_classes=("NONE",)),
    a_period(date(2022, 1, 1), None, has_beds=True, permitted_classes=("NONE", "NARCOTIC")),
)


class Caller(NamedTuple):
    facility: str
    role: str = "clinic"
    person: str = "BS-1"
    licence: str = "L1"


# --- facilities -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "status", "has_beds"),
    [
        (date(2019, 12, 31), "INACTIVE", False),
        (date(2020, 1, 1), "ACTIVE", False),
        (date(2020, 12, 31), "ACTIVE", False),
        (date(2021, 1, 1), "INACTIVE", False),
        (date(2021, 12, 31), "INACTIVE", False),
        (date(2022, 1, 1), "ACTIVE", True),
        (date(2099, 1, 1), "ACTIVE", True),
    ],
)
def test_a_facility_is_what_it_was_on_the_day_asked_for(
    day: date, status: str, has_beds: bool
) -> None:
    place = INTERRUPTED.find("01901", day)
    assert place is not None
    assert (place.licence_status(day), place.has_beds) == (status, has_beds)
    assert place.is_licensed(day) is (status == "ACTIVE")


def test_a_facility_of_one_day_knows_its_licence_of_every_day() -> None:
    place = INTERRUPTED.find("01901", TODAY)
    assert place is not None
    asked = [date(2019, 12, 31), date(2020, 6, 1), date(2021, 6, 1), TODAY]
    assert [place.is_licensed(day) for day in asked] == [False, True, False, True]
    assert not place.is_standing


def test_a_facility_is_found_in_any_case_or_not_at_all() -> None:
    assert a_facility(a_period(date(2018, 1, 1), None)).find(" 01901 ", TODAY) is not None
    assert DIRECTORY.find("99999", TODAY) is None


def test_a_facility_without_any_first_day_was_never_licensed() -> None:
    assert not Facility("01901", "Mẫu", "hospital", has_beds=True).is_licensed(TODAY)


# --- what a writer stamps ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "status", "classes"),
    [
        (datetime(2020, 12, 31, 16, 59, tzinfo=UTC), "ACTIVE", ("NONE",)),
        (datetime(2020, 12, 31, 17, 0, tzinfo=UTC), "INACTIVE", ("NONE",)),
        (datetime(2021, 12, 31, 16, 59, tzinfo=UTC), "INACTIVE", ("NONE",)),
        (datetime(2021, 12, 31, 17, 0, tzinfo=UTC), "ACTIVE", ("NONE", "NARCOTIC")),
    ],
    ids=["last minute", "the minute after", "the minute before", "first minute"],
)
def test_the_stamp_is_of_vietnams_day(at: datetime, status: str, classes: tuple[str, ...]) -> None:
    stamp = submitter(INTERRUPTED, Caller("01901"), at)
    assert (stamp.licence_status, stamp.permitted_classes) == (status, classes)
    assert stamp.directory_version == "v"


def test_a_facility_nobody_knows_is_said_to_be_unknown() -> None:
    stamp = submitter(INTERRUPTED, Caller("99999"), datetime(2026, 11, 22, tzinfo=UTC))
    assert stamp == Submitter(facility_id="99999", role="clinic", person_id="BS-1", licence="L1")
    assert stamp.licence_status == "UNKNOWN"


# --- prescribers ------------------------------------------------------------------------------


def a_prescriber() -> PractitionerDirectory:
    """A licence renewed after half a year, a second one, two workplaces, a signature at one."""
    entry = PractitionerListed(
        practitioner_id="BS-1",
        licences=(
            PractisingLicence(
                valid_from=date(2020, 1, 1),
                valid_until=date(2020, 6, 30),
                number="A",
                permitted_classes=("PSYCHOTROPIC",),
            ),
            PractisingLicence(valid_from=date(2021, 1, 1), number="A", specialties=("general",)),
            PractisingLicence(valid_from=date(2021, 6, 1), number="B", specialties=("oncology",)),
        ),
        practices=(
            Practice(
                valid_from=date(2020, 1, 1),
                valid_until=date(2021, 12, 31),
                facility_id="01901",
                narcotic_signature=True,
            ),
            Practice(valid_from=date(2021, 1, 1), facility_id="01911"),
        ),
        entry_version="v",
        load_id="l",
    )
    return PractitionerDirectory({"BS-1": entry})


@pytest.mark.parametrize(
    ("day", "status", "numbers", "scope"),
    [
        (date(2019, 12, 31), "INACTIVE", (), set()),
        (date(2020, 1, 1), "ACTIVE", ("A",), {"PSYCHOTROPIC", "NARCOTIC"}),
        (date(2020, 6, 30), "ACTIVE", ("A",), {"PSYCHOTROPIC", "NARCOTIC"}),
        (date(2020, 7, 1), "INACTIVE", (), set()),
        (date(2020, 12, 31), "INACTIVE", (), set()),
        (date(2021, 1, 1), "ACTIVE", ("A",), {"NARCOTIC"}),
        (date(2021, 6, 1), "ACTIVE", ("A", "B"), {"NARCOTIC"}),
        (date(2021, 12, 31), "ACTIVE", ("A", "B"), {"NARCOTIC"}),
        (date(2022, 1, 1), "ACTIVE", ("A", "B"), set()),
    ],
)
def test_a_prescriber_is_what_they_were_on_the_day_asked_for(
    day: date, status: str, numbers: tuple[str, ...], scope: set[str]
) -> None:
    person = a_prescriber().find("bs-1", "01901", day)
    assert person is not None
    assert (person.status(day), person.licence_numbers, person.scope) == (status, numbers, scope)


def test_a_signature_for_narcotics_is_one_facilitys() -> None:
    day = date(2021, 7, 1)
    person = a_prescriber().find("BS-1", "01911", day)
    assert person is not None
    assert person.practises_here
    assert person.scope == set()
    assert person.specialties == {"general", "oncology"}
    elsewhere = a_prescriber().find("BS-1", "79901", day)
    assert elsewhere is not None
    assert not elsewhere.practises_here


def test_a_prescriber_nobody_knows_is_not_found() -> None:
    assert a_prescriber().find("BS-2", "01901", TODAY) is None


# --- medicines --------------------------------------------------------------------------------


def test_a_known_medicine_is_found_whatever_name_it_was_sent_under() -> None:
    morphine = CATALOGUE.find(" dqgmau0001 ", TODAY, "another name")
    assert (morphine.ingredients, morphine.atc) == (("morphine",), "N02AA01")
    assert (morphine.control_class, morphine.form, morphine.route) == ("NARCOTIC", "tablet", "oral")
    assert morphine.catalogue_version == CATALOGUE.entries["DQGMAU0001"].entry_version


@pytest.mark.parametrize("number", ["VD-90001-19", "893111900126", " vd-90001-19 "])
def test_a_medicine_is_found_by_its_registration_numbers_old_and_new(number: str) -> None:
    assert CATALOGUE.find(number, TODAY).code == "DQGMAU0001"


def test_of_several_packs_under_one_number_the_first_code_is_found() -> None:
    numbers = RegistrationNumbers()
    for code in ("B", "A", "C"):
        numbers.take(code, a_medicine(code, numbers=("VD-1-26",)))
    assert numbers["VD-1-26"] == "A"


def a_medicine(code: str, numbers: tuple[str, ...], until: date | None = None) -> MedicineListed:
    period = MedicinePeriod(
        valid_from=date(2020, 1, 1),
        valid_until=until,
        registration_numbers=numbers,
        name="Thuốc mẫu",
        ingredients=("tramadol", "paracetamol"),
        unit="viên",
        pack_size=Decimal(10),
    )
    return MedicineListed(drug_code=code, periods=(period,), entry_version="v", load_id="l")


@pytest.mark.parametrize(
    ("day", "number", "is_registered"),
    [
        (date(2019, 2, 28), "VD-90001-19", False),
        (date(2019, 3, 1), "VD-90001-19", True),
        (date(2026, 9, 30), "VD-90001-19", True),
        (date(2026, 10, 1), "893111900126", True),
    ],
)
def test_a_registration_is_of_a_day(day: date, number: str, is_registered: bool) -> None:
    product = CATALOGUE.product("DQGMAU0001", day)
    assert product is not None
    assert (product.registration_numbers, product.is_registered) == ((number,), is_registered)


def test_a_medicine_without_registration_is_still_what_it_was() -> None:
    ended = a_medicine("A", (), until=date(2020, 12, 31))
    product = DrugCatalogue({"A": ended}, {}).product("A", TODAY)
    assert product is not None
    assert not product.is_registered
    assert product.drug.ingredients == ("paracetamol", "tramadol"), "in one order for everybody"
    assert product.drug.pack_size == 10


def test_an_unknown_medicine_is_its_submitted_name_and_nothing_else() -> None:
    unknown = CATALOGUE.find("VD-1-26", TODAY, "Thuốc lạ")
    assert (unknown.code, unknown.name) == ("VD-1-26", "Thuốc lạ")
    assert (unknown.ingredients, unknown.atc, unknown.strength_mg) == ((), "", None)
    assert (unknown.control_class, unknown.catalogue_version) == ("UNKNOWN", "")
