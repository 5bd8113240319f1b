"""Days are read from a dosage instruction only when it states them."""

from __future__ import annotations

import unicodedata

import pytest

from services.vietnam.dosage_days import stated_days


@pytest.mark.parametrize(
    ("instruction", "days"),
    [
        ("Uống ngày 2 lần, mỗi lần 1 viên, x 5 ngày", 5),
        ("2 viên/lần * 2 lần/ngày * 5 ngày [4 viên/ngày]", 5),
        ("2 viên/lần × 2 lần/ngày × 10 ngày", 10),
        ("Uống sáng 1 viên, dùng trong 7 ngày", 7),
        ("UỐNG TRONG VÒNG 14 NGÀY", 14),
        ("Bôi ngày 2 lần, trong 2 tuần", 14),
        ("Sắc uống ngày 1 thang x30 ngày", 30),
        ("Uống ngày 2 lần, mỗi lần 1 viên", None),
        ("Ngày uống 2 viên", None),
        ("Cứ mỗi 2 ngày uống 1 viên", None),
        ("Tiêm cách 3 ngày một lần", None),
        ("2 lần/ngày", None),
        ("Uống x 5-7 ngày", None),
        ("Uống 2 viên trong 3 ngày đầu, sau đó 1 viên trong 5 ngày", None),
        ("Uống trong 21 ngày, nghỉ 7 ngày", None),
        ("Uống trong 3 ngày rồi giảm liều", None),
        ("Uống trong 5 ngày, bôi trong 7 ngày", None),
        ("Uống x 5 ngày, tức là trong 5 ngày", 5),
        ("Uống x 0 ngày", None),
        ("Uống x 500 ngày", None),
        ("Uống max 5 ngày", None),
        ("", None),
    ],
)
def test_days_of_an_instruction(instruction: str, days: int | None) -> None:
    assert stated_days(instruction) == days
    assert stated_days(unicodedata.normalize("NFD", instruction)) == days
