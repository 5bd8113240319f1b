"""Writes the samples `facilities.csv` and `practitioners.csv` out of `provinces.csv`.

Same input, same files: run it as `python -m services.vietnam.data.generate` after changing either.
Facilities and prescribers are made up: names say "mẫu" (sample), facility codes end in 901 and
above, codes and licences of people begin with BSM and GPHN-MAU. `drugs.csv` is written by hand.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator

from services.vietnam.directory import FACILITIES_FILE, PROVINCES_FILE, Province, load_provinces
from services.vietnam.practitioners import PRACTITIONERS_FILE
from services.vietnam.registers.facilities import FACILITIES
from services.vietnam.registers.practitioners import PRACTITIONERS

LICENSED_FROM = "2018-01-01"
SPREAD_DEGREES = 0.08
"""How far from the capital a site may be: about nine kilometres."""

HOSPITAL_SPECIALTIES = ("general", "oncology", "psychiatry", "paediatrics")
CLINIC_SPECIALTIES = ("general", "paediatrics", "traditional-medicine")
# Four pharmacies of each province belong to a chain, four stand alone.
PHARMACY_CHAINS = ("CHUOI-A", "CHUOI-A", "CHUOI-B", "CHUOI-C", "", "", "", "")

EVERY_CLASS = "NONE;NARCOTIC;PSYCHOTROPIC;PRECURSOR;POISON"
NO_NARCOTICS = "NONE;PSYCHOTROPIC;PRECURSOR;POISON"
PHARMACY_CLASSES = (*(EVERY_CLASS,) * 6, NO_NARCOTICS, "NONE")
"""What the eight pharmacies of a province may sell."""

INTERRUPTED = (("2018-01-01", "2024-06-30"), ("2025-01-01", ""))
ENDED = (("2018-01-01", "2025-12-31"),)
PROVINCES_WITH_ENDED = 3
"""In the first provinces there is also a clinic whose licence was interrupted for half a year
(code 914) and a pharmacy whose licence has ended (929)."""

CONTROLLED = "PSYCHOTROPIC;PRECURSOR"
DOCTORS_EACH = 3
"""At every practice so many prescribe today; a fourth has left with the licence (number 4). At a
hospital a fifth is on no list of signatures for narcotics; at a general clinic a fifth has a
renewed licence under a new number."""

TEST_DOCTOR = ("BS-MAU-1", "000001/MAU-CCHN")
"""Prescribes at three places, with a signature for narcotics at the hospitals."""


def facilities_csv(provinces: tuple[Province, ...]) -> str:
    """The whole file of facilities as text."""
    capital = provinces[0]
    rows = [row for place in enumerate(provinces) for row in _of_province(*place)]
    rows += _rows(capital, "981", "Cơ quan bảo hiểm mẫu 1", "payer")
    rows += _rows(capital, "982", "Cơ quan bảo hiểm mẫu 2", "payer")
    rows += _rows(capital, "991", "Cơ quan quản lý mẫu", "regulator")
    return _csv(FACILITIES.columns, rows)


def practitioners_csv(provinces: tuple[Province, ...]) -> str:
    """The whole file of prescribers as text."""
    rows = [row for place in enumerate(provinces) for row in _doctors_of(*place)]
    person, licence = TEST_DOCTOR
    for facility_id, signs in (("01901", "yes"), ("01911", "no"), ("79901", "yes")):
        rows.append(_doctor(person, licence, ("general", CONTROLLED), facility_id, signs=signs))
    return _csv(PRACTITIONERS.columns, rows)


def _of_province(index: int, province: Province) -> Iterator[list[str]]:
    place = f"{province.code} ({province.name})"
    yield from _rows(
        province,
        "901",
        f"Bệnh viện mẫu {place}",
        "hospital",
        beds="yes",
        level="basic" if index else "specialised",
        specialty=_of_hospital(index),
        classes=EVERY_CLASS,
    )
    clinics = [*CLINIC_SPECIALTIES]
    if index < PROVINCES_WITH_ENDED:
        clinics.append("dentistry")
    for number, specialty in enumerate(clinics, start=1):
        yield from _rows(
            province,
            f"91{number}",
            f"Phòng khám mẫu {place} số {number}",
            "clinic",
            level="initial",
            specialty=specialty,
            classes=NO_NARCOTICS,
            licensed=INTERRUPTED if number > len(CLINIC_SPECIALTIES) else OPEN,
        )
    pharmacies = list(zip(PHARMACY_CHAINS, PHARMACY_CLASSES, strict=True))
    if index < PROVINCES_WITH_ENDED:
        pharmacies.append(("", EVERY_CLASS))
    for number, (chain, classes) in enumerate(pharmacies, start=1):
        yield from _rows(
            province,
            f"92{number}",
            f"Nhà thuốc mẫu {place} số {number}",
            "pharmacy",
            chain=chain,
            classes=classes,
            licensed=ENDED if number > len(PHARMACY_CHAINS) else OPEN,
        )


OPEN = ((LICENSED_FROM, ""),)


def _rows(
    province: Province,
    suffix: str,
    name: str,
    kind: str,
    *,
    beds: str = "no",
    level: str = "",
    specialty: str = "",
    chain: str = "",
    classes: str = "",
    licensed: tuple[tuple[str, str], ...] = OPEN,
) -> list[list[str]]:
    facility_id = province.code + suffix
    north, east = _offsets(facility_id)
    fixed = [
        facility_id,
        name,
        kind,
        beds,
        level,
        specialty,
        province.code,
        f"{province.latitude + north:.4f}",
        f"{province.longitude + east:.4f}",
        chain,
        classes,
    ]
    numbers = [f"GPMAU-{facility_id}", f"GPMAU-{facility_id}-2"]
    return [
        [*fixed, number, *interval] for number, interval in zip(numbers, licensed, strict=False)
    ]


def _of_hospital(index: int) -> str:
    return HOSPITAL_SPECIALTIES[index % len(HOSPITAL_SPECIALTIES)]


def _doctors_of(index: int, province: Province) -> Iterator[list[str]]:
    """Who prescribes at the hospital and the three clinics of a province."""
    for suffix, specialty in (
        ("901", _of_hospital(index)),
        *((f"91{number}", word) for number, word in enumerate(CLINIC_SPECIALTIES, start=1)),
    ):
        facility_id, is_hospital = province.code + suffix, suffix == "901"
        can = ("general" if specialty == "general" else f"general;{specialty}", CONTROLLED)
        if specialty == "traditional-medicine":
            can = (specialty, "")
        signs = "yes" if is_hospital else "no"
        for number in range(1, DOCTORS_EACH + 1):
            person, licence = f"BSM-{facility_id}-{number}", f"GPHN-MAU-{facility_id}-{number}"
            yield _doctor(person, licence, can, facility_id, signs=signs)
            if is_hospital and number == DOCTORS_EACH:  # in the afternoon at the general clinic
                yield _doctor(person, licence, can, f"{province.code}911", since="2020-01-01")
        person, licence = f"BSM-{facility_id}-4", f"GPHN-MAU-{facility_id}-4"
        yield _doctor(person, licence, can, facility_id, signs=signs, until="2025-06-30")
        person, licence = f"BSM-{facility_id}-5", f"GPHN-MAU-{facility_id}-5"
        if is_hospital:
            yield _doctor(person, licence, can, facility_id)
        elif specialty == "general":
            first = _doctor(person, licence, can, facility_id)
            yield [*first[:5], "2023-12-31", *first[6:]]
            again = _doctor(person, f"{licence}B", can, facility_id)
            yield [*again[:4], "2024-01-01", *again[5:]]


def _doctor(
    person: str,
    licence: str,
    can: tuple[str, str],
    facility_id: str,
    *,
    signs: str = "no",
    since: str = LICENSED_FROM,
    until: str = "",
) -> list[str]:
    """One row; `can` are specialties and controlled classes. The licence begins in 2018 and ends,
    like the work, on the day `until`."""
    return [person, licence, *can, LICENSED_FROM, until, facility_id, since, until, signs]


def _offsets(facility_id: str) -> tuple[float, float]:
    """Where a site lies from its capital, in degrees, drawn from its code."""
    digest = hashlib.sha256(facility_id.encode()).digest()
    north, east = (int.from_bytes(digest[at : at + 4], "big") / 2**32 for at in (0, 4))
    return (2 * north - 1) * SPREAD_DEGREES, (2 * east - 1) * SPREAD_DEGREES


def _csv(columns: tuple[str, ...], rows: list[list[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def main() -> None:
    """Write both files anew."""
    provinces = load_provinces(PROVINCES_FILE)
    FACILITIES_FILE.write_text(facilities_csv(provinces), encoding="utf-8")
    PRACTITIONERS_FILE.write_text(practitioners_csv(provinces), encoding="utf-8")


if __name__ == "__main__":
    main()
