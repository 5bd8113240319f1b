"""The register of prescribers: `practitioners.csv`, a row per person, licence and workplace.

A person with two licences or two workplaces has two rows; a licence that stands in several rows is
one licence. There is no column for a name, and a column that is not listed is refused.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from services.contracts.directories import Practice, PractisingLicence, PractitionerListed
from services.vietnam.registers.cells import Cells, Reason
from services.vietnam.registers.reading import Complain, Register, overlapping

_PERSON = re.compile(r"[0-9A-ZĐ][0-9A-ZĐ./_-]{0,49}")
_PERSON_WRONG = Reason(
    "mã liên thông gồm 1 đến 50 chữ cái, chữ số, dấu . / _ -",
    "a personal code has 1 to 50 letters, digits, and . / _ -",
)
_FACILITY = re.compile(r"[0-9A-Z]{5}")
_FACILITY_WRONG = Reason(
    "mã cơ sở gồm đúng 5 chữ số hoặc chữ cái", "a facility code has exactly 5 digits or letters"
)
_SPECIALTY = re.compile(r"[a-z][a-z0-9-]{0,39}")
PERMITTED = ("PSYCHOTROPIC", "PRECURSOR")
"""Classes a licence may cover. Narcotics need a sample signature at the facility instead."""

Part = tuple[PractisingLicence, Practice | None]


def _read_key(cells: Cells) -> str:
    return cells.code("practitioner_id", _PERSON, _PERSON_WRONG)


def _read(cells: Cells) -> Part:
    first, last = cells.interval("licence_from", "licence_until")
    licence = PractisingLicence(
        valid_from=first,
        valid_until=last,
        number=cells.text("licence_number", required=True, longest=50),
        specialties=cells.words("specialties", _no_specialty),
        permitted_classes=cells.words("permitted_classes", _no_class),
    )
    if cells.text("facility_id"):
        return licence, _practice(cells)
    for column in ("works_from", "works_until", "narcotic_signature"):
        if cells.text(column) not in {"", "no"}:
            cells.wrong(column, Reason("ô này cần facility_id", "this needs a facility_id"))
    return licence, None


def _practice(cells: Cells) -> Practice:
    first, last = cells.interval("works_from", "works_until")
    return Practice(
        valid_from=first,
        valid_until=last,
        facility_id=cells.code("facility_id", _FACILITY, _FACILITY_WRONG),
        narcotic_signature=cells.yes("narcotic_signature"),
    )


def _no_specialty(word: str) -> Reason | None:
    if _SPECIALTY.fullmatch(word):
        return None
    return Reason(
        f"{word!r}: hãy ghi chữ thường không dấu, ví dụ general;oncology",
        f"{word!r}: write small letters and dashes, such as general;oncology",
    )


def _no_class(word: str) -> Reason | None:
    if word in PERMITTED:
        return None
    listed = ", ".join(PERMITTED)
    return Reason(
        f"{word!r} không thuộc: {listed}; thuốc gây nghiện ghi ở narcotic_signature",
        f"{word!r} is none of {listed}; narcotics go by narcotic_signature",
    )


def _entry(key: str, parts: Sequence[tuple[int, Part]], complain: Complain) -> PractitionerListed:
    licences: dict[PractisingLicence, int] = {}
    practices: dict[Practice, int] = {}
    for row, (licence, practice) in parts:
        licences.setdefault(licence, row)
        if practice is not None:
            practices.setdefault(practice, row)
    if len(parts) > 1:
        _refuse_overlaps(key, licences, practices, complain)
    return PractitionerListed(
        practitioner_id=key,
        licences=tuple(sorted(licences, key=lambda one: (one.number, one.valid_from))),
        practices=tuple(sorted(practices, key=lambda one: (one.facility_id, one.valid_from))),
        entry_version="",
        load_id="",
    )


def _refuse_overlaps(
    key: str,
    licences: Mapping[PractisingLicence, int],
    practices: Mapping[Practice, int],
    complain: Complain,
) -> None:
    for column, found, of in (
        ("licence_from", licences, PRACTITIONERS.tracks["licences"]),
        ("works_from", practices, PRACTITIONERS.tracks["practices"]),
    ):
        by_track = defaultdict(list)
        for interval, row in found.items():
            by_track[of(interval)].append((row, interval))
        for track, intervals in by_track.items():
            if len(intervals) > 1:
                for problem in overlapping(PRACTITIONERS, f"{key} ({track})", intervals, column):
                    complain(*problem)


PRACTITIONERS = Register(
    name="practitioners",
    contract=PractitionerListed,
    columns=(
        "practitioner_id",
        "licence_number",
        "specialties",
        "permitted_classes",
        "licence_from",
        "licence_until",
        "facility_id",
        "works_from",
        "works_until",
        "narcotic_signature",
    ),
    required=frozenset(
        {
            "practitioner_id",
            "licence_number",
            "licence_from",
            "licence_until",
            "facility_id",
            "works_from",
            "works_until",
            "narcotic_signature",
        }
    ),
    read_key=_read_key,
    read=_read,
    entry=_entry,
    tracks={
        "licences": lambda licence: str(licence.number),
        "practices": lambda practice: str(practice.facility_id),
    },
)
