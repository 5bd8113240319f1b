"""The national API's JSON: lenient in, strict out, nothing dropped in silence."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from vietnam_documents import document, draft_of, line, paths_of, without

from services.vietnam.decision_808 import issuing_facility, notes, parse
from services.vietnam.decision_808_problems import national_path
from services.vietnam.draft import Prescriber, PrescriptionDraft


def test_the_plain_document_becomes_a_draft() -> None:
    draft = draft_of(document())
    assert draft.prescription_code == "01911abcdefg-c"
    assert draft.authored_on.isoformat() == "2026-10-05T08:15:00+07:00"
    assert draft.prescriber.person_id == "BSM-01911-1"
    assert draft.patient.birth_date == date(1990, 3, 15)
    assert draft.lines[0].quantity == 10
    assert draft.lines[0].days_supply == 5


def test_biet_duoc_is_the_substance_and_ten_thuoc_the_trade_name() -> None:
    medicine = draft_of(document()).lines[0]
    assert (medicine.active_ingredient, medicine.trade_name) == ("paracetamol", "Thuốc mẫu 500")


@pytest.mark.parametrize(("code", "sex"), [(1, "unknown"), (2, "male"), ("3", "female")])
def test_sex_codes_are_those_of_808_not_of_insurance(code: object, sex: str) -> None:
    assert draft_of(document(gioi_tinh=code)).patient.sex == sex


@pytest.mark.parametrize("code", [0, 4, "nam", 2.0, True, "2 "])
def test_other_sex_codes_are_refused_except_with_blanks(code: object) -> None:
    if code == "2 ":
        assert draft_of(document(gioi_tinh=code)).patient.sex == "male"
    else:
        assert paths_of(document(gioi_tinh=code)) == ["gioi_tinh"]


@pytest.mark.parametrize("letter", ["c", "C"])
def test_the_type_letter_comes_in_either_case(letter: str) -> None:
    assert draft_of(document(loai_don_thuoc=letter)).prescription_type == "c"


def test_both_spellings_of_misnamed_fields_are_read() -> None:
    content = document(
        ma_so_bao_hiem_y_te="4012345678",
        chan_doan=[{"ma_benh": "J06.9", "ten_benh": "Viêm", "ket_luan": "Nhẹ"}],
    )
    draft = draft_of(content)
    assert draft.patient.insurance_number == "4012345678"
    assert (draft.diagnoses[0].icd10, draft.diagnoses[0].name) == ("J06.9", "Viêm")
    same = draft_of(content | {"ma_so_the_bao_hiem_y_te": "4012345678"})
    assert same.patient.insurance_number == "4012345678"


def test_two_spellings_with_different_values_are_a_problem() -> None:
    content = document(ma_so_bao_hiem_y_te="4012345678", ma_so_the_bao_hiem_y_te="4012345679")
    assert paths_of(content) == ["ma_so_the_bao_hiem_y_te"]


PERIOD = {"dot": "1", "tu_ngay": "5/10/2026", "den_ngay": "11/10/2026", "so_thang_thuoc": None}


@pytest.mark.parametrize("periods", [PERIOD, [PERIOD]])
def test_dot_dung_thuoc_is_a_list_or_one_object(periods: object) -> None:
    draft = draft_of(document(loai_don_thuoc="h", dot_dung_thuoc=periods))
    assert [(batch.number, batch.start_on, batch.end_on) for batch in draft.batches] == [
        (1, date(2026, 10, 5), date(2026, 10, 11))
    ]


@pytest.mark.parametrize("periods", ["", None, []])
def test_an_ordinary_prescription_needs_no_period(periods: object) -> None:
    assert draft_of(document(dot_dung_thuoc=periods)).batches == []


@pytest.mark.parametrize("letter", ["h", "n", "y"])
def test_808_asks_for_periods_on_all_other_types(letter: str) -> None:
    assert paths_of(document(loai_don_thuoc=letter, dot_dung_thuoc=[])) == ["dot_dung_thuoc"]


@pytest.mark.parametrize(
    ("period", "missing"),
    [
        ({"dot": 1, "tu_ngay": "05/10/2026"}, "den_ngay"),
        ({"dot": 1, "den_ngay": "05/10/2026"}, "tu_ngay"),
        ({"dot": 1, "tu_ngay": "05/10/2026", "den_ngay": "31/09/2026"}, "den_ngay"),
    ],
)
def test_a_period_has_two_real_dates(period: dict[str, object], missing: str) -> None:
    assert paths_of(document(dot_dung_thuoc=[period])) == [f"dot_dung_thuoc[0].{missing}"]


@pytest.mark.parametrize(
    "name",
    [
        "loai_don_thuoc",
        "ma_don_thuoc",
        "ho_ten_benh_nhan",
        "ngay_sinh_benh_nhan",
        "gioi_tinh",
        "dia_chi",
        "chan_doan",
        "hinh_thuc_dieu_tri",
        "thong_tin_don_thuoc",
        "ngay_gio_ke_don",
        "ma_lien_thong_bac_si",
    ],
)
def test_each_required_field_is_missed_by_its_name(name: str) -> None:
    assert paths_of(without(name)) == [name]
    assert paths_of(document(**{name: "  "})) == [name]


def test_fields_808_does_not_know_are_reported_not_dropped() -> None:
    content = line(so_luong_ban=3)
    content |= {"ten_benh_nhan": "Nguyễn Thử 0043", "password": "x"}
    content["chan_doan"][0]["ma_icd"] = "J06.9"
    assert sorted(paths_of(content)) == [
        "chan_doan[0].ma_icd",
        "password",
        "ten_benh_nhan",
        "thong_tin_don_thuoc[0].so_luong_ban",
    ]


def test_known_fields_a_draft_does_not_carry_are_noted() -> None:
    content = document(signature="MIIB", dot_dung_thuoc=[{"so_thang_thuoc": "7"}])
    assert isinstance(parse(content), PrescriptionDraft)
    assert [note.path for note in notes(content)] == [
        "signature",
        "dot_dung_thuoc.so_thang_thuoc",
    ]
    assert notes(document()) == notes("no document") == []


def test_values_out_of_bounds_are_told_in_808_names() -> None:
    content = line(cach_dung="u" * 501, ma_thuoc="d" * 21)
    content |= {"ho_ten_benh_nhan": "n" * 501, "so_dien_thoai_nguoi_kham_benh": "0" * 13}
    assert sorted(paths_of(content)) == [
        "ho_ten_benh_nhan",
        "so_dien_thoai_nguoi_kham_benh",
        "thong_tin_don_thuoc[0].cach_dung",
        "thong_tin_don_thuoc[0].ma_thuoc",
    ]


def test_a_childs_age_in_months_is_computed() -> None:
    day_before = draft_of(document(ngay_sinh_benh_nhan="06/10/2020")).patient
    birthday = draft_of(document(ngay_sinh_benh_nhan="05/10/2020")).patient
    assert (day_before.age_months, birthday.age_months) == (71, None)


@pytest.mark.parametrize("weight", ["", 0, "0", None])
def test_a_weight_of_zero_is_not_stated(weight: object) -> None:
    assert draft_of(document(can_nang=weight)).patient.weight_kg is None


def test_a_narcotics_quantity_is_written_out() -> None:
    draft = draft_of(document(loai_don_thuoc="N", dot_dung_thuoc=PERIOD))
    assert draft.lines[0].quantity_in_words == "mười"
    assert draft_of(document()).lines[0].quantity_in_words is None


def dated(*lengths: int, **more: object) -> list[dict[str, object]]:
    start, periods = date(2026, 10, 5), []
    for number, length in enumerate(lengths, start=1):
        end = start + timedelta(days=length - 1)
        periods.append(
            {
                "dot": number,
                "tu_ngay": start.strftime("%d/%m/%Y"),
                "den_ngay": end.strftime("%d/%m/%Y"),
                **more,
            }
        )
        start = end + timedelta(days=1)
    return periods


@pytest.mark.parametrize(
    ("instruction", "periods", "days"),
    [
        ("Uống x 5 ngày", None, 5),
        ("Uống khi đau", None, None),
        ("Uống khi đau", dated(7), 7),
        ("Uống x 5 ngày", dated(7), 5),
        ("Uống mỗi đợt x 10 ngày", dated(10, 10, 10), 30),
        ("Sắc uống", [{"dot": 1, "so_thang_thuoc": "7"}], 7),
        ("Sắc uống", [{"dot": 1, "so_thang_thuoc": 0}], None),
        ("Sắc uống", dated(10, so_thang_thuoc=5), 10),
    ],
)
def test_days_supply_is_read_or_said_to_be_unknown(
    instruction: str, periods: object, days: int | None
) -> None:
    content = line(cach_dung=instruction)
    assert draft_of(content | {"dot_dung_thuoc": periods}).lines[0].days_supply == days


def test_the_prescriber_is_the_one_signed_in() -> None:
    signed_in = Prescriber(person_id="BSM-01911-2", licence="GPHN-1")
    parsed = parse(without("ma_lien_thong_bac_si"), signed_in)
    assert isinstance(parsed, PrescriptionDraft)
    assert parsed.prescriber == signed_in
    other = parse(document(), signed_in)
    assert isinstance(other, list)
    assert [problem.path for problem in other] == ["ma_lien_thong_bac_si"]


def test_the_issuing_facility_is_named_or_begins_the_code() -> None:
    assert issuing_facility(document()) == "01911"
    assert issuing_facility(without("ma_lien_thong_co_so_kham_chua_benh")) == "01911"
    assert issuing_facility({"ma_don_thuoc": 5}) is None
    assert issuing_facility([]) is None


def test_a_field_the_law_refuses_is_named_as_in_the_document() -> None:
    assert national_path("patient.guardian_name") == "thong_tin_nguoi_giam_ho"
    assert national_path("lines[0].days_supply") == "thong_tin_don_thuoc[0].cach_dung"
    assert national_path("prescription_type") == "loai_don_thuoc"
    assert national_path("something_else") == "something_else"
