"""What can be wrong with a QĐ 808 document, told in the document's own field names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic_core import ErrorDetails

PRESCRIBER_FIELD = "ma_lien_thong_bac_si"


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a document: where (a path in its own names) and why. No values."""

    path: str
    message_vi: str
    message_en: str


def problem_of(error: ErrorDetails) -> Problem:
    """The problem a value out of a draft's bounds stands for."""
    if "vi" in error.get("ctx", {}):
        return Problem(_path(error["loc"]), error["ctx"]["vi"], error["msg"])
    limit = next((error["ctx"][key] for key in _BOUNDS if key in error.get("ctx", {})), "")
    vi, en = _WORDINGS.get(error["type"], _OTHER)
    return Problem(_path(error["loc"]), vi.format(limit=limit), en.format(limit=limit))


def national_path(draft_path: str) -> str:
    """A path of the draft in the document's names: `lines[0].days_supply` is read from
    `thong_tin_don_thuoc[0].cach_dung`. What has no name there keeps its own."""
    parts = re.findall(r"[a-z_0-9]+", draft_path)
    location = tuple(int(part) if part.isdigit() else part for part in parts)
    return _path(location) or draft_path


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part in _NATIONAL_NAMES:
            path += ("." if path else "") + _NATIONAL_NAMES[part]
    return path


_BOUNDS = ("max_length", "min_length", "gt", "ge", "le", "lt", "max_digits", "decimal_places")
_OTHER = ("Giá trị không hợp lệ; hãy kiểm tra.", "The value is not valid; check it.")
_WORDINGS = {
    "string_too_long": ("Tối đa {limit} ký tự.", "At most {limit} characters."),
    "string_too_short": ("Không được để trống.", "Do not leave it empty."),
    "too_long": ("Tối đa {limit} mục.", "At most {limit} items."),
    "too_short": ("Thiếu trường bắt buộc này.", "This field is required; add it."),
    "greater_than": ("Phải lớn hơn {limit}.", "It must be more than {limit}."),
    "greater_than_equal": ("Không được nhỏ hơn {limit}.", "It must be {limit} or more."),
    "less_than_equal": ("Không được lớn hơn {limit}.", "It must be {limit} or less."),
    "decimal_max_places": ("Tối đa {limit} chữ số thập phân.", "At most {limit} decimals."),
    "decimal_max_digits": ("Tối đa {limit} chữ số.", "At most {limit} digits."),
}
_NATIONAL_NAMES = {
    "prescription_code": "ma_don_thuoc",
    "prescriber": PRESCRIBER_FIELD,
    "citizen_number": "ma_dinh_danh_cong_dan",
    "health_id": "ma_dinh_danh_y_te",
    "insurance_number": "ma_so_the_bao_hiem_y_te",
    "full_name": "ho_ten_benh_nhan",
    "birth_date": "ngay_sinh_benh_nhan",
    "weight_kg": "can_nang",
    "guardian_name": "thong_tin_nguoi_giam_ho",
    "address": "dia_chi",
    "phone": "so_dien_thoai_nguoi_kham_benh",
    "diagnoses": "chan_doan",
    "icd10": "ma_chan_doan",
    "name": "ten_chan_doan",
    "conclusion": "ket_luan",
    "lines": "thong_tin_don_thuoc",
    "drug_code": "ma_thuoc",
    "active_ingredient": "biet_duoc",
    "trade_name": "ten_thuoc",
    "unit": "don_vi_tinh",
    "quantity": "so_luong",
    "dosage_instruction": "cach_dung",
    "batches": "dot_dung_thuoc",
    "number": "dot",
    "treatment_form": "hinh_thuc_dieu_tri",
    "note": "luu_y",
    "advice": "loi_dan",
    "revisit_after_days": "ngay_tai_kham",
    "prescription_type": "loai_don_thuoc",
    "authored_on": "ngay_gio_ke_don",
    "sex": "gioi_tinh",
    "age_months": "ngay_sinh_benh_nhan",
    "days_supply": "cach_dung",
    "start_on": "tu_ngay",
    "end_on": "den_ngay",
}
