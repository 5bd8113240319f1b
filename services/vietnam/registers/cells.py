"""The cells of one row: each is read as what its column holds, or told as wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

TEXT_MAX = 500
LONG = 40
"""Texts from this length on are hardly ever the same, so they are not looked for."""

THOUSANDTH = Decimal("0.001")
LIST_SEPARATOR = ";"
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Reason(NamedTuple):
    """Why a cell is wrong and what to write, in both languages."""

    vi: str
    en: str


class BadCell(NamedTuple):
    """One thing wrong in a file. `row` is its line as a spreadsheet counts, the header being 1; 0
    with an empty column means the file as a whole."""

    row: int
    column: str
    value: str
    reason: Reason


MISSING = Reason("hãy điền ô này", "fill in this cell")
NO_CONTROL = Reason("hãy bỏ các ký tự điều khiển", "remove the control characters")


@dataclass(frozen=True)
class Shared:
    """Values that many rows have in common are kept once."""

    texts: dict[str, str]
    days: dict[str, date]
    lists: dict[str, tuple[str, ...]]

    @classmethod
    def empty(cls) -> Shared:
        return cls({}, {}, {})


class Cells:
    """One row by column. A wrong cell goes to `bad` and reads as if it were empty."""

    def __init__(
        self, number: int, row: Mapping[str, str], shared: Shared, bad: list[BadCell]
    ) -> None:
        self.number = number
        self._row = row
        self._shared = shared
        self._bad = bad

    def wrong(self, column: str, reason: Reason) -> None:
        """Note that a cell is wrong."""
        value = self._row.get(column) or ""
        self._bad.append(BadCell(self.number, column, value.strip()[:80], reason))

    def text(self, column: str, *, required: bool = False, longest: int = TEXT_MAX) -> str:
        """A text, trimmed and in Unicode NFC."""
        given = self._row.get(column, "").strip()
        if not given:
            if required:
                self.wrong(column, MISSING)
            return ""
        known = self._shared.texts.get(given)
        if known is None:
            if _CONTROL.search(given):
                self.wrong(column, NO_CONTROL)
                return ""
            known = given if given.isascii() else unicodedata.normalize("NFC", given)
            if len(given) < LONG:
                self._shared.texts[given] = known
        if len(known) > longest:
            self.wrong(column, Reason(f"tối đa {longest} ký tự", f"at most {longest} characters"))
            return ""
        return known

    def code(self, column: str, pattern: re.Pattern[str], reason: Reason) -> str:
        """A code in upper case; every letter of it must fit the pattern. Never empty."""
        text = self.text(column, required=True).upper()
        if text and pattern.fullmatch(text) is None:
            self.wrong(column, reason)
            return ""
        return text

    def one_of(self, column: str, allowed: Collection[str]) -> str:
        """One of a closed list of words."""
        text = self.text(column)
        if text in allowed:
            return text
        words = ", ".join(word or "(trống)" for word in allowed)
        words_en = ", ".join(word or "(empty)" for word in allowed)
        self.wrong(column, Reason(f"hãy ghi một trong: {words}", f"write one of: {words_en}"))
        return ""

    def yes(self, column: str) -> bool:
        """yes or no."""
        return self.one_of(column, ("yes", "no")) == "yes"

    def yes_if_said(self, column: str) -> bool | None:
        """yes, no, or empty where nobody says: None."""
        said = self.one_of(column, ("yes", "no", ""))
        return None if not said else said == "yes"

    def words(
        self, column: str, check: Callable[[str], Reason | None], *, required: bool = False
    ) -> tuple[str, ...]:
        """A list of words between semicolons, each of them checked, in the order given."""
        text = self.text(column, required=required)
        known = self._shared.lists.get(f"{column}\0{text}")
        if known is not None:
            return known
        found = tuple(word.strip() for word in text.split(LIST_SEPARATOR)) if text else ()
        reasons = [MISSING if not word else check(word) for word in found]
        if len(set(found)) < len(found):
            reasons.append(Reason("có từ ghi hai lần", "a word is there twice"))
        for reason in filter(None, reasons):
            self.wrong(column, reason)
            return ()
        return self._shared.lists.setdefault(f"{column}\0{text}", found)

    def day(self, column: str, *, required: bool = False) -> date | None:
        """A day as year-month-day."""
        known = self._shared.days.get(self._row.get(column, ""))
        if known is None:
            text = self.text(column, required=required)
            if not text:
                return None
            try:
                known = date.fromisoformat(text) if _DAY.fullmatch(text) else None
            except ValueError:
                known = None
            if known is None:
                self.wrong(
                    column,
                    Reason(
                        "hãy ghi ngày có thật dạng năm-tháng-ngày, ví dụ 2026-10-05",
                        "write a real day as year-month-day, such as 2026-10-05",
                    ),
                )
                return None
            self._shared.days[text] = known
        return known

    def interval(self, first: str, last: str) -> tuple[date, date | None]:
        """Two days, the second not before the first; the second empty while there is no end."""
        since, until = self.day(first, required=True), self.day(last)
        if since is not None and until is not None and until < since:
            self.wrong(
                last,
                Reason(
                    f"ngày cuối không được trước {first} ({since})",
                    f"the last day may not be before {first} ({since})",
                ),
            )
        return since or date.min, until

    def quantity(self, column: str) -> Decimal | None:
        """A number above zero with at most three places after the point, kept with three."""
        text = self.text(column)
        if not text:
            return None
        try:
            number = Decimal(text)
            if 0 < number < 10**15 and number == number.quantize(THOUSANDTH):
                return number.quantize(THOUSANDTH)
        except InvalidOperation:
            pass
        self.wrong(
            column,
            Reason(
                "hãy ghi số lớn hơn 0, tối đa ba chữ số sau dấu chấm, ví dụ 37.5",
                "write a number above 0 with at most three places, such as 37.5",
            ),
        )
        return None

    def degrees(self, column: str, least: float, most: float) -> float | None:
        """A number of degrees within bounds."""
        text = self.text(column)
        if not text:
            return None
        try:
            number = float(text)
            if least <= number <= most:
                return number
        except ValueError:
            pass
        self.wrong(
            column,
            Reason(
                f"hãy ghi số độ từ {least:g} đến {most:g}, ví dụ 21.0285",
                f"write degrees from {least:g} to {most:g}, such as 21.0285",
            ),
        )
        return None
