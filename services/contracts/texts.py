"""A text of the catalogue of reasons, and how its details are filled in.

Texts are read by people with a queue before them. The details of a reason (`{holder}`, `{until}`)
fill them; a missing detail reads as an ellipsis.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

GPP = "TT 02/2018/TT-BYT, TT 11/2025/TT-BYT (GPP)"
TT26 = "TT 26/2025/TT-BYT"
BATCHES = f"{TT26} Art 8.1, Annex II note 10"
XML2 = "QĐ 130/QĐ-BYT (XML2)"
LICENCES = "NĐ 163/2025/NĐ-CP"
RXLOG = "RxLog"


class Text(NamedTuple):
    """Meaning and next step in English and Vietnamese, with the rule's source."""

    en: str
    next_en: str
    vi: str
    next_vi: str
    source: str


LOCAL_TIME = timezone(timedelta(hours=7))
"""The texts are read in Vietnam, which knows no daylight saving time."""


class _Details(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def fill(template: str, details: Mapping[str, str]) -> str:
    """The text with its details: times as on a clock in Vietnam, what is not known as an
    ellipsis."""
    return template.format_map(_Details({k: _readable(v) for k, v in details.items()}))


def _readable(value: str) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return f"{moment.astimezone(LOCAL_TIME):%H:%M %d/%m/%Y}" if moment.tzinfo else value
