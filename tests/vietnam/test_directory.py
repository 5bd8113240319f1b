"""Facilities, provinces and medicines as looked up, and the files they come from."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from services.vietnam.catalogue import DRUGS_FILE, DrugCatalogue
from services.vietnam.data.generate import facilities_csv
from services.vietnam.directory import (
    FACILITIES_FILE,
    PROVINCES_FILE,
    DirectoryError,
    Facility,
    FacilityDirectory,
    load_provinces,
)
from services.vietnam.identifiers import PROVINCE_CODES, parse_registration_number

DIRECTORY = FacilityDirectory.load(FACILITIES_FILE)
CATALOGUE = DrugCatalogue.load(DRUGS_FILE)
PROVINCES = load_provinces(PROVINCES_FILE)


def test_the_facility_file_is_what_the_generator_writes() -> None:
    assert FACILITIES_FILE.read_text(encoding="utf-8") == facilities_csv(PROVINCES)


def test_the_provinces_are_the_34_of_2025() -> None:
    assert {province.code for province in PROVINCES} == PROVINCE_CODES
    for province in PROVINCES:
        assert 8 < province.latitude < 24
        assert 102 < province.longitude < 110


def test_every_province_has_a_hospital_three_clinics_and_eight_pharmacies() -> None:
    for province in PROVINCE_CODES:
        places = [p for p in DIRECTORY.facilities.values() if p.province == province]
        kinds = Counter(place.kind for place in places)
        assert (kinds["hospital"], kinds["clinic"], kinds["pharmacy"]) == (1, 3, 8)
        assert all(place.facility_id.startswith(province) for place in places)
        assert all(len(place.facility_id) == 5 for place in places)
        assert any(place.chain_id for place in places if place.kind == "pharmacy")
    assert len(DIRECTORY.of_kind("payer")) == 2
    assert len(DIRECTORY.of_kind("regulator")) == 1
    assert all(
        place.has_beds == (place.kind == "hospital") for place in DIRECTORY.facilities.values()
    )


def test_a_facility_is_found_in_any_case_or_not_at_all() -> None:
    place = DIRECTORY.find("01901")
    assert place is not None
    assert place.kind == "hospital"
    assert DIRECTORY.find("99999") is None


@pytest.mark.parametrize(
    ("day", "licensed"),
    [
        (date(2019, 12, 31), False),
        (date(2020, 1, 1), True),
        (date(2025, 12, 31), True),
        (date(2026, 1, 1), False),
    ],
)
def test_a_licence_holds_from_its_first_to_its_last_day(day: date, licensed: bool) -> None:
    place = Facility("01901", "Mẫu", "hospital", has_beds=True)
    dated = replace(place, licence_from=date(2020, 1, 1), licence_until=date(2025, 12, 31))
    assert dated.is_licensed(day) is licensed
    assert replace(dated, licence_until=None).is_licensed(date(2020, 1, 1))
    assert not place.is_licensed(day)


def test_the_version_is_that_of_the_content(tmp_path: Path) -> None:
    text = FACILITIES_FILE.read_text(encoding="utf-8")
    same, other = tmp_path / "same.csv", tmp_path / "other.csv"
    same.write_bytes(text.replace("\n", "\r\n").encode())
    other.write_text(text.replace("yes", "no"), encoding="utf-8")
    assert FacilityDirectory.load(same).version == DIRECTORY.version
    assert FacilityDirectory.load(other).version != DIRECTORY.version


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("hospital,yes", "castle,yes"),
        ("hospital,yes", "hospital,maybe"),
        ("2018-01-01", "01/01/2018"),
        ("has_beds", "beds"),
        ("01911", "01901"),
        (",2018-01-01,", ",2018-01-01"),
        ("20.9920", "north"),
    ],
)
def test_a_wrong_facility_file_is_refused(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "facilities.csv"
    text = FACILITIES_FILE.read_text(encoding="utf-8")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DirectoryError):
        FacilityDirectory.load(path)


def test_a_known_medicine_is_found_whatever_name_it_was_sent_under() -> None:
    morphine = CATALOGUE.find(" dqgmau0001 ", "another name")
    assert (morphine.ingredients, morphine.atc) == (("morphine",), "N02AA01")
    assert morphine.control_class == "NARCOTIC"
    assert morphine.catalogue_version == CATALOGUE.version


def test_an_unknown_medicine_is_its_submitted_name_and_nothing_else() -> None:
    unknown = CATALOGUE.find("VD-1-26", "Thuốc lạ")
    assert (unknown.code, unknown.name) == ("VD-1-26", "Thuốc lạ")
    assert (unknown.ingredients, unknown.atc, unknown.strength_mg) == ((), "", None)
    assert unknown.control_class == "UNKNOWN"
    assert unknown.catalogue_version == CATALOGUE.version


def test_the_sample_catalogue_is_consistent() -> None:
    assert len(CATALOGUE.products) >= 150
    for product in CATALOGUE.products.values():
        drug = product.drug
        assert "Mẫu" in drug.name
        number = parse_registration_number(product.registration_number)
        if number.control_class != "unknown" and drug.control_class != "UNKNOWN":
            assert number.control_class.upper() == drug.control_class
        if drug.control_class in {"NARCOTIC", "PSYCHOTROPIC", "PRECURSOR"}:
            assert number.prescription_only in {True, None}
        if drug.strength_mg is not None:
            assert drug.strength_mg == round(drug.strength_mg, 3)


@pytest.mark.parametrize(
    ("ingredients", "control_class"),
    [
        (("morphine",), "NARCOTIC"),
        (("tramadol",), "NARCOTIC"),
        (("tramadol", "paracetamol"), "NONE"),
        (("codeine", "paracetamol"), "NONE"),
        (("diazepam",), "PSYCHOTROPIC"),
        (("ketamine",), "PSYCHOTROPIC"),
        (("pseudoephedrine",), "PRECURSOR"),
        (("abiraterone",), "POISON"),
        (("zopiclone",), "UNKNOWN"),
    ],
)
def test_control_classes_of_the_sample(ingredients: tuple[str, ...], control_class: str) -> None:
    drugs = [product.drug for product in CATALOGUE.products.values()]
    classes = {drug.control_class for drug in drugs if drug.ingredients == ingredients}
    assert classes == {control_class}


@pytest.mark.parametrize(
    ("old", "new"),
    [("NARCOTIC", "STRONG"), (",10,", ",ten,"), ("DQGMAU0002", "DQGMAU0001"), ("atc", "code_atc")],
)
def test_a_wrong_drug_file_is_refused(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "drugs.csv"
    text = DRUGS_FILE.read_text(encoding="utf-8")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DirectoryError):
        DrugCatalogue.load(path)
