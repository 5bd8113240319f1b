"""Numbers, dates and files of QĐ 808: what is read, what is refused, and that nothing crashes."""

from __future__ import annotations

import copy
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vietnam_documents import document, draft_of, line, paths_of
from vietnam_drafts import QUICK

from services.vietnam.decision_808 import UnreadableFileError, parse, read
from services.vietnam.draft import PrescriptionDraft


@pytest.mark.parametrize(
    ("written", "quantity"),
    [
        (10, "10"),
        ("10", "10"),
        ("2,5", "2.5"),
        ("2.5", "2.5"),
        (2.5, "2.5"),
        (0.1, "0.1"),
        ("0.125", "0.125"),
        ("1000", "1000"),
        (1.125, "1.125"),
    ],
)
def test_numbers_come_as_numbers_or_texts(written: object, quantity: str) -> None:
    assert draft_of(line(so_luong=written)).lines[0].quantity == Decimal(quantity)


@pytest.mark.parametrize(
    "written", ["1.000", "1,000", "12.500", "mười", "1e3", "-1", "NaN", True, [1], 0, "1.2345"]
)
def test_ambiguous_or_impossible_numbers_are_problems(written: object) -> None:
    assert paths_of(line(so_luong=written)) == ["thong_tin_don_thuoc[0].so_luong"]


@pytest.mark.parametrize("text", ["1e999999", "1e-999999", "0e999999", "9" * 5000])
def test_numbers_that_explode_are_refused_quickly(text: str) -> None:
    source = f'{{"can_nang": {text}, "ngay_tai_kham": {text}}}'
    try:
        content = read(source)[0]
    except UnreadableFileError:
        return
    assert isinstance(content, dict)
    assert parse(document(**content)) is not None


@pytest.mark.parametrize(
    "text", ["31/02/1990", "1990-03-15", "15/3/90", "15-03-1990", "15/13/1990", "00/00/0000"]
)
def test_dates_are_real_days_written_day_month_year(text: str) -> None:
    assert paths_of(document(ngay_sinh_benh_nhan=text)) == ["ngay_sinh_benh_nhan"]


@pytest.mark.parametrize(
    "text", ["2026-10-05", "05/10/2026 08:15:00", "2026-10-05T08:15:00Z", "2026-02-30 08:15:00"]
)
def test_the_time_of_prescribing_is_written_with_the_time(text: str) -> None:
    assert paths_of(document(ngay_gio_ke_don=text)) == ["ngay_gio_ke_don"]


@pytest.mark.parametrize("value", ["14/10/2026", "7.5", "bảy"])
def test_ngay_tai_kham_is_a_number_of_days(value: str) -> None:
    assert draft_of(document(ngay_tai_kham="7")).revisit_after_days == 7
    assert paths_of(document(ngay_tai_kham=value)) == ["ngay_tai_kham"]


@pytest.mark.parametrize("content", [None, [], "x", 1, {"chan_doan": 1}, {"chan_doan": [1]}])
def test_what_is_no_prescription_is_a_list_of_problems(content: object) -> None:
    assert paths_of(content)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner)
)


@QUICK
@given(st.sampled_from(sorted(document())), values)
def test_any_value_in_any_field_is_read_or_refused_never_a_crash(name: str, value: object) -> None:
    content = copy.deepcopy(document())
    content[name] = value
    parsed = parse(content)
    assert isinstance(parsed, PrescriptionDraft) or parsed


@QUICK
@given(st.sampled_from(sorted(document()["thong_tin_don_thuoc"][0])), values)
def test_any_value_in_any_line_field_is_read_or_refused(name: str, value: object) -> None:
    parsed = parse(line(**{name: value}))
    assert isinstance(parsed, PrescriptionDraft) or parsed


def test_a_file_holds_one_prescription_or_a_list() -> None:
    assert read('{"a": 1.10}') == [{"a": Decimal("1.10")}]
    assert read('\ufeff[{"a": 1}, {"a": 2}]') == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    "text", ["", "{", '{"a": 1,}', '{"a": NaN}', '{"a": 1, "a": 2}', "[" * 100_000]
)
def test_a_file_that_is_not_clean_json_says_why(text: str) -> None:
    with pytest.raises(UnreadableFileError) as unreadable:
        read(text)
    assert unreadable.value.problem.message_vi
