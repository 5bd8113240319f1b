"""Numbers that name people, insurance cards, medicines and places in Vietnam.

Each parser strips a text and returns a frozen result, or raises `MalformedIdentifierError` with the
reason in both languages. Lists that may grow (birthplaces, card groups, drug classes) are
open: an unlisted value is read and said to be unknown, never refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.vietnam.bilingual import BilingualError

_PROVINCES = """
    01 04 08 11 12 14 15 19 20 22 24 25 31 33 37 38 40 42 44 46 48 51 52 56 66 68 75 79 80 82 86
    91 92 96"""

_BIRTHPLACES = """
    001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035
    036 037 038 040 042 044 045 046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072
    074 075 077 079 080 082 083 084 086 087 089 091 092 093 094 095 096"""

PROVINCE_CODES: frozenset[str] = frozenset(_PROVINCES.split())
"""The 34 provinces since 1 July 2025 (QĐ 19/2025/QĐ-TTg, NQ 202/2025/QH15)."""

BIRTHPLACE_CODES: frozenset[str] = frozenset(_BIRTHPLACES.split())
"""The 63 provinces before the merger: personal numbers keep them for life (NĐ 137/2015 Art 13)."""

BENEFIT_PERCENT: dict[str, int] = {"1": 100, "2": 100, "3": 95, "4": 80, "5": 100}
"""Share insurance pays by the benefit digit of a 15-character card, in percent."""

Sex = Literal["male", "female"]
Birthplace = Literal["province", "other"]
DrugOrigin = Literal["domestic", "imported", "other", "unknown"]

_REGISTRATION_GROUPS = {
    "1": "chemical",
    "2": "herbal",
    "3": "vaccine",
    "4": "biological",
    "5": "material",
}
_CONTROL_CLASSES = {
    "0": "none",
    "1": "narcotic",
    "2": "psychotropic",
    "3": "precursor",
    "4": "poison",
    "5": "banned-in-some-sectors",
    "6": "radioactive",
}
_ORIGINS: dict[str, DrugOrigin] = {"VD": "domestic", "VN": "imported"}


class MalformedIdentifierError(BilingualError):
    """The text is not an identifier of the kind it was read as."""


@dataclass(frozen=True)
class CitizenNumber:
    """A personal number of 12 digits (NĐ 137/2015/NĐ-CP Art 13). It has no check digit."""

    number: str
    birthplace_code: str
    birthplace: Birthplace
    sex: Sex
    birth_year: int

    def agrees_with_birth(self, birth_date: date) -> bool:
        """Whether the number's birth year is that of the date."""
        return self.birth_year == birth_date.year


@dataclass(frozen=True)
class InsuranceNumber:
    """A health-insurance number in one of three forms that are used side by side.

    `form` is `card` (15 characters, before April 2021), `social` (10 digits) or `personal` (the
    12-digit personal number, NĐ 188/2025). Only a card says its group, benefit and province.
    """

    number: str
    form: Literal["card", "social", "personal"]
    group: str = ""
    benefit_percent: int | None = None
    province: str = ""


@dataclass(frozen=True)
class RegistrationNumber:
    """A medicine's registration number.

    New numbers have 12 digits (TT 32/2026/TT-BYT Annex V) and say what the medicine is; old ones
    such as VD-25123-18 or VN-20256-17 stay valid until renewal and say only where it comes from.
    `group`, `control_class` and `prescription_only` are "unknown" and None where not said or not
    listed.
    """

    number: str
    style: Literal["new", "old"]
    origin: DrugOrigin = "unknown"
    group: str = "unknown"
    prescription_only: bool | None = None
    control_class: str = "unknown"
    serial: str = ""
    year: int | None = None


def parse_citizen_number(text: str) -> CitizenNumber:
    """Read a 12-digit personal number: 3 birthplace, 1 century and sex, 2 birth year, 6 others."""
    number = text.strip()
    if not re.fullmatch(r"[0-9]{12}", number):
        raise MalformedIdentifierError(
            vi="Số định danh cá nhân phải gồm đúng 12 chữ số.",
            en="A personal number has exactly 12 digits.",
        )
    century_and_sex = int(number[3])
    return CitizenNumber(
        number=number,
        birthplace_code=number[:3],
        birthplace="province" if number[:3] in BIRTHPLACE_CODES else "other",
        sex="female" if century_and_sex % 2 else "male",
        birth_year=1900 + 100 * (century_and_sex // 2) + int(number[4:6]),
    )


def parse_old_id_number(text: str) -> str:
    """Read an old identity-card number (CMND) of 9 digits; it says nothing about its holder."""
    number = text.strip()
    if not re.fullmatch(r"[0-9]{9}", number):
        raise MalformedIdentifierError(
            vi="Số chứng minh nhân dân cũ phải gồm đúng 9 chữ số.",
            en="An old identity-card number has exactly 9 digits.",
        )
    return number


def parse_insurance_number(text: str) -> InsuranceNumber:
    """Read a health-insurance number of 15, 10 or 12 characters."""
    number = text.strip().upper()
    if re.fullmatch(r"[0-9]{10}", number):
        return InsuranceNumber(number, "social")
    if re.fullmatch(r"[0-9]{12}", number):
        return InsuranceNumber(number, "personal")
    card = re.fullmatch(r"([A-Z]{2})([0-9])([0-9]{2})[0-9]{10}", number)
    if card is None:
        raise MalformedIdentifierError(
            vi="Số thẻ bảo hiểm y tế phải gồm 15 ký tự (2 chữ cái và 13 chữ số), 10 hoặc 12 "
            "chữ số.",
            en="A health-insurance number has 15 characters (2 letters, 13 digits), 10 or 12 "
            "digits.",
        )
    group, benefit, province = card.groups()
    return InsuranceNumber(number, "card", group, BENEFIT_PERCENT.get(benefit), province)


def parse_registration_number(text: str) -> RegistrationNumber:
    """Read a medicine's registration number, new or old."""
    number = text.strip().upper()
    new = re.fullmatch(r"([0-9]{3})([0-9])([0-9])([0-9])([0-9]{4})([0-9]{2})", number)
    if new is not None:
        country, group, prescription, control, serial, year = new.groups()
        return RegistrationNumber(
            number=number,
            style="new",
            origin="domestic" if country == "893" else "imported",
            group=_REGISTRATION_GROUPS.get(group, "unknown"),
            prescription_only={"0": False, "1": True}.get(prescription),
            control_class=_CONTROL_CLASSES.get(control, "unknown"),
            serial=serial,
            year=2000 + int(year),
        )
    old = re.fullmatch(r"([A-ZĐ][A-ZĐ0-9]*(?:-[A-ZĐ][A-ZĐ0-9]*)*)-([0-9]+)-([0-9]{2})", number)
    if old is None:
        raise MalformedIdentifierError(
            vi="Số đăng ký thuốc phải gồm 12 chữ số hoặc theo dạng cũ như VD-25123-18.",
            en="A registration number has 12 digits or the old form such as VD-25123-18.",
        )
    prefix, serial, year = old.groups()
    return RegistrationNumber(
        number=number,
        style="old",
        origin=_ORIGINS.get(prefix, "other"),
        serial=serial,
        year=2000 + int(year),
    )
