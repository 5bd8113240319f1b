"""The register of medicines: `drugs.csv`, a row per medicine and registration."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast, get_args

from services.contracts.directories import MedicineListed, MedicinePeriod
from services.contracts.terms import ControlClass
from services.vietnam.identifiers import MalformedIdentifierError, parse_registration_number
from services.vietnam.periods import in_order
from services.vietnam.registers.cells import Cells, Reason
from services.vietnam.registers.reading import Complain, Register, overlapping

FORMS = (
    "tablet",
    "capsule",
    "granules",
    "powder",
    "solution",
    "suspension",
    "syrup",
    "drops",
    "injection",
    "infusion",
    "inhaler",
    "spray",
    "patch",
    "cream",
    "ointment",
    "gel",
    "suppository",
    "implant",
    "herbal-tablet",
    "herb",
    "decoction",
    "other",
    "",
)
"""Groups of dosage forms: what a pharmacist takes for the same form."""

ROUTES = (
    "oral",
    "sublingual",
    "buccal",
    "parenteral",
    "inhalation",
    "nasal",
    "ophthalmic",
    "otic",
    "topical",
    "transdermal",
    "rectal",
    "vaginal",
    "other",
    "",
)

_CODE = re.compile(r"[0-9A-ZĐ][0-9A-ZĐ._/-]{0,19}")
_CODE_WRONG = Reason(
    "mã thuốc gồm 1 đến 20 chữ cái, chữ số, dấu . _ / -",
    "a drug code has 1 to 20 letters, digits, and . _ / -",
)
CERTAIN = {*get_args(ControlClass)} - {"UNKNOWN"}
_ATC = re.compile(r"[A-Z]([0-9]{2}([A-Z]([A-Z]([0-9]{2})?)?)?)?")


def _read_key(cells: Cells) -> str:
    return cells.code("code", _CODE, _CODE_WRONG)


def _read(cells: Cells) -> MedicinePeriod:
    first, last = cells.interval("valid_from", "valid_until")
    period = MedicinePeriod(
        valid_from=first,
        valid_until=last,
        registration_numbers=tuple(
            number.upper() for number in cells.words("registration_numbers", _no_registration)
        ),
        name=cells.text("name", required=True),
        ingredients=cells.words("ingredients", _no_ingredient, required=True),
        atc=_atc(cells),
        strength_mg=cells.quantity("strength_mg"),
        control_class=cast(ControlClass, cells.one_of("control_class", get_args(ControlClass))),
        prescription_only=cells.yes_if_said("prescription_only"),
        form=cells.one_of("form", FORMS),
        route=cells.one_of("route", ROUTES),
        unit=cells.text("unit", required=True, longest=50),
        pack_size=cells.quantity("pack_size"),
    )
    _agree(cells, period)
    return period


def _atc(cells: Cells) -> str:
    code = cells.text("atc").upper()
    if code and _ATC.fullmatch(code) is None:
        cells.wrong("atc", Reason("hãy ghi mã ATC như N02AA01", "write an ATC code as N02AA01"))
    return code


def _agree(cells: Cells, period: MedicinePeriod) -> None:
    """What a new registration number says of its medicine is what the columns say."""
    for text in period.registration_numbers:
        number = parse_registration_number(text)
        said, column = number.control_class.upper(), period.control_class
        if {said, column} <= CERTAIN and said != column:
            cells.wrong(
                "control_class",
                Reason(
                    f"số đăng ký {text} cho biết {said}; hãy kiểm tra cả hai",
                    f"registration number {text} says {said}; check both",
                ),
            )
        only = number.prescription_only
        if None not in {only, period.prescription_only} and only != period.prescription_only:
            cells.wrong(
                "prescription_only",
                Reason(
                    f"số đăng ký {text} cho biết {'yes' if only else 'no'}; hãy kiểm tra cả hai",
                    f"registration number {text} says {'yes' if only else 'no'}; check both",
                ),
            )


def _no_registration(word: str) -> Reason | None:
    try:
        parse_registration_number(word)
    except MalformedIdentifierError as error:
        return Reason(f"{word!r}: {error.message_vi}", f"{word!r}: {error.message_en}")
    return None


def _no_ingredient(word: str) -> Reason | None:
    if word == word.lower():
        return None
    return Reason(f"{word!r}: hãy ghi chữ thường", f"{word!r}: write it in lower case")


def _entry(
    key: str, parts: Sequence[tuple[int, MedicinePeriod]], complain: Complain
) -> MedicineListed:
    for problem in overlapping(MEDICINES, key, parts, "valid_from"):
        complain(*problem)
    periods = in_order(period for _, period in parts)
    return MedicineListed(drug_code=key, periods=periods, entry_version="", load_id="")


MEDICINES = Register(
    name="medicines",
    contract=MedicineListed,
    columns=(
        "code",
        "name",
        "ingredients",
        "atc",
        "strength_mg",
        "control_class",
        "prescription_only",
        "unit",
        "form",
        "route",
        "pack_size",
        "registration_numbers",
        "valid_from",
        "valid_until",
    ),
    required=frozenset(
        {"code", "name", "ingredients", "control_class", "unit", "valid_from", "valid_until"}
    ),
    read_key=_read_key,
    read=_read,
    entry=_entry,
    tracks={"periods": lambda _period: ""},
)
