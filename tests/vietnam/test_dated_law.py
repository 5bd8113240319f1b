"""The numbers in force on a day, and the versions of the law."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from vietnam_drafts import LAW

from services.vietnam.dated_law import ALWAYS, SOMETIMES
from services.vietnam.law import LAW_FILE, Law, LawError

TODAY = datetime(2026, 10, 5, tzinfo=UTC)
ORIGIN = datetime(1900, 1, 1, tzinfo=UTC)


def test_between_two_changes_the_version_stays() -> None:
    first, later = datetime(2026, 5, 15, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC)
    assert LAW.at(first) is LAW.at(later)
    assert LAW.at(first).version.startswith("vn-2026-05-15-")


def test_before_the_first_known_rule_only_undated_ones_hold() -> None:
    oldest = LAW.at(ORIGIN)
    assert oldest.version == LAW.versions[0]
    assert oldest.rule("code-malformed") is not None
    assert oldest.rule("days-over-maximum") is None
    assert oldest.validity_days == 5


def test_the_policy_numbers_of_today() -> None:
    law = LAW.at(TODAY)
    assert (law.validity_days, law.discharge_validity_days, law.discharge_supply_days) == (5, 2, 7)
    assert (law.early_collection_days, law.hold_minutes, law.owing_hold_minutes) == (3, 30, 2880)
    assert (law.issue_grace_hours, law.dispense_grace_hours, law.repeat_hours) == (72, 72, 24)
    assert (law.clock_skew_minutes, law.claim_window_days) == (10, 90)


def test_a_policy_the_law_did_not_know_yet_is_the_ordinary_one() -> None:
    law = LAW.at(ORIGIN)
    assert law.discharge_validity_days == law.validity_days


def test_every_policy_has_a_source_and_is_one_this_software_reads() -> None:
    for period in LAW.periods:
        assert set(ALWAYS) <= set(period.policies) <= {*ALWAYS, *SOMETIMES}
        assert all(policy.source for policy in period.policies.values())


def test_the_partial_annex_says_that_it_is_partial() -> None:
    assert LAW.at(TODAY).diagnosis_groups["annex-vii"].status == "sample"


def test_a_moment_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        LAW.at(datetime(2026, 1, 1))  # noqa: DTZ001


def test_a_parameter_of_the_wrong_kind_is_named() -> None:
    rule = LAW.at(TODAY).rules["n-tranche"]
    for read in (rule.number, rule.limits):
        with pytest.raises(LawError, match="diagnoses"):
            read("diagnoses")
    with pytest.raises(LawError, match="batches"):
        rule.names("batches")


def test_a_law_is_read_from_a_text_as_from_its_file() -> None:
    assert Law.read(LAW_FILE.read_text(encoding="utf-8")) == LAW
