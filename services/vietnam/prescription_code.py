"""The national prescription code `xxxxxyyyyyyy-z`: 14 characters, the dash included.

Five characters name the facility (QĐ 384/QĐ-BYT), seven are random in [0-9a-z] and unique within
the facility, the last names the type: c ordinary, n narcotic, h psychotropic or precursor,
y traditional (QĐ 808/QĐ-BYT), t decoction (TT 55/2025/TT-BYT Annex I). The circulars print
capital letters (TT 26/2025/TT-BYT Annex I note 1) and QĐ 808 small ones, so codes compare whatever
the case of their letters and RxLog's canonical form is lower case. There is no check digit: a
well-formed code proves nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, cast, get_args

from services.vietnam.bilingual import BilingualError

PrescriptionType = Literal["c", "n", "h", "y", "t"]

LENGTH = 14
MIDDLE_LENGTH = 7
MIDDLES = 36**MIDDLE_LENGTH
"""How many codes of one type a facility has: 78,364,164,096."""

LEAST_DIGEST_BYTES = 16
"""With 128 bits over 36**7 values the least and most likely middle differ by less than 2**-91."""

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
# No IGNORECASE: it would let U+212A (Kelvin) pass as k and U+017F as s.
_FACILITY = re.compile(r"[0-9A-Za-z]{5}")
_CODE = re.compile(r"([0-9A-Za-z]{5})([0-9A-Za-z]{7})-([CNHYTcnhyt])")


class MalformedCodeError(BilingualError):
    """The text is not a prescription code."""


@dataclass(frozen=True)
class PrescriptionCode:
    """A parsed code. `original` is the spelling that came in and does not count in comparisons."""

    facility: str
    middle: str
    type: PrescriptionType
    original: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.facility}{self.middle}-{self.type}"

    def belongs_to(self, facility_id: str) -> bool:
        """Whether the facility part names this facility, whatever the case of letters."""
        return self.facility == facility_id.lower()


def parse(text: str) -> PrescriptionCode:
    """Read a code as printed, scanned or typed; surrounding blanks are not part of it.

    Raises `MalformedCodeError` with the reason in Vietnamese and English.
    """
    stripped = text.strip()
    if len(stripped) != LENGTH:
        raise MalformedCodeError(
            vi=f"Mã đơn thuốc phải có {LENGTH} ký tự kể cả dấu gạch ngang, không phải "
            f"{len(stripped)}.",
            en=f"A prescription code has {LENGTH} characters including the dash, "
            f"not {len(stripped)}.",
        )
    match = _CODE.fullmatch(stripped)
    if match is None:
        raise MalformedCodeError(
            vi="Mã đơn thuốc phải theo dạng xxxxxyyyyyyy-z: 5 ký tự mã cơ sở, 7 ký tự 0-9 hoặc "
            "a-z, dấu gạch ngang, rồi c, n, h, y hoặc t.",
            en="A prescription code reads xxxxxyyyyyyy-z: 5 characters of the facility, 7 of 0-9 "
            "or a-z, a dash, then c, n, h, y or t.",
        )
    facility, middle, letter = (part.lower() for part in match.groups())
    return PrescriptionCode(facility, middle, cast(PrescriptionType, letter), original=text)


def mint(facility_id: str, type_letter: str, digest: bytes) -> str:
    """The canonical code of a facility and type whose middle is drawn from `digest`.

    `digest` is at least 16 bytes that nobody can foretell, such as an HMAC-SHA-256; the same bytes
    give the same code. Raises `MalformedCodeError` for a facility code that is not five letters or
    digits or an unknown type, ValueError for too few bytes.
    """
    letter = type_letter.lower()
    if letter not in get_args(PrescriptionType):
        raise MalformedCodeError(
            vi="Loại đơn phải là c, n, h, y hoặc t.",
            en="The type of a prescription is c, n, h, y or t.",
        )
    if _FACILITY.fullmatch(facility_id) is None:
        raise MalformedCodeError(
            vi="Mã cơ sở phải gồm đúng 5 chữ số hoặc chữ cái.",
            en="A facility code has exactly 5 digits or letters.",
        )
    if len(digest) < LEAST_DIGEST_BYTES:
        raise ValueError(f"give at least {LEAST_DIGEST_BYTES} bytes to draw a code from")
    return f"{facility_id.lower()}{_base36(int.from_bytes(digest, 'big') % MIDDLES)}-{letter}"


def _base36(value: int) -> str:
    digits = []
    for _ in range(MIDDLE_LENGTH):
        value, digit = divmod(value, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
