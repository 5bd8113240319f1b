"""What a file changes: only what differs, and never the past of an entry that it does not name."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.directories import FacilityListed, PractitionerListed
from services.directories.comparing import Comparison, Rules, compared
from services.vietnam.registers.facilities import FACILITIES
from services.vietnam.registers.practitioners import PRACTITIONERS
from services.vietnam.registers.reading import Reading, Register, read

TODAY = date(2026, 11, 22)
Held = dict[str, FacilityListed]


def row(code: str, first: str, last: str = "", *, name: str = "Mẫu") -> str:
    return f"{code},{name},clinic,no,,,01,,,,,GP-1,{first},{last}"


def reading(*rows: str, register: Register = FACILITIES) -> Reading:
    text = "\n".join([",".join(register.columns), *rows])
    return read(register, text.encode())


def after(held: Held, found: Comparison) -> Held:
    """The topic once the changes are appended."""
    now = dict(held)
    for change in found.changes:
        if change.entry is None:
            del now[change.key]
        else:
            now[change.key] = change.entry
    return now


def loaded(*rows: str, onto: Held | None = None, rules: Rules | None = None) -> Held:
    held = onto or {}
    return after(held, compared(FACILITIES, reading(*rows), held, rules or Rules(TODAY)))


def intervals(held: Held, code: str = "01901") -> list[tuple[str, str]]:
    return [
        (str(period.valid_from), str(period.valid_until or "")) for period in held[code].periods
    ]


def kinds(found: Comparison) -> dict[str, str]:
    return {change.key: change.kind for change in found.changes}


# --- what differs -----------------------------------------------------------------------------


def test_new_changed_ended_and_unchanged_entries_are_told_apart() -> None:
    held = loaded(*(row(f"0190{n}", "2018-01-01") for n in (1, 2, 3)))
    rows = (
        row("01901", "2018-01-01"),
        row("01902", "2018-01-01", name="Tên mới"),
        row("01904", "2026-01-01"),
    )
    found = compared(FACILITIES, reading(*rows), held, Rules(TODAY))
    assert kinds(found) == {"01902": "changed", "01903": "ended", "01904": "new"}
    assert (found.unchanged, found.left_alone) == (1, 0)


def test_an_entry_that_is_gone_ends_the_day_before_and_keeps_its_past() -> None:
    held = loaded(row("01901", "2018-01-01"), row("01902", "2018-01-01"))
    held = loaded(row("01902", "2018-01-01"), onto=held)
    assert intervals(held) == [("2018-01-01", "2026-11-21")]
    assert intervals(held, "01902") == [("2018-01-01", "")]


def test_what_ended_before_stays_as_it_ended() -> None:
    held = loaded(row("01901", "2018-01-01", "2020-12-31"), row("01902", "2018-01-01"))
    again = compared(FACILITIES, reading(row("01902", "2018-01-01")), held, Rules(TODAY))
    assert again.changes == []


def test_an_entry_that_never_came_into_force_is_deleted() -> None:
    held = loaded(row("01901", "2027-01-01"), row("01902", "2018-01-01"))
    found = compared(FACILITIES, reading(row("01902", "2018-01-01")), held, Rules(TODAY))
    [change] = found.changes
    assert (change.key, change.kind, change.entry) == ("01901", "ended", None)


def test_an_ended_entry_that_comes_back_has_a_gap() -> None:
    held = loaded(row("01901", "2018-01-01"))
    held = loaded(row("01902", "2018-01-01"), onto=held, rules=Rules(date(2020, 1, 1)))
    held = loaded(row("01901", "2021-01-01"), row("01902", "2018-01-01"), onto=held)
    assert intervals(held) == [("2018-01-01", "2019-12-31"), ("2021-01-01", "")]


# --- the past ---------------------------------------------------------------------------------


def test_a_file_that_begins_later_does_not_forget_what_was_before() -> None:
    held = loaded(row("01901", "2018-01-01", name="Tên cũ"))
    held = loaded(row("01901", "2023-01-01", name="Tên mới"), onto=held)
    assert intervals(held) == [("2018-01-01", "2022-12-31"), ("2023-01-01", "")]
    assert [period.name for period in held["01901"].periods] == ["Tên cũ", "Tên mới"]


def test_an_export_that_dates_everything_from_its_own_day_changes_nothing() -> None:
    held = loaded(row("01901", "2018-01-01"))
    found = compared(FACILITIES, reading(row("01901", "2026-11-22")), held, Rules(TODAY))
    assert (found.changes, found.unchanged) == ([], 1)


def test_a_file_corrects_the_days_it_names() -> None:
    held = loaded(row("01901", "2018-01-01"))
    held = loaded(row("01901", "2018-01-01", "2020-06-30"), row("01901", "2021-01-01"), onto=held)
    assert intervals(held) == [("2018-01-01", "2020-06-30"), ("2021-01-01", "")]


def test_a_beginning_that_was_too_early_is_corrected_by_the_whole_history() -> None:
    held = loaded(row("01901", "2010-01-01"))
    kept = loaded(row("01901", "2018-01-01"), onto=held)
    assert intervals(kept) == [("2010-01-01", "")]
    corrected = loaded(
        row("01901", "2018-01-01"), onto=held, rules=Rules(TODAY, whole_history=True)
    )
    assert intervals(corrected) == [("2018-01-01", "")]


def test_each_licence_and_each_workplace_has_a_past_of_its_own() -> None:
    def person(licence: str, first: str, facility: str, since: str) -> str:
        return f"BS-1,{licence},,,{first},,{facility},{since},,no"

    held: dict[str, PractitionerListed] = {}
    for rows in (
        [person("A", "2018-01-01", "01901", "2018-01-01")],
        [
            person("B", "2024-01-01", "01911", "2024-01-01"),
            person("B", "2024-01-01", "01901", "2025-01-01"),
        ],
    ):
        found = compared(PRACTITIONERS, reading(*rows, register=PRACTITIONERS), held, Rules(TODAY))
        held = {change.key: change.entry for change in found.changes if change.entry}
    entry = held["BS-1"]
    assert [(one.number, one.valid_until) for one in entry.licences] == [
        ("A", date(2026, 11, 21)),
        ("B", None),
    ]
    assert [(one.facility_id, str(one.valid_from)) for one in entry.practices] == [
        ("01901", "2018-01-01"),
        ("01911", "2024-01-01"),
    ]


# --- files that are not the whole register ----------------------------------------------------


def test_a_part_of_the_register_ends_nothing() -> None:
    held = loaded(row("01901", "2018-01-01"), row("01902", "2018-01-01"))
    rules = Rules(TODAY, partial=True)
    found = compared(FACILITIES, reading(row("01902", "2018-01-01", name="Mới")), held, rules)
    assert (kinds(found), found.unchanged) == ({"01902": "changed"}, 1)


def test_an_entry_of_a_bad_row_is_left_alone() -> None:
    held = loaded(row("01901", "2018-01-01"), row("01902", "2018-01-01"))
    bad = reading(row("01901", "yesterday"), row("01903", "2018-01-01"))
    found = compared(FACILITIES, bad, held, Rules(TODAY))
    assert kinds(found) == {"01902": "ended", "01903": "new"}
    assert found.left_alone == 1


def test_nothing_ends_when_a_bad_row_does_not_say_what_it_is_about() -> None:
    held = loaded(row("01901", "2018-01-01"), row("01902", "2018-01-01"))
    bad = reading(row("?", "2018-01-01"), row("01903", "2018-01-01"))
    found = compared(FACILITIES, bad, held, Rules(TODAY))
    assert kinds(found) == {"01903": "new"}


# --- whatever the files say -------------------------------------------------------------------

DAYS = st.integers(0, 400).map(lambda days: TODAY + timedelta(days=days - 300))
NAMES = st.sampled_from(["Một", "Hai"])


@st.composite
def files(draw: st.DrawFn) -> list[str]:
    """Rows of up to three facilities, each with intervals that do not overlap."""
    rows = []
    for code in draw(st.sets(st.sampled_from(["01901", "01902", "01903"]), min_size=1)):
        bounds = sorted(draw(st.sets(DAYS, min_size=1, max_size=6)))
        for first, last in zip(bounds[::2], [*bounds[1::2], None][: len(bounds[::2])], strict=True):
            rows.append(row(code, str(first), str(last or ""), name=draw(NAMES)))
    return rows


def licensed(held: Held, code: str, day: date) -> bool:
    entry = held.get(code)
    return entry is not None and any(
        period.valid_from <= day and (period.valid_until is None or day <= period.valid_until)
        for period in entry.periods
    )


@given(st.lists(files(), min_size=1, max_size=4), st.booleans())
def test_the_same_file_again_appends_nothing_whatever_the_day(
    history: list[list[str]], is_partial: bool
) -> None:
    held: Held = {}
    for rows in history:
        held = loaded(*rows, onto=held, rules=Rules(TODAY, partial=is_partial))
    later = Rules(TODAY + timedelta(days=30), partial=is_partial)
    for rules in (Rules(TODAY, partial=is_partial), later):
        assert compared(FACILITIES, reading(*history[-1]), held, rules).changes == []


@given(files(), files())
def test_days_before_the_file_begins_stay_and_days_it_names_are_its_own(
    first: list[str], second: list[str]
) -> None:
    before = loaded(*first)
    now = loaded(*second, onto=before)
    said = reading(*second).entries
    for code in ("01901", "01902", "01903"):
        begins = said[code].periods[0].valid_from if code in said else TODAY
        for days in range(-301, 102):
            day = TODAY + timedelta(days=days)
            expected = licensed(before, code, day) if day < begins else licensed(said, code, day)
            assert licensed(now, code, day) == expected, (code, day)


@given(files(), files())
def test_no_two_intervals_of_an_entry_share_a_day(first: list[str], second: list[str]) -> None:
    held = loaded(*second, onto=loaded(*first))
    for entry in held.values():
        for one, other in zip(entry.periods, entry.periods[1:], strict=False):
            assert one.valid_until is not None
            assert one.valid_until < other.valid_from


@pytest.mark.parametrize("cut", range(4))
def test_a_load_that_was_cut_short_goes_on_where_it_stopped(cut: int) -> None:
    rows = [row(f"0190{n}", "2018-01-01") for n in range(4)]
    found = compared(FACILITIES, reading(*rows), {}, Rules(TODAY))
    half = after({}, Comparison(found.changes[:cut]))
    rest = compared(FACILITIES, reading(*rows), half, Rules(TODAY))
    assert [change.key for change in rest.changes] == [f"0190{n}" for n in range(cut, 4)]
    assert after(half, rest) == after({}, found)
