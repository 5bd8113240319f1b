"""Registers as files: read whole, and every bad row named with its column and what to write."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from services.vietnam.registers.cells import BadCell
from services.vietnam.registers.facilities import FACILITIES
from services.vietnam.registers.medicines import MEDICINES
from services.vietnam.registers.practitioners import PRACTITIONERS
from services.vietnam.registers.reading import DirectoryError, Register, load, read

FACILITY = (
    "01901,Bệnh viện mẫu,hospital,yes,specialised,general,01,20.9920,105.8982,,NONE;NARCOTIC,"
    "GPMAU-01901,2018-01-01,2020-12-31"
)
AGAIN = FACILITY.replace("2018-01-01,2020-12-31", "2021-01-01,")
PERSON = "BS-1,GPHN-1,general,PSYCHOTROPIC,2018-01-01,,01901,2018-01-01,,yes"
MEDICINE = (
    "DQG1,Thuốc mẫu,tramadol;paracetamol,N02AJ13,37.5,NONE,yes,viên,tablet,oral,10,"
    "VD-90001-19;893110900126,2018-01-01,"
)
ROWS = {"facilities": FACILITY, "practitioners": PERSON, "medicines": MEDICINE}


def text_of(register: Register, *rows: str) -> str:
    return "\n".join([",".join(register.columns), *rows]) + "\n"


def bad(register: Register, text: str | bytes) -> list[BadCell]:
    return read(register, text if isinstance(text, bytes) else text.encode()).bad


def places(found: list[BadCell]) -> list[tuple[int, str]]:
    return [(cell.row, cell.column) for cell in found]


# --- what is right ----------------------------------------------------------------------------


def test_all_rows_of_a_key_are_one_entry() -> None:
    reading = read(FACILITIES, text_of(FACILITIES, AGAIN, FACILITY).encode())
    assert reading.bad == []
    [entry] = reading.entries.values()
    assert [period.valid_from for period in entry.periods] == [date(2018, 1, 1), date(2021, 1, 1)]
    assert entry.periods[0].permitted_classes == ("NONE", "NARCOTIC")
    assert entry.load_id == reading.load_id
    assert (reading.rows, len(reading.entries)) == (2, 1)


def test_a_licence_that_stands_in_several_rows_is_one() -> None:
    elsewhere = PERSON.replace("01901,2018-01-01,,yes", "01911,2020-01-01,,no")
    nowhere = PERSON.replace("BS-1", "BS-2").replace("01901,2018-01-01,,yes", ",,,no")
    reading = read(PRACTITIONERS, text_of(PRACTITIONERS, PERSON, elsewhere, nowhere).encode())
    assert reading.bad == []
    first, second = reading.entries["BS-1"], reading.entries["BS-2"]
    assert (len(first.licences), len(first.practices)) == (1, 2)
    assert (len(second.licences), len(second.practices)) == (1, 0)


def test_quantities_have_three_places_so_that_equal_content_has_one_version() -> None:
    one, other = (
        read(MEDICINES, text_of(MEDICINES, row).encode()).entries["DQG1"]
        for row in (MEDICINE, MEDICINE.replace(",37.5,", ",37.500,"))
    )
    assert one.periods[0].strength_mg == Decimal("37.500")
    assert one.entry_version == other.entry_version
    assert one.load_id != other.load_id


def test_a_file_of_another_system_is_the_same_file() -> None:
    text = text_of(FACILITIES, FACILITY, "", AGAIN)
    other = "\ufeff" + text.replace("\n", "\r\n")
    one, two = read(FACILITIES, text.encode()), read(FACILITIES, other.encode())
    assert two.bad == []
    assert one.entries["01901"].entry_version == two.entries["01901"].entry_version


def test_codes_are_kept_in_upper_case_and_texts_trimmed() -> None:
    row = FACILITY.replace("01901,", " 0190a ,", 1).replace("Bệnh viện mẫu", "  Bệnh viện mẫu ")
    entry = read(FACILITIES, text_of(FACILITIES, row).encode()).entries["0190A"]
    assert entry.periods[0].name == "Bệnh viện mẫu"


def test_columns_may_be_in_any_order_and_optional_ones_missing() -> None:
    text = "licence_until,facility_id,kind,has_beds,name,province,licence_number,licence_from\n"
    text += ",01921,pharmacy,no,Nhà thuốc mẫu,01,GP-1,2018-01-01\n"
    reading = read(FACILITIES, text.encode())
    assert reading.bad == []
    [period] = reading.entries["01921"].periods
    assert (period.permitted_classes, period.latitude, period.level) == ((), None, "")


# --- what is wrong ----------------------------------------------------------------------------

WRONG = [
    (FACILITIES, "hospital,yes", "castle,yes", "kind"),
    (FACILITIES, "hospital,yes", "hospital,maybe", "has_beds"),
    (FACILITIES, "specialised", "superb", "level"),
    (FACILITIES, "2018-01-01", "01/01/2018", "licence_from"),
    (FACILITIES, "2018-01-01", "2018-02-30", "licence_from"),
    (FACILITIES, "2018-01-01", "20180101", "licence_from"),
    (FACILITIES, "2018-01-01", "", "licence_from"),
    (FACILITIES, "2020-12-31", "2017-12-31", "licence_until"),
    (FACILITIES, "01901,", "0190,", "facility_id"),
    (FACILITIES, "01901,", "０１９０１,", "facility_id"),
    (FACILITIES, ",01,", ",99,", "province"),
    (FACILITIES, "20.9920", "105.8982", "latitude"),
    (FACILITIES, "20.9920", "north", "latitude"),
    (FACILITIES, "105.8982", "nan", "longitude"),
    (FACILITIES, "NONE;NARCOTIC", "NONE;STRONG", "permitted_classes"),
    (FACILITIES, "NONE;NARCOTIC", "NONE;NONE", "permitted_classes"),
    (FACILITIES, "NONE;NARCOTIC", "NONE;", "permitted_classes"),
    (FACILITIES, "GPMAU-01901", "", "licence_number"),
    (FACILITIES, "Bệnh viện mẫu", "M" * 501, "name"),
    (FACILITIES, "Bệnh viện mẫu", "Bệnh\x00viện", "name"),
    (PRACTITIONERS, "BS-1", "", "practitioner_id"),
    (PRACTITIONERS, "BS-1", "Bác sĩ Mẫu", "practitioner_id"),
    (PRACTITIONERS, "general", "Nội khoa", "specialties"),
    (PRACTITIONERS, "PSYCHOTROPIC", "NARCOTIC", "permitted_classes"),
    (PRACTITIONERS, "01901,2018-01-01,,yes", "01901,,,yes", "works_from"),
    (PRACTITIONERS, "01901,2018-01-01,,yes", ",,,yes", "narcotic_signature"),
    (PRACTITIONERS, ",yes", ",", "narcotic_signature"),
    (MEDICINES, "NONE", "STRONG", "control_class"),
    (MEDICINES, ",37.5,", ",ten,", "strength_mg"),
    (MEDICINES, ",37.5,", ",37.5001,", "strength_mg"),
    (MEDICINES, ",37.5,", ",0,", "strength_mg"),
    (MEDICINES, ",37.5,", ",NaN,", "strength_mg"),
    (MEDICINES, "tramadol;paracetamol", "", "ingredients"),
    (MEDICINES, "tramadol", "Tramadol", "ingredients"),
    (MEDICINES, "N02AJ13", "N2", "atc"),
    (MEDICINES, "tablet", "pebble", "form"),
    (MEDICINES, "oral", "by-ear", "route"),
    (MEDICINES, "VD-90001-19", "VD", "registration_numbers"),
    (MEDICINES, "893110900126", "893111900126", "control_class"),
    (MEDICINES, "893110900126", "893100900126", "prescription_only"),
    (MEDICINES, "viên", "", "unit"),
]


@pytest.mark.parametrize(("register", "old", "new", "column"), WRONG)
def test_a_wrong_cell_is_named(register: Register, old: str, new: str, column: str) -> None:
    row = ROWS[register.name].replace(old, new, 1)
    assert row != ROWS[register.name]
    [found] = bad(register, text_of(register, row))
    assert (found.row, found.column) == (2, column)
    assert found.reason.en
    assert found.reason.vi
    assert found.reason.en != found.reason.vi


def test_every_bad_row_is_named_not_only_the_first() -> None:
    rows = [FACILITY.replace("01901", f"0190{n}").replace(",yes,", ",?,") for n in range(1, 6)]
    rows[2] = rows[2].replace(",?,", ",yes,").replace("hospital", "castle").replace(",01,", ",77,")
    found = bad(FACILITIES, text_of(FACILITIES, *rows))
    assert places(found) == [
        (2, "has_beds"),
        (3, "has_beds"),
        (4, "kind"),
        (4, "province"),
        (5, "has_beds"),
        (6, "has_beds"),
    ]


def test_the_good_entries_of_a_bad_file_are_those_without_a_bad_row() -> None:
    other = FACILITY.replace("01901", "01902")
    worse = AGAIN.replace(",yes,", ",?,")
    reading = read(FACILITIES, text_of(FACILITIES, FACILITY, other, worse).encode())
    assert set(reading.entries) == {"01902"}
    assert reading.bad_keys == {"01901"}
    nameless = read(FACILITIES, text_of(FACILITIES, FACILITY.replace("01901,", "?,", 1)).encode())
    assert nameless.bad_keys == {""}


def test_two_licences_on_one_day_contradict_each_other() -> None:
    for last in ("2021-01-01", ""):
        first = FACILITY.replace("2020-12-31", last)
        [found] = bad(FACILITIES, text_of(FACILITIES, first, AGAIN))
        assert (found.row, found.column) == (3, "licence_from")
    assert bad(FACILITIES, text_of(FACILITIES, FACILITY, AGAIN)) == []


def test_a_person_may_hold_two_licences_at_once_but_not_one_twice() -> None:
    second = PERSON.replace("GPHN-1", "GPHN-2")
    assert bad(PRACTITIONERS, text_of(PRACTITIONERS, PERSON, second)) == []
    same = PERSON.replace("general", "oncology")
    assert places(bad(PRACTITIONERS, text_of(PRACTITIONERS, PERSON, same))) == [(3, "licence_from")]
    twice = PERSON.replace("01901,2018-01-01,,yes", "01901,2019-01-01,,no")
    assert places(bad(PRACTITIONERS, text_of(PRACTITIONERS, PERSON, twice))) == [(3, "works_from")]


@pytest.mark.parametrize(
    ("text", "row", "column", "said"),
    [
        ("", 1, "facility_id", "add this column"),
        (text_of(FACILITIES).replace("has_beds", "beds"), 1, "has_beds", "add this column"),
        (text_of(FACILITIES).replace("name,", "name,doctor,"), 1, "doctor", "no such column"),
        (text_of(FACILITIES).replace("name,", "name,name,"), 1, "name", "twice"),
        (text_of(FACILITIES).replace(",", ";"), 1, "", "separated by commas"),
        (text_of(FACILITIES, FACILITY + ",more"), 2, "", "give 14 cells"),
        (text_of(FACILITIES, FACILITY, '"01902,x'), 3, "", "no CSV"),
        (text_of(FACILITIES, FACILITY).encode("utf-16"), 1, "", "not UTF-8"),
        (text_of(FACILITIES, FACILITY).encode() + b"\xff", 3, "", "not UTF-8"),
    ],
)
def test_a_file_that_is_no_such_register_says_so(
    text: str | bytes, row: int, column: str, said: str
) -> None:
    found = bad(FACILITIES, text)
    assert any(
        (cell.row, cell.column) == (row, column) and said in cell.reason.en for cell in found
    ), found


def test_a_column_for_a_name_is_refused() -> None:
    """Nothing of a prescriber's person may get onto a topic that is kept for ever."""
    text = text_of(PRACTITIONERS, PERSON).replace("practitioner_id", "practitioner_id,full_name", 1)
    [found] = bad(PRACTITIONERS, text)
    assert (found.row, found.column) == (1, "full_name")


def test_loading_a_wrong_file_tells_every_row(tmp_path: Path) -> None:
    path = tmp_path / "facilities.csv"
    rows = (FACILITY.replace("hospital", "castle"), AGAIN.replace(",yes,", ",?,"))
    path.write_text(text_of(FACILITIES, *rows), encoding="utf-8")
    with pytest.raises(DirectoryError, match=r"(?s)row 2, kind.*row 3, has_beds"):
        load(FACILITIES, path)
