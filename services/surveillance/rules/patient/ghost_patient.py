"""A patient who exists at one prescriber and one pharmacy only.

The rule: 5 or more prescriptions of one patient were handed over within 30 consecutive days, and
in the 180 days before, everything known of the patient was written by one prescriber and handed
over at one pharmacy.

Source: invented patients reported by Vietnam Social Security in 2017. Visits, laboratory tests and
co-payments, which would show a living person, are not among the events; the rule sees prescriptions
and dispenses only.

What is counted: prescriptions with a dispense whose local day lies in the window.

Exemptions considered: cancer, palliative care (see `parameters.yaml`).

It does NOT mean that the patient does not exist: in a small place there is one clinic and one
pharmacy. It asks whether anybody has seen this patient.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from services.surveillance.findings import EVIDENCE_MAX, Hit, Limits, Rule
from services.surveillance.timeline import Entry, Timeline, calendar_date
from services.vietnam.bilingual import Wording


class GhostPatientLimits(Limits):
    """At least so many prescriptions within so many days, and nothing else for so long."""

    prescriptions_min: int = Field(ge=2)
    window_days: int = Field(ge=1)
    footprint_days: int = Field(ge=1)


def _is_counted(_entry: Entry) -> bool:
    return True


def detect(timeline: Timeline, limits: GhostPatientLimits) -> Iterator[Hit]:
    """A hit is each dispense at which, looking back, both hold."""
    if len(timeline) < limits.prescriptions_min:
        return
    for place, entry in enumerate(timeline):
        if not entry.dispensed or not entry.prescriber or not entry.pharmacy:
            continue
        since_day = entry.day - limits.window_days + 1
        window = [e for e in timeline[: place + 1] if e.dispensed and e.day >= since_day]
        codes = {e.code for e in window}
        if len(codes) < limits.prescriptions_min:
            continue
        footprint = [e for e in timeline[: place + 1] if e.day > entry.day - limits.footprint_days]
        if any(
            e.prescriber != entry.prescriber or (e.dispensed and e.pharmacy != entry.pharmacy)
            for e in footprint
        ):
            continue
        yield Hit(
            entry=entry,
            note=_note(entry),
            context=tuple((e, _note(e)) for e in window[:-1][-EVIDENCE_MAX:]),
            weight=len(codes),
            figures={
                "prescriptions": str(len(codes)),
                "prescriber": entry.prescriber,
                "pharmacy": entry.pharmacy,
                "window_first_day": calendar_date(since_day).isoformat(),
                "window_last_day": calendar_date(entry.day).isoformat(),
            },
        )


def _note(entry: Entry) -> str:
    return f"đơn {entry.code} / prescription {entry.code}"


RULE = Rule(
    name="ghost-patient",
    version=1,
    severity="S2",
    title=Wording(
        vi="Người bệnh chỉ xuất hiện tại một người kê đơn và một nhà thuốc, với nhiều đơn.",
        en="A patient with many prescriptions is known to one prescriber and one pharmacy only.",
    ),
    source="Invented patients reported by Vietnam Social Security, 2017",
    limits=GhostPatientLimits,
    detect=detect,
    looks_back_days=lambda limits: max(limits.footprint_days, limits.window_days),
    concerns=_is_counted,
)
