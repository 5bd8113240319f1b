"""Numbers of people, cards and medicines; codes of diseases."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vietnam_drafts import QUICK

from services.vietnam import icd10
from services.vietnam.identifiers import (
    BIRTHPLACE_CODES,
    PROVINCE_CODES,
    MalformedIdentifierError,
    parse_citizen_number,
    parse_insurance_number,
    parse_old_id_number,
    parse_registration_number,
)


@pytest.mark.parametrize(
    ("number", "sex", "year"),
    [
        ("001090000042", "male", 1990),
        ("001190000042", "female", 1990),
        ("001200000042", "male", 2000),
        ("001324000042", "female", 2024),
        ("001400000042", "male", 2100),
        ("001999000042", "female", 2399),
    ],
)
def test_the_fourth_digit_tells_century_and_sex(number: str, sex: str, year: int) -> None:
    citizen = parse_citizen_number(number)
    assert (citizen.sex, citizen.birth_year) == (sex, year)
    assert citizen.agrees_with_birth(date(year, 6, 1))
    assert not citizen.agrees_with_birth(date(year + 1, 6, 1))


def test_a_birthplace_that_is_no_province_is_said_as_other() -> None:
    assert parse_citizen_number("096090000042").birthplace == "province"
    assert parse_citizen_number("277090000042").birthplace == "other"
    assert parse_citizen_number("003090000042").birthplace == "other"


@QUICK
@given(st.from_regex(r"[0-9]{12}", fullmatch=True))
def test_every_twelve_digits_are_read(number: str) -> None:
    assert parse_citizen_number(number).number == number


@pytest.mark.parametrize("number", ["", "00109000042", "0010900000420", "00109000004a", "٠" * 12])
def test_other_texts_are_no_personal_number(number: str) -> None:
    with pytest.raises(MalformedIdentifierError):
        parse_citizen_number(number)


def test_old_identity_cards_have_nine_digits() -> None:
    assert parse_old_id_number(" 012345678 ") == "012345678"
    with pytest.raises(MalformedIdentifierError):
        parse_old_id_number("0123456789")


def test_insurance_numbers_have_three_forms() -> None:
    card = parse_insurance_number("gd4790123456789")
    assert (card.form, card.group, card.benefit_percent, card.province) == ("card", "GD", 80, "79")
    assert parse_insurance_number("0123456789").form == "social"
    assert parse_insurance_number("001090000042").form == "personal"
    assert parse_insurance_number("GD9790123456789").benefit_percent is None
    with pytest.raises(MalformedIdentifierError):
        parse_insurance_number("GD479012345678")


def test_a_new_registration_number_says_what_the_medicine_is() -> None:
    number = parse_registration_number("893112000125")
    assert (number.style, number.origin, number.group) == ("new", "domestic", "chemical")
    assert (number.prescription_only, number.control_class) == (True, "psychotropic")
    assert (number.serial, number.year) == ("0001", 2025)


def test_values_a_list_does_not_know_yet_are_said_as_unknown() -> None:
    number = parse_registration_number("500979000126")
    assert (number.origin, number.group) == ("imported", "unknown")
    assert (number.prescription_only, number.control_class) == (None, "unknown")


@pytest.mark.parametrize(
    ("text", "origin"),
    [("VD-25123-18", "domestic"), ("vn-20256-17", "imported"), ("QLSP-H02-1042-17", "other")],
)
def test_old_registration_numbers_stay_readable(text: str, origin: str) -> None:
    number = parse_registration_number(text)
    assert (number.style, number.origin, number.control_class) == ("old", origin, "unknown")


@pytest.mark.parametrize("text", ["", "VD25123", "89311200012", "VD-25123-2018"])
def test_other_texts_are_no_registration_number(text: str) -> None:
    with pytest.raises(MalformedIdentifierError):
        parse_registration_number(text)


def test_the_lists_of_places_are_complete() -> None:
    assert len(PROVINCE_CODES) == 34
    assert len(BIRTHPLACE_CODES) == 63
    assert {f"0{code}" for code in PROVINCE_CODES} <= BIRTHPLACE_CODES


@pytest.mark.parametrize(
    ("code", "group", "inside"),
    [
        ("C00", "C00-C97", True),
        ("C97.9", "C00-C97", True),
        ("D00.0", "C00-C97", False),
        ("E11", "E11", True),
        ("E11.9", "E11", True),
        ("E10.9", "E11", False),
        ("Z51.5", "Z51.5", True),
        ("Z51", "Z51.5", False),
        ("B18.1+", "B18.1", True),
        ("C5", "C00-C97", False),
    ],
)
def test_groups_of_diseases(code: str, group: str, inside: bool) -> None:
    assert icd10.is_group(group)
    assert icd10.is_in(code, (group,)) is inside


def test_a_missing_point_is_put_in() -> None:
    assert icd10.with_point(" e119 ") == "E11.9"
    assert icd10.with_point("S5250") == "S52.50"
    assert icd10.with_point("I10") == "I10"
    assert icd10.with_point("1232") == "1232"
