"""ICD-10 codes as Vietnam writes them, and groups of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WELL_FORMED = re.compile(r"[A-Z][0-9]{2}(\.[0-9]{1,2})?[*†+]?")
_WITHOUT_POINT = re.compile(r"[A-Z][0-9]{3,4}[*†+]?")
_GROUP = re.compile(r"[A-Z][0-9]{2}(\.[0-9]{1,2})?|[A-Z][0-9]{2}-[A-Z][0-9]{2}")


def is_well_formed(code: str) -> bool:
    """Whether a code has the grammar of ICD-10: a letter, two digits, at most two more.

    A dagger (†, also written +) or asterisk may follow. The grammar says nothing about whether the
    code is in a list: Annex VII of TT 26/2025 itself holds codes that WHO does not know.
    """
    return _WELL_FORMED.fullmatch(code) is not None


def with_point(code: str) -> str:
    """A code in capitals and with its point: `e119` is E11.9. Anything else stays."""
    plain = code.strip().upper()
    return f"{plain[:3]}.{plain[3:]}" if _WITHOUT_POINT.fullmatch(plain) else plain


def is_group(text: str) -> bool:
    """Whether a text names a group: a category (E11), a code (Z51.5) or a range (C00-C97)."""
    return _GROUP.fullmatch(text) is not None


def is_in(code: str, groups: Iterable[str]) -> bool:
    """Whether a well-formed code is in one of the groups; a category holds all its subcodes."""
    if not is_well_formed(code):
        return False
    plain = code.rstrip("*†+").replace(".", "")
    return any(_holds(group, plain) for group in groups)


def _holds(group: str, plain: str) -> bool:
    first, _, last = group.partition("-")
    if last:
        return first <= plain[:3] <= last
    return plain.startswith(first.replace(".", ""))
