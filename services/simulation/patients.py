"""Generated people. None of them can be mistaken for a real one.

Names read "BỆNH NHÂN MẪU" (sample patient); personal numbers begin with 000, which is no place of
birth in Vietnam or abroad, and are right in all that a number says: sex, century, year.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from services.vietnam.draft import Patient

NO_BIRTHPLACE = "000"
NUMBERS = 1_000_000
"""How many people can be told apart: the last six digits of their personal number."""

CHILD_MONTHS = 72
_DAYS_PER_MONTH = 30.4375


@dataclass(frozen=True)
class Person:
    """One generated person; `number` tells people apart."""

    number: int
    birth_date: date
    sex: Literal["male", "female"]
    province: str

    @property
    def citizen_number(self) -> str:
        """NĐ 137/2015/NĐ-CP Art 13: place of birth, century and sex, year of birth, six digits."""
        century_and_sex = (self.birth_date.year - 1900) // 100 * 2 + (self.sex == "female")
        year = self.birth_date.year % 100
        return f"{NO_BIRTHPLACE}{century_and_sex}{year:02d}{self.number:06d}"

    def as_patient(self, day: date) -> Patient:
        """The person as a prescription of that day names them."""
        months = self.months_on(day)
        is_child = months < CHILD_MONTHS
        return Patient(
            citizen_number=self.citizen_number,
            full_name=f"BỆNH NHÂN MẪU {self.number:06d}",
            birth_date=self.birth_date,
            sex=self.sex,
            age_months=months if is_child else None,
            weight_kg=_weight_kg(months) if is_child else None,
            guardian_name=f"NGƯỜI GIÁM HỘ MẪU {self.number:06d}" if is_child else None,
            address=f"Số {self.number} đường Mẫu, {self.province}",
        )

    def months_on(self, day: date) -> int:
        """Completed months of age."""
        born = self.birth_date
        return (day.year - born.year) * 12 + day.month - born.month - (day.day < born.day)


def adult(number: int, rng: random.Random, today: date, province: str) -> Person:
    """Somebody between 18 and 90 years old."""
    return _born(number, rng, today, province, months=(18 * 12, 90 * 12))


def child(number: int, rng: random.Random, today: date, province: str) -> Person:
    """Somebody between half a year and five and a half years old."""
    return _born(number, rng, today, province, months=(6, 66))


def _born(
    number: int, rng: random.Random, today: date, province: str, months: tuple[int, int]
) -> Person:
    days = rng.randint(*(round(month * _DAYS_PER_MONTH) for month in months))
    return Person(
        number=number % NUMBERS,
        birth_date=today - timedelta(days=days),
        sex=rng.choice(("male", "female")),
        province=province,
    )


def _weight_kg(months: int) -> Decimal:
    """Roughly what a child of that age weighs: the textbook formula (years + 4) x 2."""
    return Decimal(round((months / 12 + 4) * 2))
