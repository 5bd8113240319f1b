"""The numbers people are known by, in one canonical spelling each. Pure.

Two spellings of one number must give one patient: case, spaces, dots and hyphens do not count. A
12-digit insurance or health number is the personal number (NĐ 188/2025/NĐ-CP, NĐ 102/2025/NĐ-CP),
so it is taken as one. Different numbers of one person are not linked: guessing two people together
would be worse than keeping one apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from services.vietnam.identifiers import (
    MalformedIdentifierError,
    parse_citizen_number,
    parse_insurance_number,
    parse_old_id_number,
)

Kind = Literal["citizen", "former-id", "passport", "health", "insurance", "unidentified"]
_SEPARATORS = re.compile(r"[\s.\-_/]+")
_PERSONAL_NUMBER = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True)
class Identifier:
    """A kind of number and its canonical text. Its `repr` does not show the number."""

    kind: str
    number: str

    def __repr__(self) -> str:
        return f"Identifier({self.kind})"


def canonical(kind: Kind, text: str) -> Identifier:
    """The identifier a text stands for. Raises `MalformedIdentifierError` when it cannot be one.

    `unidentified` is for a patient without any number: its text, an event id, is nobody else's.
    """
    compact = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    if kind in ("health", "insurance") and _PERSONAL_NUMBER.fullmatch(compact):
        kind = "citizen"
    return Identifier(kind, _READERS[kind](compact))


def _of_length(least: int, most: int) -> Callable[[str], str]:
    pattern = re.compile(rf"[0-9A-Z]{{{least},{most}}}")

    def read(compact: str) -> str:
        if pattern.fullmatch(compact) is None:
            raise MalformedIdentifierError(
                vi=f"Số phải gồm {least} đến {most} chữ cái không dấu hoặc chữ số.",
                en=f"The number has {least} to {most} letters A to Z or digits.",
            )
        return compact

    return read


_READERS: dict[str, Callable[[str], str]] = {
    "citizen": lambda compact: parse_citizen_number(compact).number,
    "former-id": parse_old_id_number,
    "passport": _of_length(5, 20),
    "health": _of_length(5, 20),
    "insurance": lambda compact: parse_insurance_number(compact).number,
    "unidentified": _of_length(8, 64),
}
