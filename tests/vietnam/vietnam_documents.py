"""Documents of QĐ 808 with one thing changed, and what they are read as."""

from __future__ import annotations

from typing import Any

from services.vietnam.decision_808 import parse
from services.vietnam.draft import PrescriptionDraft


def document(**changes: object) -> dict[str, Any]:
    content: dict[str, Any] = {
        "ma_lien_thong_co_so_kham_chua_benh": "01911",
        "ma_lien_thong_bac_si": "BSM-01911-1",
        "loai_don_thuoc": "c",
        "ma_don_thuoc": "01911abcdefg-c",
        "ho_ten_benh_nhan": "Nguyễn Thử 0042",
        "ngay_sinh_benh_nhan": "15/03/1990",
        "ma_dinh_danh_cong_dan": "001090000042",
        "gioi_tinh": 2,
        "dia_chi": "Số 42 đường Mẫu",
        "chan_doan": [{"ma_chan_doan": "J06.9", "ten_chan_doan": "Viêm", "ket_luan": ""}],
        "hinh_thuc_dieu_tri": 1,
        "thong_tin_don_thuoc": [
            {
                "ma_thuoc": "DQGMAU0001",
                "biet_duoc": "paracetamol",
                "ten_thuoc": "Thuốc mẫu 500",
                "don_vi_tinh": "viên",
                "so_luong": 10,
                "cach_dung": "Uống ngày 2 lần x 5 ngày",
            }
        ],
        "ngay_gio_ke_don": "2026-10-05 08:15:00",
    }
    return content | changes


def line(**changes: object) -> dict[str, Any]:
    content = document()
    content["thong_tin_don_thuoc"][0] |= changes
    return content


def without(name: str) -> dict[str, Any]:
    content = document()
    del content[name]
    return content


def draft_of(content: object) -> PrescriptionDraft:
    parsed = parse(content)
    assert isinstance(parsed, PrescriptionDraft), parsed
    return parsed


def paths_of(content: object) -> list[str]:
    parsed = parse(content)
    assert isinstance(parsed, list), parsed
    assert all(problem.message_vi and problem.message_en for problem in parsed)
    return [problem.path for problem in parsed]
