"""The law: what was in force never changes, and whoever follows goes by the latest publication."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import yaml

from services.contracts.directories import LawPublished
from services.directories.publishing import past_changes, publication
from services.vietnam.law import LAW_FILE, Law
from services.vietnam.law_book import LawBook, NoLawError, in_force_from

TEXT = LAW_FILE.read_text(encoding="utf-8")
LAW = Law.read(TEXT)
TODAY = date(2026, 11, 22)


def with_validity(text: str, days: int, since: date) -> str:
    """The law with another number of days to collect from a day on."""
    content: dict[str, Any] = yaml.safe_load(text)
    policies = content["policies"]
    [last] = [p for p in policies if p["id"] == "validity-days" and p["in_force_until"] is None]
    later = {**last, "value": days, "in_force_from": since}
    last["in_force_until"] = date.fromordinal(since.toordinal() - 1)
    policies.append(later)
    return yaml.safe_dump(content, allow_unicode=True)


def changed(text: str, first_day: date = TODAY) -> list[tuple[str, str]]:
    return past_changes(LAW.versions, Law.read(text).versions, first_day)


def test_a_version_says_from_which_day_it_is_in_force() -> None:
    days = [in_force_from(version) for version in LAW.versions]
    assert days == sorted(days)
    assert days[0] == date.min
    assert date(2025, 7, 1) in days


def test_later_periods_may_be_added() -> None:
    assert changed(TEXT) == []
    assert changed(with_validity(TEXT, 7, date(2027, 1, 1))) == []
    assert changed(with_validity(TEXT, 7, TODAY)) == []


def test_a_period_that_has_begun_is_not_changed() -> None:
    text = with_validity(TEXT, 7, date(2026, 11, 21))
    [(_, new)] = changed(text)
    assert new.startswith("vn-2026-11-21-")


def test_a_number_of_the_past_is_not_changed() -> None:
    assert changed(TEXT.replace("batch_days: 10", "batch_days: 12")) != []


def test_a_period_that_was_announced_may_change_until_it_begins() -> None:
    announced = Law.read(with_validity(TEXT, 7, date(2027, 1, 1))).versions
    other = Law.read(with_validity(TEXT, 9, date(2027, 1, 1))).versions
    assert past_changes(announced, other, TODAY) == []
    assert past_changes(announced, LAW.versions, TODAY) == []
    assert past_changes(announced, other, date(2027, 1, 1)) == []
    [(old, new)] = past_changes(announced, other, date(2027, 1, 2))
    assert old.startswith("vn-2027-01-01-")
    assert new.startswith("vn-2027-01-01-")
    assert old != new


def test_a_wording_may_be_corrected() -> None:
    assert changed(TEXT.replace("Number batches from 1", "Count batches from 1")) == []


def published(text: str) -> LawPublished:
    return publication(Law.read(text), text)


MOMENT = datetime(2026, 11, 22, 3, tzinfo=UTC)


def test_there_is_no_law_before_the_first_publication() -> None:
    book = LawBook()
    assert "rxlog load law" in (book.missing or "")
    with pytest.raises(NoLawError):
        book.at(MOMENT)


def test_the_latest_publication_counts_and_the_past_stays() -> None:
    book = LawBook()
    book.take("VN", published(TEXT))
    before = book.at(MOMENT)
    book.take("VN", published(with_validity(TEXT, 7, TODAY)))
    assert book.missing is None
    assert (before.validity_days, book.at(MOMENT).validity_days) == (5, 7)
    yesterday = datetime(2026, 11, 21, 16, 59, tzinfo=UTC)
    assert book.at(yesterday).version == before.version


def test_a_law_this_release_cannot_read_is_not_replaced_by_an_older_one() -> None:
    book = LawBook()
    book.take("VN", published(TEXT))
    strange = LawPublished(
        country="VN", versions=("vn-2030-01-01-00000000",), text="of: a later release", sha256="0"
    )
    book.take("VN", strange)
    assert "update RxLog" in (book.missing or "")
    with pytest.raises(NoLawError):
        book.at(MOMENT)
    book.take("VN", published(TEXT))
    assert book.missing is None
