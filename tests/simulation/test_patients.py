"""Nobody who is generated can be mistaken for a real person, and all they say agrees."""

from __future__ import annotations

import random
from datetime import date

import pytest

from services.simulation.patients import Person, adult, child
from services.vietnam.identifiers import parse_citizen_number

TODAY = date(2026, 11, 22)
PEOPLE = [
    make(number, random.Random(number), TODAY, "Hà Nội")
    for make in (adult, child)
    for number in range(1, 120)
]


def test_a_citizen_number_agrees_with_its_holder_and_names_no_place_of_birth() -> None:
    for person in PEOPLE:
        number = parse_citizen_number(person.citizen_number)
        assert number.sex == person.sex
        assert number.agrees_with_birth(person.birth_date)
        assert number.birthplace_code == "000"
        assert number.birthplace == "other"


def test_people_are_told_apart_by_their_numbers() -> None:
    adults = [adult(number, random.Random(1), TODAY, "Huế") for number in range(500)]
    assert len({person.citizen_number for person in adults}) == 500


def test_names_are_those_of_samples() -> None:
    patient = PEOPLE[41].as_patient(TODAY)
    assert patient.full_name == "BỆNH NHÂN MẪU 000042"
    assert patient.phone is None


@pytest.mark.parametrize(
    ("born", "months", "is_child"),
    [
        (date(2020, 11, 23), 71, True),
        (date(2020, 11, 22), 72, False),
        (date(2026, 5, 22), 6, True),
    ],
)
def test_a_child_under_72_months_has_age_weight_and_guardian(
    born: date, months: int, is_child: bool
) -> None:
    person = Person(7, born, "female", "Hà Nội")
    patient = person.as_patient(TODAY)
    assert person.months_on(TODAY) == months
    stated = (patient.age_months, patient.weight_kg, patient.guardian_name)
    assert all(value is not None for value in stated) == is_child
    assert any(value is not None for value in stated) == is_child
