"""Why medicines are given, and until when they may be collected."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from vietnam_drafts import (
    BATCHES,
    LAW,
    Given,
    cancer,
    decoction,
    narcotic,
    ordinary,
    psychotropic,
)

from services.vietnam.law import treatment_basis, validity, windows

DAY = timedelta(days=1)


def valid(given: Given) -> tuple[datetime, datetime]:
    draft = given.draft
    return validity(draft, LAW.at(draft.authored_on))


@pytest.mark.parametrize(
    ("codes", "basis"),
    [
        (["C50.9"], "CANCER"),
        (["I10", "Z51.5", "C34.9"], "CANCER"),
        (["Z51.5", "E11.9"], "PALLIATIVE"),
        (["J06.9", "E11.9"], "CHRONIC_LISTED"),
        (["F41.1"], "LONG_TERM"),
        (["J06.9"], "ACUTE"),
        (["R52"], "UNKNOWN"),
        (["D05.1"], "UNKNOWN"),
        (["c50.9"], "UNKNOWN"),
    ],
)
def test_the_diagnoses_decide_the_treatment(codes: list[str], basis: str) -> None:
    diagnoses = [{"icd10": code, "name": "Chẩn đoán mẫu"} for code in codes]
    draft = ordinary().but("diagnoses", diagnoses).draft
    assert treatment_basis(draft, LAW.at(draft.authored_on)) == basis


def test_validity_ends_with_the_fifth_local_day_after_prescribing() -> None:
    assert valid(ordinary()) == (
        datetime(2026, 10, 5, 1, 15, tzinfo=UTC),
        datetime(2026, 10, 10, 17, 0, tzinfo=UTC),
    )


def test_the_day_of_prescribing_begins_at_local_midnight() -> None:
    late = ordinary().but("authored_on", "2026-10-05T16:59:59Z")
    early = ordinary().but("authored_on", "2026-10-05T17:00:00Z")
    assert valid(late)[1] == datetime(2026, 10, 10, 17, 0, tzinfo=UTC)
    assert valid(early)[1] == datetime(2026, 10, 11, 17, 0, tzinfo=UTC)


def test_narcotics_in_batches_are_valid_until_the_last_batch_ends() -> None:
    assert valid(cancer()) == (
        datetime(2026, 10, 5, 1, 15, tzinfo=UTC),
        datetime(2026, 11, 3, 17, 0, tzinfo=UTC),
    )


def test_batches_that_start_later_start_the_validity() -> None:
    tomorrow = [BATCHES[0] | {"start_on": "2026-10-06", "end_on": "2026-10-15"}]
    assert valid(cancer().but("batches", tomorrow)) == (
        datetime(2026, 10, 5, 17, 0, tzinfo=UTC),
        datetime(2026, 10, 15, 17, 0, tzinfo=UTC),
    )


@pytest.mark.parametrize("given", [narcotic(), psychotropic()])
def test_one_period_of_another_treatment_leaves_the_five_days(given: Given) -> None:
    dated = given.but("batches", BATCHES[:1])
    assert valid(dated) == valid(given)


def test_traditional_medicine_at_discharge_is_collected_within_two_days() -> None:
    given = decoction().but("at_discharge", True).but("lines.0.days_supply", 7)
    assert valid(given)[1] == datetime(2026, 10, 7, 17, 0, tzinfo=UTC)
    assert valid(given.but("prescription_type", "y"))[1] == valid(given)[1]


@pytest.mark.parametrize(
    "given",
    [
        decoction().but("lines.0.days_supply", 7),
        decoction().but("lines.0.days_supply", 8).but("at_discharge", True),
        decoction().but("lines.0.days_supply", None).but("at_discharge", True),
        ordinary().but("at_discharge", True),
    ],
    ids=["no discharge", "longer", "days not stated", "chemical"],
)
def test_anything_else_keeps_its_five_days(given: Given) -> None:
    assert valid(given)[1] == datetime(2026, 10, 10, 17, 0, tzinfo=UTC)


def test_the_two_days_came_with_tt_55() -> None:
    given = decoction().but("at_discharge", True).but("prescription_type", "y")
    for authored_on, days in (
        ("2026-02-28T23:59:59+07:00", 5),
        ("2026-03-01T00:00:00+07:00", 2),
    ):
        at = given.but("authored_on", authored_on)
        midnight = datetime.fromisoformat(authored_on).replace(hour=0, minute=0, second=0)
        assert valid(at)[1] == midnight + (days + 1) * DAY


def test_each_batch_has_its_window() -> None:
    """The first from its first day on; later ones up to three days sooner; each to its end."""
    draft = cancer().draft
    first, second, third = windows(draft, LAW.at(draft.authored_on))
    assert first == (midnight(4), midnight(14))
    assert second == (midnight(11), midnight(24))
    assert third == (midnight(21), midnight(34))
    assert third[1] == valid(cancer())[1]


def midnight(day: int) -> datetime:
    """The end of a day of October 2026 in Vietnam, counted on into November, in UTC."""
    return datetime(2026, 10, 1, 17, 0, tzinfo=UTC) + (day - 1) * DAY


@pytest.mark.parametrize(
    "given",
    [
        narcotic().but("batches", BATCHES[:1]),
        psychotropic().but("batches", BATCHES[:1]),
        cancer().but("diagnoses.0.icd10", "M54.5"),
    ],
)
def test_a_period_that_says_when_medicines_are_taken_is_no_window(given: Given) -> None:
    draft = given.draft
    assert set(windows(draft, LAW.at(draft.authored_on))) == {None}


@pytest.mark.parametrize("authored_on", ["1900-01-01T00:00:00Z", "2199-12-31T23:59:59Z"])
def test_the_ends_of_the_calendar_do_not_break_it(authored_on: str) -> None:
    start, end = valid(ordinary().but("authored_on", authored_on))
    assert 5 <= (end - start).days <= 6
