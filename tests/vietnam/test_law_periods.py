"""A record is judged by the law of its own day, whose first moment is local midnight."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from issue_rows import BROKEN, DAYS, ICD
from vietnam_drafts import BATCHES, LAW, Given, cancer, child, ordinary, psychotropic

from services.vietnam.issue_rules.all_rules import RULES
from services.vietnam.law import LOCAL_TIME

SECOND = timedelta(seconds=1)

# The first and the last day on which a breach is told; a rule that is not here is for all days.
SINCE: dict[str, tuple[str, str | None]] = {
    "type-not-in-use": ("2022-04-01", "2026-02-28"),
    "n-bedless": ("2025-07-01", None),
    "prescriber-not-at-facility": ("2022-04-01", None),
    "prescriber-out-of-scope": ("2025-07-01", None),
    "narcotic-signature-missing": ("2025-07-01", None),
    "patient-not-identified": ("2025-07-01", None),
    "insurance-number-differs": ("2025-08-15", None),
    "child-incomplete": ("2018-10-15", None),
    "child-age-differs": ("2018-10-15", None),
    "recipient-not-identified": ("2025-07-01", None),
    "recipient-number-malformed": ("2025-07-01", None),
    "icd-malformed": ("2022-04-01", None),
    "medicine-unknown": ("2022-04-01", None),
    "food-supplement": ("2024-01-01", None),
    "type-mismatch": ("2018-03-01", None),
    "decoction-type": ("2026-03-01", None),
    "poison-not-first": ("2025-07-01", None),
    "trade-name-missing": ("2025-07-01", None),
    "narcotic-words-missing": ("2025-07-01", None),
    "narcotic-words-differ": ("2025-07-01", None),
    "toxic-herb-words-missing": ("2026-03-01", None),
    "not-vietnamese": ("2026-05-15", None),
    "days-not-stated": ("2025-07-01", None),
    "controlled-days-not-stated": ("2025-07-01", None),
    "days-over-maximum": ("2018-03-01", None),
    "days-over-limit": ("2025-07-01", None),
    "n-over-7d": ("2018-03-01", None),
    "n-tranche": ("2018-03-01", None),
    "batch-order": ("2018-03-01", None),
    "h-over-limit": ("2018-03-01", None),
    "decoction-over-limit": ("2026-03-01", None),
    "traditional-over-limit": ("2026-03-01", None),
}
UNDATED = sorted({rule.id for rule in RULES} - set(SINCE))

TT_26 = ("TT 52/2017", "TT 26/2025")
REPLACED = {
    "type-mismatch": TT_26,
    "days-over-maximum": TT_26,
    "n-over-7d": TT_26,
    "n-tranche": TT_26,
    "batch-order": TT_26,
    "h-over-limit": TT_26,
    "child-incomplete": ("TT 18/2018", "TT 26/2025"),
    "child-age-differs": ("TT 18/2018", "TT 26/2025"),
}


def midnight(day: str) -> datetime:
    """The first moment of a day in Vietnam."""
    return datetime.combine(date.fromisoformat(day), time.min, tzinfo=LOCAL_TIME)


def sources(rule: str, moment: datetime) -> set[str]:
    """The sources a rule is told with, of all drafts that break it, at a moment."""
    return {
        violation.source
        for name, _, given in BROKEN
        if name == rule
        for violation in given.on(moment).violations
        if violation.rule == rule
    }


@pytest.mark.parametrize("rule", SINCE)
def test_a_rule_holds_from_its_first_to_its_last_day(rule: str) -> None:
    first, last = SINCE[rule]
    assert not sources(rule, midnight(first) - SECOND)
    assert sources(rule, midnight(first))
    if last is not None:
        end = midnight(last) + timedelta(days=1)
        assert sources(rule, end - SECOND)
        assert not sources(rule, end)


def test_a_rule_without_dates_holds_for_all_days() -> None:
    for rule in UNDATED:
        for day in ("1995-01-01", "2025-06-30", "2026-12-31"):
            assert sources(rule, midnight(day)), (rule, day)


def test_the_source_told_is_that_of_the_day() -> None:
    for rule, (before, after) in REPLACED.items():
        (old,) = sources(rule, midnight("2025-07-01") - SECOND)
        (new,) = sources(rule, midnight("2025-07-01"))
        assert before in old, rule
        assert after in new, rule
        assert before not in new, rule


def test_each_change_of_the_law_is_one_of_these_days() -> None:
    days = {midnight(day) for day, _ in SINCE.values()}
    days |= {midnight(last) + timedelta(days=1) for _, last in SINCE.values() if last}
    changes = {LAW.at(day).version for day in days} | {LAW.versions[0]}
    assert changes == set(LAW.versions)
    for day in days:
        assert LAW.at(day - SECOND).version != LAW.at(day).version


def both_sides(given: Given, day: str) -> tuple[list[str], list[str]]:
    """The rules broken by a visit one second before a local midnight, and by one at it."""
    before, after = (given.on(midnight(day) - ago) for ago in (SECOND, timedelta()))
    return [v.rule for v in before.violations], [v.rule for v in after.violations]


def test_ninety_days_for_hypertension_are_lawful_since_tt_26() -> None:
    given = ordinary().but(ICD, "I10").but(DAYS, 90)
    assert both_sides(given, "2025-07-01") == (["days-over-maximum"], [])


def test_aids_was_a_reason_for_narcotic_batches_until_tt_26() -> None:
    before, after = both_sides(cancer().but(ICD, "B20.9"), "2025-07-01")
    assert before == []
    assert after == ["n-over-7d"]


def test_twelve_digits_are_an_insurance_number_since_nd_188() -> None:
    given = ordinary().but("patient.insurance_number", "001090000042")
    assert both_sides(given, "2025-08-15") == (["insurance-number-malformed"], [])


def test_a_child_s_weight_is_asked_for_since_tt_18_of_2018() -> None:
    given = child().but("patient.weight_kg", None)
    assert both_sides(given, "2018-10-15") == ([], ["child-incomplete"])
    assert both_sides(given, "2025-07-01") == (["child-incomplete"], ["child-incomplete"])


def test_what_the_law_did_not_limit_yet_is_lawful_whatever_its_length() -> None:
    given = psychotropic().but("batches", BATCHES[:1]).but(DAYS, 31)
    assert both_sides(given, "2018-03-01") == ([], ["h-over-limit"])
