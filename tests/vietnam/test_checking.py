"""The check as a whole: what is told, to whom, by whose calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from vietnam_drafts import (
    BATCHES,
    CLINIC,
    HOSPITAL,
    batch,
    cancer,
    child,
    narcotic,
    ordinary,
)

from services.contracts.terms import LicenceStatus
from tests.doctors import Doctor

CODE = "prescription_code"
DAYS = "lines.0.days_supply"


def test_batches_that_overlap_or_end_before_they_start_are_out_of_order() -> None:
    assert ("batch-order", "batches[1].start_on") in batch(1, start_on="2026-10-14").broken
    assert ("batch-order", "batches[2].end_on") in batch(2, end_on="2026-10-24").broken


def test_a_batch_of_eleven_days_and_a_fourth_batch_are_too_much() -> None:
    longer = batch(2, end_on="2026-11-04")
    assert longer.broken == [("n-tranche", "batches[2].end_on")]
    fourth = {"number": 4, "start_on": "2026-11-04", "end_on": "2026-11-13"}
    assert cancer().but("batches", [*BATCHES, fourth]).broken == [("n-tranche", "batches")]


def test_all_breaches_are_told_at_once_in_both_languages_with_their_source() -> None:
    given = (
        narcotic().at(CLINIC).but(CODE, "79901abcdefg-c").but(DAYS, 20).but("patient.sex", "female")
    )
    violations = given.violations
    assert [violation.rule for violation in violations] == [
        "code-forged",
        "code-type",
        "n-bedless",
        "personal-number-sex",
        "n-over-7d",
    ]
    for violation in violations:
        assert violation.source
        assert violation.refuses
        told = (violation.message, violation.what_next)
        assert all(text and "{" not in text for part in told for text in (part.vi, part.en))


def test_what_cannot_be_certain_is_told_but_does_not_refuse() -> None:
    for given in (ordinary().but(DAYS, 31), ordinary().but(DAYS, None)):
        assert [violation.refuses for violation in given.violations] == [False]


def test_messages_hold_nothing_personal() -> None:
    given = ordinary().but("patient.citizen_number", "00119000042").but("patient.sex", "female")
    told = " ".join(v.message.vi + v.message.en + v.field for v in given.violations)
    assert "Nguyễn Thử" not in told
    assert "0011900" not in told


def test_no_rule_refuses_a_prescription_for_being_old() -> None:
    for authored_on in ("1950-01-01T00:00:00Z", "2018-03-01T00:00:00Z", "2025-07-01T00:00:00Z"):
        given = ordinary().but("authored_on", authored_on).but("patient", child().body["patient"])
        given = given.but("patient.birth_date", "1945-03-18").but("patient.age_months", None)
        early = given.at(replace(HOSPITAL, licence_from=date(1945, 1, 1)))
        assert early.received(datetime(2026, 10, 20, tzinfo=UTC)).broken == []


def test_the_drugs_must_match_the_lines() -> None:
    given = ordinary()
    given.drugs = []
    with pytest.raises(ValueError, match="one drug per line"):
        given.case()


def test_what_a_prescriber_may_do_is_asked_for_the_local_day_of_prescribing() -> None:
    asked: list[date] = []

    class Noting(Doctor):
        def status(self, day: date) -> LicenceStatus:
            asked.append(day)
            return "ACTIVE"

    evening = ordinary().but("authored_on", "2026-10-04T18:00:00Z").by(Noting())
    assert evening.broken == []
    assert set(asked) == {date(2026, 10, 5)}


def test_the_day_of_prescribing_is_the_local_one() -> None:
    """18:00 UTC is one in the morning of the next day in Vietnam."""
    evening = ordinary().but("authored_on", "2026-10-04T18:00:00Z")
    assert evening.at(replace(HOSPITAL, licence_from=date(2026, 10, 5))).broken == []
    assert evening.at(replace(HOSPITAL, licence_until=date(2026, 10, 4))).broken != []
