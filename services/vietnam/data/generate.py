"""Writes the sample directory `facilities.csv` out of `provinces.csv`: same input, same file.

Run it as `python -m services.vietnam.data.generate` after changing either. The facilities are made
up: their names say "mẫu" (sample) and their codes end in 901 and above.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

from services.vietnam.directory import FACILITIES_FILE, PROVINCES_FILE, Province, load_provinces

HEADER = (
    "facility_id",
    "name",
    "kind",
    "has_beds",
    "level",
    "specialty",
    "province",
    "latitude",
    "longitude",
    "chain_id",
    "licence_number",
    "licence_from",
    "licence_until",
)

LICENSED_FROM = "2018-01-01"
SPREAD_DEGREES = 0.08
"""How far from the capital a site may be: about nine kilometres."""

HOSPITAL_SPECIALTIES = ("general", "oncology", "psychiatry", "paediatrics")
CLINIC_SPECIALTIES = ("general", "paediatrics", "traditional-medicine")
# Four pharmacies of each province belong to a chain, four stand alone.
PHARMACY_CHAINS = ("CHUOI-A", "CHUOI-A", "CHUOI-B", "CHUOI-C", "", "", "", "")


def facilities_csv(provinces: tuple[Province, ...]) -> str:
    """The whole file as text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for index, province in enumerate(provinces):
        writer.writerows(_of_province(index, province))
    capital = provinces[0]
    writer.writerow(_row(capital, "981", "Cơ quan bảo hiểm mẫu 1", "payer"))
    writer.writerow(_row(capital, "982", "Cơ quan bảo hiểm mẫu 2", "payer"))
    writer.writerow(_row(capital, "991", "Cơ quan quản lý mẫu", "regulator"))
    return out.getvalue()


def _of_province(index: int, province: Province) -> Iterator[list[str]]:
    place = f"{province.code} ({province.name})"
    specialty = HOSPITAL_SPECIALTIES[index % len(HOSPITAL_SPECIALTIES)]
    yield _row(
        province,
        "901",
        f"Bệnh viện mẫu {place}",
        "hospital",
        beds="yes",
        level="basic" if index else "specialised",
        specialty=specialty,
    )
    for number, specialty in enumerate(CLINIC_SPECIALTIES, start=1):
        name = f"Phòng khám mẫu {place} số {number}"
        yield _row(province, f"91{number}", name, "clinic", level="initial", specialty=specialty)
    for number, chain in enumerate(PHARMACY_CHAINS, start=1):
        name = f"Nhà thuốc mẫu {place} số {number}"
        yield _row(province, f"92{number}", name, "pharmacy", chain=chain)


def _row(
    province: Province,
    suffix: str,
    name: str,
    kind: str,
    *,
    beds: str = "no",
    level: str = "",
    specialty: str = "",
    chain: str = "",
) -> list[str]:
    facility_id = province.code + suffix
    north, east = _offsets(facility_id)
    return [
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
        f"GPMAU-{facility_id}",
        LICENSED_FROM,
        "",
    ]


def _offsets(facility_id: str) -> tuple[float, float]:
    """Where a site lies from its capital, in degrees, drawn from its code."""
    digest = hashlib.sha256(facility_id.encode()).digest()
    north, east = (int.from_bytes(digest[at : at + 4], "big") / 2**32 for at in (0, 4))
    return (2 * north - 1) * SPREAD_DEGREES, (2 * east - 1) * SPREAD_DEGREES


def main(provinces_file: Path = PROVINCES_FILE, facilities_file: Path = FACILITIES_FILE) -> None:
    """Write the file anew."""
    facilities_file.write_text(facilities_csv(load_provinces(provinces_file)), encoding="utf-8")


if __name__ == "__main__":
    main()
