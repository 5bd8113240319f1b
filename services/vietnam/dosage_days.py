"""For how many days a dosage instruction (cach_dung) says a medicine is, if it says so clearly."""

from __future__ import annotations

import re
import unicodedata

# "2 viên/lần * 2 lần/ngày * 5 ngày", "uống sáng 1 viên x 7 ngày", "dùng trong 10 ngày",
# "trong 2 tuần". Never "2 lần/ngày", "mỗi 2 ngày", "cách 3 ngày", "ngày 2 viên".
_STATED = re.compile(
    r"(?:(?<!\w)(?:x|trong|đủ|liên tục)|[×*])\s*(?:vòng\s+)?(\d{1,3})\s*(ngày|tuần)(?!\w)"
)
# Days that are not the whole time: a tapering dose, pauses, "the first 3 days".
_NOT_THE_WHOLE = re.compile(r"sau đó|nghỉ|rồi (?:giảm|tăng|uống|dùng)|(?:ngày|tuần) đầu|giảm dần")


def stated_days(instruction: str) -> int | None:
    """The number of days, None when the text gives none, several, or only part of the time."""
    text = unicodedata.normalize("NFC", instruction).casefold()
    if _NOT_THE_WHOLE.search(text):
        return None
    found = {int(number) * (7 if unit == "tuần" else 1) for number, unit in _STATED.findall(text)}
    days = found.pop() if len(found) == 1 else None
    return days if days is not None and 1 <= days <= 366 else None
