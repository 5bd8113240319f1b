"""Numbers in Vietnamese words, as narcotics must be written (TT 26/2025/TT-BYT Art 6.7)."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_GROUPS = ("", "nghìn", "triệu")

# Every spelling in use, brought to one: the form of a digit depends on its place and the region.
_SPELLINGS = {
    "lăm": "năm",
    "nhăm": "năm",
    "mốt": "một",
    "tư": "bốn",
    "bẩy": "bảy",
    "lẻ": "linh",
    "ngàn": "nghìn",
    "mười": "mươi",
    "phảy": "phẩy",
}


def in_words(quantity: Decimal) -> str:
    """A quantity from 0 up to 999,999,999.999 in words: 25 is "hai mươi lăm".

    Raises ValueError outside that range.
    """
    if not Decimal(0) <= quantity < 10**9:
        raise ValueError("only quantities from 0 up to 999,999,999 can be put into words")
    whole, _, fraction = format(quantity, "f").partition(".")
    words = _whole(int(whole))
    if fraction := fraction.rstrip("0"):
        words += " phẩy " + " ".join(_DIGITS[int(digit)] for digit in fraction)
    return words


def says(words: str, quantity: Decimal, unit: str = "") -> bool:
    """Whether words in any usual spelling, with or without the unit, say this quantity."""
    tokens, unit_tokens = _tokens(words), _tokens(unit)
    if unit_tokens and tokens[-len(unit_tokens) :] == unit_tokens:
        tokens = tokens[: -len(unit_tokens)]
    return tokens == _tokens(in_words(quantity))


def _whole(number: int) -> str:
    if number == 0:
        return _DIGITS[0]
    parts: list[str] = []
    for power in range(len(_GROUPS) - 1, -1, -1):
        group = number // 1000**power % 1000
        if group:
            parts.append(f"{_hundreds(group, leading=not parts)} {_GROUPS[power]}".strip())
    return " ".join(parts)


def _hundreds(group: int, *, leading: bool) -> str:
    hundreds, tens, units = group // 100, group // 10 % 10, group % 10
    words = [] if leading and not hundreds else [_DIGITS[hundreds], "trăm"]
    if tens == 0 and units and words:
        words += ["linh", _DIGITS[units]]
    elif tens == 0 and units:
        words.append(_DIGITS[units])
    elif tens:
        words += ["mười"] if tens == 1 else [_DIGITS[tens], "mươi"]
        words += [_unit_after_tens(tens, units)] if units else []
    return " ".join(words)


def _unit_after_tens(tens: int, units: int) -> str:
    if units == 5:
        return "lăm"
    if units == 1 and tens > 1:
        return "mốt"
    return _DIGITS[units]


def _tokens(words: str) -> list[str]:
    plain = unicodedata.normalize("NFC", words).casefold()
    tokens = [_SPELLINGS.get(token, token) for token in re.findall(r"\w+", plain)]
    # "một nghìn không trăm linh năm" is also said "một nghìn linh năm".
    text = " ".join(tokens)
    return re.sub(r"(?<!\S)không trăm\s?", "", text).split()
