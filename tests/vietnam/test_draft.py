"""The shape of a draft, and that nothing personal leaves it unsealed."""

from __future__ import annotations

import json
import types
import typing
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from vietnam_drafts import cancer, child, narcotic, ordinary

from services.vietnam.draft import PrescriptionDraft, open_content, personal_fields

# Everything not named here must be sealed: a field added to the draft is personal until decided.
OPEN_FIELDS = {
    "prescription_code",
    "prescription_type",
    "authored_on",
    "prescriber.person_id",
    "prescriber.licence",
    "lines.drug_code",
    "lines.active_ingredient",
    "lines.trade_name",
    "lines.unit",
    "lines.quantity",
    "lines.days_supply",
    "batches.number",
    "batches.start_on",
    "batches.end_on",
    "treatment_form",
    "at_discharge",
}


def leaves(model: type[BaseModel], prefix: str = "") -> dict[str, Any]:
    """Every field of a model that holds no model, by path."""
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        inner = [arg for arg in flat(field.annotation) if isinstance(arg, type)]
        models = [arg for arg in inner if issubclass(arg, BaseModel)]
        if models:
            found |= leaves(models[0], f"{prefix}{name}.")
        else:
            found[prefix + name] = field.annotation
    return found


def flat(annotation: Any) -> list[Any]:
    if typing.get_origin(annotation) in {list, typing.Union, types.UnionType}:
        return [part for arg in typing.get_args(annotation) for part in flat(arg)]
    return [annotation]


def full() -> PrescriptionDraft:
    """A draft with every field stated, each personal text of its own."""
    given = narcotic().but("patient", child().body["patient"]).but("patient.sex", "female")
    patient = {
        "citizen_number": "001324000042",
        "passport_number": "X0000042",
        "health_id": "4200000042",
        "insurance_number": "TE1010000000042",
        "full_name": "Nguyễn Thử 0042",
        "guardian_name": "Trần Thị Mẫu 0042",
        "address": "Số 42 đường Mẫu",
        "phone": "0000000042",
    }
    for name, value in patient.items():
        given = given.but(f"patient.{name}", value)
    given = given.but("recipient", {"full_name": "Người Nhận 0042", "id_number": "001190000043"})
    given = given.but(
        "diagnoses", [{"icd10": "C50.9", "name": "Ung thư vú", "conclusion": "Kết luận mẫu"}]
    )
    given = given.but("note", "Lưu ý mẫu").but("advice", "Lời dặn mẫu")
    given = given.but("revisit_after_days", 30).but("treatment_form", 1).but("at_discharge", True)
    return given.but("batches", cancer().body["batches"]).draft


def test_every_field_is_either_open_or_sealed() -> None:
    sealed = personal_fields(full())
    personal = set(leaves(PrescriptionDraft)) - OPEN_FIELDS
    for path in personal:
        name = "diagnoses" if path.startswith("diagnoses.") else path
        assert name in sealed, f"{path} is neither open nor sealed"
    assert {"diagnoses" if key.startswith("diagnoses") else key for key in personal} == set(sealed)


def test_open_content_holds_nothing_personal() -> None:
    draft = full()
    opened = json.dumps(open_content(draft), ensure_ascii=False)
    assert personal_fields(draft)["patient.full_name"] == "Nguyễn Thử 0042"
    for text in (
        "Nguyễn",
        "Trần",
        "Người Nhận",
        "0042",
        "2024-03-18",
        "12.5",
        "female",
        "C50",
        "Ung thư",
        "mẫu",
        "Uống",
        "mười",
    ):
        assert text not in opened.replace("DQGMAU", "").replace("Thuốc mẫu", "")


def test_open_content_holds_every_open_field() -> None:
    opened = open_content(full())
    assert {path.split(".")[0] for path in OPEN_FIELDS} == set(opened)
    lines = typing.cast(list[dict[str, Any]], opened["lines"])
    assert {f"lines.{key}" for key in lines[0]} - {"lines.line"} <= OPEN_FIELDS


def test_what_could_not_be_said_at_first_is_content_only_if_it_is_said() -> None:
    """A repeat sent to a newer version of the software must have the content it had."""
    assert "at_discharge" not in open_content(ordinary().draft)
    assert open_content(ordinary().but("at_discharge", False).draft) == open_content(
        ordinary().draft
    )


def test_canonical_texts_do_not_depend_on_how_a_value_was_written() -> None:
    one = ordinary().but("lines.0.quantity", "10").draft
    other = ordinary().but("lines.0.quantity", 10.000)
    other = other.but("authored_on", "2026-10-05T01:15:00Z").but(
        "patient.full_name", " Nguyễn Thử 0042 "
    )
    assert open_content(one) == open_content(other.draft)
    assert personal_fields(one) == personal_fields(other.draft)


def test_blank_texts_are_not_stated() -> None:
    draft = ordinary().but("patient.phone", "  ").but("note", "").draft
    assert draft.patient.phone is None
    assert "patient.phone" not in personal_fields(draft)
    assert "note" not in personal_fields(draft)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("prescription_type", "x"),
        ("authored_on", "2026-10-05T08:00:00"),
        ("authored_on", 1_700_000_000),
        ("authored_on", "0001-01-01T00:00:00+14:00"),
        ("patient.birth_date", 0),
        ("patient.birth_date", "05/10/1990"),
        ("patient.sex", "M"),
        ("patient.full_name", " "),
        ("patient.full_name", "n" * 501),
        ("patient.full_name", "a\u0000b"),
        ("patient.phone", "0" * 13),
        ("patient.weight_kg", 0),
        ("patient.age_months", True),
        ("diagnoses", []),
        ("lines", []),
        ("lines.0.quantity", 0),
        ("lines.0.quantity", -1),
        ("lines.0.quantity", "1.0001"),
        ("lines.0.quantity", "1e999999"),
        ("lines.0.quantity", "NaN"),
        ("lines.0.quantity", True),
        ("lines.0.days_supply", "5"),
        ("lines.0.days_supply", 0),
        ("lines.0.drug_code", "d" * 21),
        ("lines.0.dosage_instruction", "d" * 501),
        ("note", "n" * 2001),
        ("at_discharge", "yes"),
        ("batches", [{"number": 1, "start_on": "9999-12-31", "end_on": "9999-12-31"}]),
        ("unexpected", 1),
        ("patient.unexpected", 1),
    ],
)
def test_a_body_out_of_shape_is_refused_at_its_path(path: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        _ = ordinary().but(path, value).draft
    steps = [int(step) if step.isdigit() else step for step in path.split(".")]
    assert list(refused.value.errors()[0]["loc"])[: len(steps)] == steps


def test_up_to_a_hundred_lines() -> None:
    line = ordinary().body["lines"][0]
    assert len(ordinary().but("lines", [line] * 100).draft.lines) == 100
    with pytest.raises(ValidationError):
        _ = ordinary().but("lines", [line] * 101).draft
