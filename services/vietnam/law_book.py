"""The law as it was published to the log: whoever asks gets the latest publication.

Nothing is in force before the first publication; the file shipped with the code is a sample like
the other directories' files until somebody publishes it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from services.contracts.directories import LawPublished
from services.vietnam.law import Law, LawError, LawInForce


class LawSource(Protocol):
    """Who can say which law was in force at a moment: `Law`, or a `LawBook` that grows."""

    def at(self, moment: datetime) -> LawInForce: ...


class NoLawError(Exception):
    """There is no law to go by; the text says why and what to do."""


class LawBook:
    """Follows the publications. A publication this release cannot read is no reason to go on with
    the one before it: then there is no law until the release is updated."""

    def __init__(self) -> None:
        self._law: Law | None = None
        self._missing = "No law was published yet: run rxlog load law FILE."

    def take(self, _country: str, published: LawPublished | None) -> None:
        """A new publication; it replaces the one before it."""
        if published is None:
            return
        try:
            self._law = Law.read(published.text)
        except LawError:
            self._law = None
            self._missing = (
                f"This release cannot read the law published last ({published.versions[-1]}): "
                "update RxLog, or publish a file that it can read."
            )

    @property
    def missing(self) -> str | None:
        """Why there is no law; None when there is one."""
        return self._missing if self._law is None else None

    def at(self, moment: datetime) -> LawInForce:
        """The law in force at a moment (with time zone). Raises `NoLawError`."""
        if self._law is None:
            raise NoLawError(self._missing)
        return self._law.at(moment)


def in_force_from(version: str) -> date:
    """The first day of a version: its name is `vn-<first day or origin>-<digest>`."""
    day = version.removeprefix("vn-").rpartition("-")[0]
    return date.min if day == "origin" else date.fromisoformat(day)
