"""The shipped samples of the registers: what they hold, and that they are consistent."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from services.vietnam.catalogue import DRUGS_FILE, DrugCatalogue
from services.vietnam.data.generate import facilities_csv, practitioners_csv
from services.vietnam.directory import (
    FACILITIES_FILE,
    PROVINCES_FILE,
    FacilityDirectory,
    load_provinces,
)
from services.vietnam.identifiers import PROVINCE_CODES, parse_registration_number
from services.vietnam.practitioners import PRACTITIONERS_FILE, PractitionerDirectory

DIRECTORY = FacilityDirectory.load(FACILITIES_FILE)
PRACTITIONERS = PractitionerDirectory.load(PRACTITIONERS_FILE)
CATALOGUE = DrugCatalogue.load(DRUGS_FILE)
PROVINCES = load_provinces(PROVINCES_FILE)
TODAY = date(2026, 11, 22)


def test_the_shipped_files_are_what_the_generator_writes() -> None:
    assert FACILITIES_FILE.read_text(encoding="utf-8") == facilities_csv(PROVINCES)
    assert PRACTITIONERS_FILE.read_text(encoding="utf-8") == practitioners_csv(PROVINCES)


def test_the_provinces_are_the_34_of_2025() -> None:
    assert {province.code for province in PROVINCES} == PROVINCE_CODES
    for province in PROVINCES:
        assert 8 < province.latitude < 24
        assert 102 < province.longitude < 110


def test_every_province_has_a_hospital_three_clinics_and_eight_pharmacies() -> None:
    places = DIRECTORY.of_kind("hospital", "clinic", "pharmacy")
    for province in PROVINCE_CODES:
        standing = [p for p in places if p.province == province and p.is_standing]
        kinds = Counter(place.kind for place in standing)
        assert (kinds["hospital"], kinds["clinic"], kinds["pharmacy"]) == (1, 3, 8)
        assert any(place.chain_id for place in standing if place.kind == "pharmacy")
        sells = [set(p.permitted_classes) for p in standing if p.kind == "pharmacy"]
        assert sum("NARCOTIC" in classes for classes in sells) == 6
        assert {"NONE"} in sells
    assert all(place.facility_id.startswith(place.province) for place in places)
    assert all(place.has_beds == (place.kind == "hospital") for place in places)
    assert len(DIRECTORY.of_kind("payer")) == 2
    assert len(DIRECTORY.of_kind("regulator")) == 1


def test_some_licences_have_ended_and_some_were_interrupted() -> None:
    places = [place for place in DIRECTORY.of_kind("clinic", "pharmacy") if not place.is_standing]
    assert {place.is_licensed(TODAY) for place in places} == {True, False}
    assert all(place.is_licensed(date(2018, 1, 1)) for place in places)


def test_every_practice_has_prescribers_in_good_order_and_others() -> None:
    for place in DIRECTORY.of_kind("hospital", "clinic"):
        if not place.is_standing:
            continue
        found = [
            PRACTITIONERS.find(f"BSM-{place.facility_id}-{number}", place.facility_id, TODAY)
            for number in range(1, 5)
        ]
        assert [person.status(TODAY) for person in found if person] == [*["ACTIVE"] * 3, "INACTIVE"]
        assert [person.practises_here for person in found if person] == [True, True, True, False]
        first, fifth = (
            PRACTITIONERS.find(f"BSM-{place.facility_id}-{number}", place.facility_id, TODAY)
            for number in (1, 5)
        )
        assert first is not None
        assert ("NARCOTIC" in first.scope) == place.has_beds
        assert fifth is None or "NARCOTIC" not in fifth.scope


def test_nobody_is_named() -> None:
    header = PRACTITIONERS_FILE.read_text(encoding="utf-8").splitlines()[0]
    assert "name" not in header


def test_the_sample_catalogue_is_consistent() -> None:
    assert len(CATALOGUE.entries) >= 150
    for product in CATALOGUE.products(TODAY).values():
        drug = product.drug
        assert "Mẫu" in drug.name
        for text in product.registration_numbers:
            number = parse_registration_number(text)
            if number.control_class != "unknown" and drug.control_class != "UNKNOWN":
                assert number.control_class.upper() == drug.control_class
        if drug.control_class in {"NARCOTIC", "PSYCHOTROPIC", "PRECURSOR"}:
            assert product.prescription_only


def test_common_medicines_have_another_product_of_the_same_kind() -> None:
    kinds = Counter(
        (drug.ingredients, drug.strength_mg, drug.form, drug.route)
        for drug in (product.drug for product in CATALOGUE.products(TODAY).values())
    )
    for code in ("DQGMAU0061", "DQGMAU0012", "DQGMAU0023"):
        drug = CATALOGUE.find(code, TODAY)
        assert kinds[drug.ingredients, drug.strength_mg, drug.form, drug.route] >= 2


@pytest.mark.parametrize(
    ("ingredients", "control_class"),
    [
        (("morphine",), "NARCOTIC"),
        (("tramadol",), "NARCOTIC"),
        (("paracetamol", "tramadol"), "NONE"),
        (("codeine", "paracetamol"), "NONE"),
        (("diazepam",), "PSYCHOTROPIC"),
        (("ketamine",), "PSYCHOTROPIC"),
        (("pseudoephedrine",), "PRECURSOR"),
        (("abiraterone",), "POISON"),
        (("zopiclone",), "UNKNOWN"),
    ],
)
def test_control_classes_of_the_sample(ingredients: tuple[str, ...], control_class: str) -> None:
    drugs = [product.drug for product in CATALOGUE.products(TODAY).values()]
    classes = {drug.control_class for drug in drugs if drug.ingredients == ingredients}
    assert classes == {control_class}
