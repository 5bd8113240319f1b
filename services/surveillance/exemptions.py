"""Circumstances under which a pattern is expected and no one should be asked about it.

Each is a named predicate about one hit and the facts of some time before it. Which rule considers
which, and how many days back, is said in `parameters.yaml`; every alert names those that were
considered and did not apply. What an exemption hides stays on record as
statistics (S4) that name it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.surveillance.findings import Hit
from services.surveillance.timeline import Timeline
from services.vietnam.bilingual import Wording


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """`holds(treated, hit, days)` is pure; `treated` are the patient's facts of `treatment`, if
    any, and `days` says how many days before the hit's own day still count."""

    name: str
    title: Wording
    source: str
    holds: Callable[[Timeline, Hit, int], bool]
    treatment: str | None = None


def _treated(treated: Timeline, hit: Hit, days: int) -> bool:
    first_day = hit.entry.day - days
    return any(first_day <= entry.day and entry.at <= hit.entry.at for entry in treated)


def _one_practice(_: Timeline, hit: Hit, __: int) -> bool:
    practice = hit.entry.practice
    return bool(practice) and all(entry.practice == practice for entry, _ in hit.context)


EXEMPTIONS: dict[str, Exemption] = {
    exemption.name: exemption
    for exemption in (
        Exemption(
            name="cancer",
            title=Wording(
                vi="Có đơn điều trị ung thư trong thời gian trước đó",
                en="A prescription for cancer treatment was written or dispensed not long before",
            ),
            source="PQA OMP and COB, CMS460, HEDIS exclude patients with cancer",
            holds=_treated,
            treatment="CANCER",
        ),
        Exemption(
            name="palliative",
            title=Wording(
                vi="Có đơn chăm sóc giảm nhẹ trong thời gian trước đó",
                en="A prescription for palliative care was written or dispensed not long before",
            ),
            source="PQA OMP and COB, CMS460, HEDIS exclude hospice and palliative care",
            holds=_treated,
            treatment="PALLIATIVE",
        ),
        Exemption(
            name="same-practice",
            title=Wording(
                vi="Mọi đơn thuốc liên quan do cùng một cơ sở khám bệnh kê",
                en="Every prescription involved was written at one practice",
            ),
            source="NSW SafeScript: prescribing within one practice shows green",
            holds=_one_practice,
        ),
    )
}
"""By name."""
