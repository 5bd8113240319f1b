"""Why medicines are given, and until when they may be collected."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from vietnam_drafts import BATCHES, LAW, Given, cancer, narcotic, ordinary, psychotropic

from services.vietnam.law import treatment_basis, validity


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


@pytest.mark.parametrize("authored_on", ["1900-01-01T00:00:00Z", "2199-12-31T23:59:59Z"])
def test_the_ends_of_the_calendar_do_not_break_it(authored_on: str) -> None:
    start, end = valid(ordinary().but("authored_on", authored_on))
    assert 5 <= (end - start).days <= 6
