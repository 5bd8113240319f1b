"""JSON that has one reading only."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

DEPTH_MAX = 16
# An open string runs to the end, so that every character is looked at once.
_JSON_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z)', re.DOTALL)
_JSON_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def strict_json(data: bytes, depth_max: int = DEPTH_MAX) -> Any:
    """Decode JSON that has one reading only. Raises `ValueError` with a short reason.

    Refused: invalid UTF-8, duplicate keys, NaN and infinities, U+0000, more than `depth_max`
    nested lists and objects.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    if _deeper_than(text, depth_max):
        raise ValueError(f"it is nested deeper than {depth_max} levels")
    if "\\u0000" in text and _JSON_NUL.search(text):
        raise ValueError("it contains the character U+0000")
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} at line {error.lineno} column {error.colno}") from None


def _deeper_than(text: str, depth_max: int) -> bool:
    if text.count("[") + text.count("{") <= depth_max:
        return False
    depth = 0
    for character in _JSON_STRING.sub("", text):
        if character in "[{":
            depth += 1
            if depth > depth_max:
                return True
        elif character in "]}":
            depth -= 1
    return False


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key occurs twice in one object")
    return result


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")
