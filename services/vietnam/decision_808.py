"""The national API's prescription (QĐ 808/QĐ-BYT, gui-don-thuoc) in, a draft out.

Lenient in what the decision and its users spell in several ways, strict in what comes out. The
traps: `biet_duoc` is the active substance and `ten_thuoc` the trade name; sex is 1 unknown, 2 male,
3 female (insurance files count differently); `ngay_tai_kham` is a number of days; the guardian is
asked for children "over" 72 months where the law means under; `dot_dung_thuoc` is a list in the
decision and one object in use.

What the format has no place for: the age in months is computed from the birth date; the words of a
narcotic's quantity are written out from its figures; days' supply is read from `cach_dung`, or from
`dot_dung_thuoc`, or said to be unknown; a recipient other than the patient cannot be named.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from pydantic import ValidationError

from services.vietnam.dated_law import local_day
from services.vietnam.decision_808_fields import Fields
from services.vietnam.decision_808_file import UnreadableFileError, read
from services.vietnam.decision_808_problems import PRESCRIBER_FIELD, Problem, problem_of
from services.vietnam.dosage_days import stated_days
from services.vietnam.draft import Prescriber, PrescriptionDraft
from services.vietnam.icd10 import with_point
from services.vietnam.issue_rules.patient import months_between
from services.vietnam.number_words import in_words

__all__ = ["Problem", "UnreadableFileError", "issuing_facility", "notes", "parse", "read"]

SEXES = {"1": "unknown", "2": "male", "3": "female"}
TYPES = {letter: letter.lower() for letter in "cnhytCNHYT"}
CHILD_MONTHS = 72
# The types for which QĐ 808 asks for dot_dung_thuoc; it does not know t yet.
_DATED = ("h", "n", "y")

FACILITY_FIELD = "ma_lien_thong_co_so_kham_chua_benh"
# Known to QĐ 808, not carried by a draft; `notes` says so.
_NOT_CARRIED = ("signature",)


@dataclass(frozen=True)
class _Period:
    """One element of dot_dung_thuoc."""

    number: int | None
    start_on: date | None
    end_on: date | None
    packs: int | None


def parse(
    document: object, prescriber: Prescriber | None = None
) -> PrescriptionDraft | list[Problem]:
    """The draft a document stands for, or everything that is wrong with it.

    The format leaves the prescriber to the caller's sign-in: pass it, or let the document name it
    in `ma_lien_thong_bac_si`, as files of clinic software do; when both do, they must agree.
    """
    if not isinstance(document, dict):
        return [Problem("", "Mỗi đơn phải là một đối tượng JSON.", "Give each one as an object.")]
    problems: list[Problem] = []
    content = _draft_content(Fields(document, "", problems), prescriber)
    if problems:
        return list(dict.fromkeys(problems))
    try:
        return PrescriptionDraft.model_validate(content)
    except ValidationError as bad:
        return [problem_of(error) for error in bad.errors()]


def issuing_facility(document: object) -> str | None:
    """The facility a document names, or else the one its prescription code begins with."""
    if not isinstance(document, dict):
        return None
    named, code = document.get(FACILITY_FIELD), document.get("ma_don_thuoc")
    if isinstance(named, str) and named.strip():
        return named.strip().upper()
    return code.strip()[:5].upper() if isinstance(code, str) and len(code.strip()) >= 5 else None


def notes(document: object) -> list[Problem]:
    """What a readable document holds and a draft does not carry, so that nobody misses it."""
    if not isinstance(document, dict):
        return []
    periods = document.get("dot_dung_thuoc")
    kept_as_days = isinstance(periods, list | dict) and any(
        isinstance(period, dict) and period.get("so_thang_thuoc") not in (None, "", 0, "0")
        for period in (periods if isinstance(periods, list) else [periods])
    )
    paths = [name for name in _NOT_CARRIED if document.get(name)]
    return [
        Problem(
            path,
            "RxLog chưa lưu trường này; hãy giữ bản gốc.",
            "RxLog does not keep this field yet; keep the original.",
        )
        for path in [*paths, *(["dot_dung_thuoc.so_thang_thuoc"] if kept_as_days else [])]
    ]


def _draft_content(fields: Fields, prescriber: Prescriber | None) -> dict[str, object]:
    kind = fields.choice(TYPES, "loai_don_thuoc", required=True)
    authored_on = fields.moment("ngay_gio_ke_don", required=True)
    periods = [
        _period(period) for period in fields.objects("dot_dung_thuoc", required=kind in _DATED)
    ]
    named = fields.text(PRESCRIBER_FIELD, required=prescriber is None)
    if prescriber is not None and named not in {None, prescriber.person_id}:
        fields.wrong(
            PRESCRIBER_FIELD,
            "Khác với người kê đơn đang đăng nhập; hãy gửi bằng tài khoản của người đó.",
            "This is not the prescriber signed in; submit it as that person.",
        )
    content: dict[str, object] = {
        "prescription_code": fields.text("ma_don_thuoc", required=True),
        "prescription_type": kind,
        "authored_on": authored_on,
        "prescriber": prescriber or {"person_id": named},
        "patient": _patient(fields, authored_on),
        "diagnoses": [_diagnosis(item) for item in fields.objects("chan_doan", required=True)],
        "lines": [
            _line(item, kind, periods)
            for item in fields.objects("thong_tin_don_thuoc", required=True)
        ],
        "batches": [
            {
                "number": place if period.number is None else period.number,
                "start_on": period.start_on,
                "end_on": period.end_on,
            }
            for place, period in enumerate(periods, start=1)
            if period.start_on and period.end_on
        ],
        "treatment_form": fields.whole("hinh_thuc_dieu_tri", required=kind == "c"),
        "note": fields.text("luu_y"),
        "advice": fields.text("loi_dan"),
        "revisit_after_days": fields.whole("ngay_tai_kham"),
    }
    fields.finish(known=(FACILITY_FIELD, *_NOT_CARRIED))
    return content


def _patient(fields: Fields, authored_on: datetime | None) -> dict[str, object]:
    birth_date = fields.day("ngay_sinh_benh_nhan", required=True)
    weight = fields.number("can_nang")
    months = None
    if birth_date and authored_on:
        months = months_between(birth_date, local_day(authored_on))
    return {
        "citizen_number": fields.text("ma_dinh_danh_cong_dan"),
        "health_id": fields.text("ma_dinh_danh_y_te"),
        "insurance_number": fields.text("ma_so_the_bao_hiem_y_te", "ma_so_bao_hiem_y_te"),
        "full_name": fields.text("ho_ten_benh_nhan", required=True),
        "birth_date": birth_date,
        "sex": fields.choice(SEXES, "gioi_tinh", required=True),
        # Software without a weight sends 0.
        "weight_kg": weight or None,
        "age_months": months if months is not None and 0 <= months < CHILD_MONTHS else None,
        "guardian_name": fields.text("thong_tin_nguoi_giam_ho"),
        "address": fields.text("dia_chi", required=True),
        "phone": fields.text("so_dien_thoai_nguoi_kham_benh"),
    }


def _diagnosis(fields: Fields) -> dict[str, object]:
    code = fields.text("ma_chan_doan", "ma_benh", required=True)
    diagnosis: dict[str, object] = {
        "icd10": with_point(code) if code else None,
        "name": fields.text("ten_chan_doan", "ten_benh", required=True),
        "conclusion": fields.text("ket_luan") or "",
    }
    fields.finish()
    return diagnosis


def _line(fields: Fields, kind: str | None, periods: list[_Period]) -> dict[str, object]:
    quantity = fields.number("so_luong", required=True)
    instruction = fields.text("cach_dung", required=True)
    line: dict[str, object] = {
        "drug_code": fields.text("ma_thuoc", required=True),
        "active_ingredient": fields.text("biet_duoc", required=True),
        "trade_name": fields.text("ten_thuoc", required=True),
        "unit": fields.text("don_vi_tinh", required=True),
        "quantity": quantity,
        "quantity_in_words": _words(quantity) if kind == "n" and quantity else None,
        "dosage_instruction": instruction,
        "days_supply": _days_supply(instruction or "", periods),
    }
    fields.finish()
    return line


def _period(fields: Fields) -> _Period:
    period = _Period(
        number=fields.whole("dot"),
        start_on=fields.day("tu_ngay"),
        end_on=fields.day("den_ngay"),
        packs=fields.whole("so_thang_thuoc"),
    )
    if period.start_on or period.end_on or (period.number is not None and period.packs is None):
        fields.day("tu_ngay", required=True)
        fields.day("den_ngay", required=True)
    fields.finish()
    return period


def _days_supply(instruction: str, periods: list[_Period]) -> int | None:
    """Several dated periods say the whole time; else the instruction; else the one period."""
    lengths = [
        (period.end_on - period.start_on).days + 1
        for period in periods
        if period.start_on and period.end_on
    ]
    stated = stated_days(instruction)
    days = sum(lengths)
    if len(lengths) <= 1 and stated is not None:
        return stated
    if not lengths:
        # One pack of a decoction is one day's.
        days = sum(period.packs or 0 for period in periods)
    return days if 1 <= days <= 366 else None


def _words(quantity: Decimal) -> str | None:
    return in_words(quantity) if 0 < quantity < 10**9 else None
