"""What a clinic asks to issue: the body of its request and the output of the QĐ 808 adapter.

Everything personal or clinical is named by `personal_fields` and leaves the pack only to be sealed;
`open_content` is the rest. Lengths are those of QĐ 808/QĐ-BYT (gui-don-thuoc) where it gives any.
Texts are trimmed and brought to Unicode NFC, so one prescription has one form; an empty text counts
as not stated where a field may be missing. Which fields the law asks for is in `law.yaml`, because
that changes with time: here is only the shape.
"""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from services.contracts.terms import plain
from services.vietnam.prescription_code import PrescriptionType

__all__ = [
    "Diagnosis",
    "DraftBatch",
    "DraftLine",
    "Patient",
    "Prescriber",
    "PrescriptionDraft",
    "Recipient",
    "open_content",
    "personal_fields",
    "plain",
]

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Sex = Literal["male", "female", "other", "unknown"]


def _readable(text: str) -> str:
    if any(unicodedata.category(mark) == "Cc" and mark not in "\t\n\r" for mark in text):
        raise PydanticCustomError(
            "control_characters",
            "remove the control characters from this text",
            {"vi": "hãy bỏ các ký tự điều khiển khỏi nội dung này"},
        )
    return unicodedata.normalize("NFC", text)


def _blank_is_missing(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _is_written_out(value: object) -> object:
    """Only ISO 8601 texts and dates: a number would be read as seconds since 1970."""
    if isinstance(value, date) or (isinstance(value, str) and _ISO_DATE.match(value)):
        return value
    raise PydanticCustomError(
        "date_not_written_out",
        "write the date as year-month-day, such as 2026-10-05",
        {"vi": "hãy ghi ngày dạng năm-tháng-ngày, ví dụ 2026-10-05"},
    )


Text = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_readable)]
OptionalText = Annotated[Text | None, BeforeValidator(_blank_is_missing)]
Quantity = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=3)]
Whole = Annotated[int, Field(strict=True)]
# The bounds keep calendar arithmetic from running out of years; no rule is behind them.
Day = Annotated[
    date, BeforeValidator(_is_written_out), Field(ge=date(1850, 1, 1), lt=date(2200, 1, 1))
]
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_is_written_out),
    Field(ge=datetime(1900, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC)),
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Prescriber(_Part):
    """Who prescribes: the personal interconnect code (QĐ 425/QĐ-BYT Art 9) and the licence."""

    person_id: Text = Field(min_length=1, max_length=50)
    licence: Text = Field(default="", max_length=50)


class Patient(_Part):
    """For whom. Weight in kilograms, age in completed months (children under six only)."""

    citizen_number: OptionalText = Field(default=None, max_length=12)
    passport_number: OptionalText = Field(default=None, max_length=20)
    health_id: OptionalText = Field(default=None, max_length=12)
    insurance_number: OptionalText = Field(default=None, max_length=15)
    full_name: Text = Field(min_length=1, max_length=500)
    birth_date: Day
    sex: Sex
    weight_kg: Decimal | None = Field(default=None, gt=0, le=500, max_digits=6, decimal_places=3)
    age_months: Whole | None = Field(default=None, ge=0, le=1800)
    guardian_name: OptionalText = Field(default=None, max_length=500)
    address: OptionalText = Field(default=None, max_length=500)
    phone: OptionalText = Field(default=None, max_length=12)


class Recipient(_Part):
    """Who collects a narcotic, psychotropic or precursor for the patient (TT 26 Annex II, III)."""

    full_name: Text = Field(min_length=1, max_length=500)
    id_number: Text = Field(min_length=1, max_length=20)


class Diagnosis(_Part):
    """One diagnosis with its ICD-10 code; the first is the main one."""

    icd10: Text = Field(min_length=1, max_length=10)
    name: Text = Field(min_length=1, max_length=500)
    conclusion: Text = Field(default="", max_length=2000)


class DraftLine(_Part):
    """One medicine. `quantity` is in `unit`; `days_supply` None means not stated."""

    drug_code: Text = Field(min_length=1, max_length=20)
    active_ingredient: Text = Field(min_length=1, max_length=500)
    trade_name: Text = Field(default="", max_length=500)
    unit: Text = Field(min_length=1, max_length=50)
    quantity: Quantity
    quantity_in_words: OptionalText = Field(default=None, max_length=200)
    dosage_instruction: Text = Field(min_length=1, max_length=500)
    days_supply: Whole | None = Field(default=None, ge=1, le=366)


class DraftBatch(_Part):
    """One dispensing period; both dates are days of it."""

    number: Whole = Field(ge=1, le=100)
    start_on: Day
    end_on: Day


class PrescriptionDraft(_Part):
    """A prescription before it is issued. Without a code, RxLog mints one.

    `at_discharge`: it goes on with an inpatient treatment that ends with it.
    """

    prescription_code: OptionalText = Field(default=None, max_length=50)
    prescription_type: PrescriptionType
    authored_on: Moment
    prescriber: Prescriber
    patient: Patient
    recipient: Recipient | None = None
    diagnoses: list[Diagnosis] = Field(min_length=1, max_length=50)
    lines: list[DraftLine] = Field(min_length=1, max_length=100)
    batches: list[DraftBatch] = Field(default=[], max_length=100)
    treatment_form: Whole | None = Field(default=None, ge=0, le=99)
    at_discharge: bool = Field(default=False, strict=True)
    note: OptionalText = Field(default=None, max_length=2000)
    advice: OptionalText = Field(default=None, max_length=2000)
    revisit_after_days: Whole | None = Field(default=None, ge=0, le=3650)


def personal_fields(draft: PrescriptionDraft) -> dict[str, str]:
    """Every personal or clinical value of a draft under its stable name, as canonical text.

    Plain values are text (dates ISO 8601, numbers without trailing zeros); `diagnoses`,
    `lines.dosage_instruction` and `lines.quantity_in_words` are JSON arrays, the latter two in the
    order of the lines. What is not stated is absent.
    """
    fields: dict[str, str] = {}
    parts = (("patient", draft.patient), ("recipient", draft.recipient))
    for name, part in parts:
        for key in type(part).model_fields if part is not None else ():
            value = getattr(part, key)
            if value is not None:
                fields[f"{name}.{key}"] = plain(value) if isinstance(value, Decimal) else str(value)
    fields["diagnoses"] = _json([item.model_dump(mode="json") for item in draft.diagnoses])
    fields["lines.dosage_instruction"] = _json([line.dosage_instruction for line in draft.lines])
    if any(line.quantity_in_words for line in draft.lines):
        fields["lines.quantity_in_words"] = _json([line.quantity_in_words for line in draft.lines])
    for key in ("note", "advice", "revisit_after_days"):
        value = getattr(draft, key)
        if value is not None:
            fields[key] = str(value)
    return fields


def open_content(draft: PrescriptionDraft) -> dict[str, JsonValue]:
    """What of a draft may stay in clear, as JSON values: equal drafts give equal content.

    A field added later is absent unless stated, so that a repeat sent to a newer version of this
    software has the content it had.
    """
    later: dict[str, JsonValue] = {"at_discharge": True} if draft.at_discharge else {}
    return later | {
        "prescription_code": draft.prescription_code.lower() if draft.prescription_code else None,
        "prescription_type": draft.prescription_type,
        "authored_on": draft.authored_on.astimezone(UTC).isoformat(),
        "prescriber": draft.prescriber.model_dump(mode="json"),
        "lines": [
            {
                "line": number,
                "drug_code": line.drug_code,
                "active_ingredient": line.active_ingredient,
                "trade_name": line.trade_name,
                "unit": line.unit,
                "quantity": plain(line.quantity),
                "days_supply": line.days_supply,
            }
            for number, line in enumerate(draft.lines, start=1)
        ],
        "batches": [batch.model_dump(mode="json") for batch in draft.batches],
        "treatment_form": draft.treatment_form,
    }


def _json(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
