"""The order in which dead letters are driven again."""

from __future__ import annotations

from datetime import UTC, datetime

from infra.backup.dead_letters import Letter, by_age


def a_letter(offset: int, second: int = 0) -> Letter:
    at = datetime(2026, 11, 22, 8, 0, second, tzinfo=UTC)
    return Letter(f"registry:rx.log:0:{offset}", "rx.log", 0, offset, at, "noise", ())


def test_letters_of_one_millisecond_keep_the_order_of_the_log() -> None:
    """Given offsets of one and of two digits, which differ in order as text."""
    letters = [a_letter(offset) for offset in (10, 9, 100, 11)]
    assert [letter.offset for letter in by_age(letters)] == [9, 10, 11, 100]


def test_the_oldest_come_first() -> None:
    assert [letter.offset for letter in by_age([a_letter(7, 2), a_letter(8, 1)])] == [8, 7]
