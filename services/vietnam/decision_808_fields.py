"""Reads the values of a QĐ 808 document leniently and says what is wrong with them exactly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from services.vietnam.dated_law import LOCAL_TIME
from services.vietnam.decision_808_problems import Problem

MOST_DIGITS = 15
"""No number of a prescription has more digits before or after its point."""


class Fields:
    """The fields of one JSON object. Every reader notes a problem and returns None when it fails.

    A field may have several spellings; null and blank text count as not given. `leftovers` names
    the fields nobody asked for, so nothing is dropped in silence.
    """

    def __init__(self, values: dict[str, object], path: str, problems: list[Problem]) -> None:
        self._values = values
        self._path = path
        self._problems = problems
        self._asked: set[str] = set()

    def text(self, *names: str, required: bool = False) -> str | None:
        """A text; a whole number counts as its digits."""
        name, value = self._value(names, required)
        if value is None or isinstance(value, str):
            return value.strip() if value else None
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        self.wrong(name, "Phải là chuỗi ký tự.", "Give a text.")
        return None

    def choice(self, table: dict[str, str], *names: str, required: bool = False) -> str | None:
        """What a code stands for; a number and its text are the same code."""
        text = self.text(*names, required=required)
        if text is None or text in table:
            return table[text] if text else None
        codes = ", ".join(table)
        self.wrong(names[0], f"Phải là một trong: {codes}.", f"Give one of: {codes}.")
        return None

    def number(self, *names: str, required: bool = False) -> Decimal | None:
        """A number, as such or as text with a decimal point or comma.

        A text such as 1.000 is refused: it is one to some and a thousand to others.
        """
        name, value = self._value(names, required)
        if value is None:
            return None
        if isinstance(value, str):
            text = value.strip()
            if re.fullmatch(r"[1-9][0-9]{0,2}[.,][0-9]{3}", text):
                self.wrong(
                    name,
                    "Không rõ là phần nghìn hay hàng nghìn; hãy gửi dạng số JSON.",
                    "It may mean thousandths or thousands; send a JSON number.",
                )
                return None
            if re.fullmatch(r"[0-9]+([.,][0-9]+)?", text):
                return self._finite(name, Decimal(text.replace(",", ".")))
        elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return self._finite(name, value)
        self.wrong(name, "Phải là số.", "Give a number.")
        return None

    def whole(self, *names: str, required: bool = False) -> int | None:
        """A whole number."""
        number = self.number(*names, required=required)
        if number is None or number == number.to_integral_value():
            return None if number is None else int(number)
        self.wrong(names[0], "Phải là số nguyên.", "Give a whole number.")
        return None

    def day(self, *names: str, required: bool = False) -> date | None:
        """A date written d/m/Y."""
        text = self.text(*names, required=required)
        if text is None:
            return None
        if match := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text, re.ASCII):
            day, month, year = (int(part) for part in match.groups())
            try:
                return date(year, month, day)
            except ValueError:
                pass
        self.wrong(
            names[0],
            "Phải là ngày có thật theo dạng ngày/tháng/năm, ví dụ 05/10/2026.",
            "Give a real date as day/month/year, such as 05/10/2026.",
        )
        return None

    def moment(self, *names: str, required: bool = False) -> datetime | None:
        """A local time written Y-m-d H:M:S, with Vietnam's time zone."""
        text = self.text(*names, required=required)
        if text is None:
            return None
        try:
            return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=LOCAL_TIME)
        except ValueError:
            self.wrong(
                names[0],
                "Phải là thời điểm có thật theo dạng 2026-10-05 08:30:00.",
                "Give a real time written as 2026-10-05 08:30:00.",
            )
            return None

    def objects(self, *names: str, required: bool = False) -> Iterator[Fields]:
        """The objects of a list, or the one object given in its place."""
        name, value = self._value(names, required)
        items = value if isinstance(value, list) else [] if value is None else [value]
        if required and value is not None and not items:
            self._missing(name)
        for index, item in enumerate(items):
            path = self.path(f"{name}[{index}]")
            if isinstance(item, dict):
                yield Fields(item, path, self._problems)
            else:
                self._problems.append(
                    Problem(path, "Phải là đối tượng JSON.", "Give a JSON object.")
                )

    def finish(self, known: tuple[str, ...] = ()) -> None:
        """Note a problem for every field that was not asked for and is not in `known`."""
        for name in self._values:
            if name not in self._asked and name not in known:
                self.wrong(
                    name,
                    "Không có trường này trong định dạng QĐ 808; hãy sửa tên hoặc bỏ đi.",
                    "The format of QĐ 808 has no such field; correct its name or remove it.",
                )

    def wrong(self, name: str, vi: str, en: str) -> None:
        """Note a problem with a field of this object."""
        self._problems.append(Problem(self.path(name), vi, en))

    def path(self, name: str) -> str:
        """The path of a field of this object."""
        return f"{self._path}.{name}" if self._path else name

    def _value(self, names: tuple[str, ...], required: bool) -> tuple[str, object]:
        self._asked.update(names)
        given = {
            name: value
            for name in names
            if (value := self._values.get(name)) is not None
            and not (isinstance(value, str) and not value.strip())
        }
        if len({str(value).strip() for value in given.values()}) > 1:
            both = ", ".join(given)
            self.wrong(
                next(iter(given)),
                f"Hai tên của cùng một trường có giá trị khác nhau: {both}.",
                f"Two names of the same field hold different values: {both}.",
            )
            return names[0], None
        if not given and required:
            self._missing(names[0])
        return next(iter(given.items()), (names[0], None))

    def _finite(self, name: str, value: int | float | Decimal) -> Decimal | None:
        try:
            number = Decimal(str(value))
        except (InvalidOperation, ValueError):
            number = Decimal("NaN")
        # Bounded, since 1e999999 is short to write and long to work with.
        if number.is_finite() and (number.is_zero() or abs(number.adjusted()) <= MOST_DIGITS):
            return number or Decimal(0)
        self.wrong(name, "Số quá lớn hoặc quá nhỏ.", "The number is out of bounds.")
        return None

    def _missing(self, name: str) -> None:
        self.wrong(name, "Thiếu trường bắt buộc này.", "This field is required; add it.")
