"""The register of facilities: `facilities.csv`, a row per facility and licence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, get_args

from services.contracts.directories import FacilityListed, FacilityPeriod
from services.vietnam.identifiers import PROVINCE_CODES
from services.vietnam.periods import in_order
from services.vietnam.registers.cells import Cells, Reason
from services.vietnam.registers.reading import Complain, Register, overlapping

FacilityKind = Literal["hospital", "clinic", "pharmacy", "payer", "regulator"]
CareLevel = Literal["", "initial", "basic", "specialised"]
PERMITTED = ("NONE", "NARCOTIC", "PSYCHOTROPIC", "PRECURSOR", "POISON")

LATITUDES, LONGITUDES = (6.0, 24.0), (102.0, 118.0)
"""Vietnam with its islands: a site outside was mistyped, or the two were exchanged."""

_CODE = re.compile(r"[0-9A-Z]{5}")
_CODE_WRONG = Reason(
    "mã cơ sở gồm đúng 5 chữ số hoặc chữ cái", "a facility code has exactly 5 digits or letters"
)


def _read_key(cells: Cells) -> str:
    return cells.code("facility_id", _CODE, _CODE_WRONG)


def _read(cells: Cells) -> FacilityPeriod:
    first, last = cells.interval("licence_from", "licence_until")
    return FacilityPeriod(
        valid_from=first,
        valid_until=last,
        licence_number=cells.text("licence_number", required=True, longest=50),
        name=cells.text("name", required=True),
        kind=cells.one_of("kind", get_args(FacilityKind)),
        level=cells.one_of("level", get_args(CareLevel)),
        specialty=cells.text("specialty", longest=50),
        has_beds=cells.yes("has_beds"),
        permitted_classes=cells.words("permitted_classes", _no_class),
        province=_province(cells),
        latitude=cells.degrees("latitude", *LATITUDES),
        longitude=cells.degrees("longitude", *LONGITUDES),
        chain_id=cells.text("chain_id", longest=50),
    )


def _province(cells: Cells) -> str:
    province = cells.text("province", required=True)
    if province and province not in PROVINCE_CODES:
        cells.wrong(
            "province",
            Reason(
                "hãy ghi mã hai chữ số của một trong 34 tỉnh, thành phố",
                "write the two-digit code of one of the 34 provinces",
            ),
        )
    return province


def _no_class(word: str) -> Reason | None:
    if word in PERMITTED:
        return None
    listed = ", ".join(PERMITTED)
    return Reason(f"{word!r} không thuộc: {listed}", f"{word!r} is none of {listed}")


def _entry(
    key: str, parts: Sequence[tuple[int, FacilityPeriod]], complain: Complain
) -> FacilityListed:
    for problem in overlapping(FACILITIES, key, parts, "licence_from"):
        complain(*problem)
    periods = in_order(period for _, period in parts)
    return FacilityListed(facility_id=key, periods=periods, entry_version="", load_id="")


FACILITIES = Register(
    name="facilities",
    contract=FacilityListed,
    columns=(
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
        "permitted_classes",
        "licence_number",
        "licence_from",
        "licence_until",
    ),
    required=frozenset(
        {
            "facility_id",
            "name",
            "kind",
            "has_beds",
            "province",
            "licence_number",
            "licence_from",
            "licence_until",
        }
    ),
    read_key=_read_key,
    read=_read,
    entry=_entry,
    tracks={"periods": lambda _period: ""},
)
