"""Very many visits.

The rule: a patient got prescriptions at more than 12 visits within 30 consecutive days, or at more
than 50 within 300.

Source: Vietnam Social Security's reporting line of 50 visits in ten months (13,100 patients from
January to October 2017); the 12 in 30 days are RxLog's.

What is counted: a visit is a facility on a local day with a prescription that stands.

Exemptions considered: cancer, palliative care (see `parameters.yaml`). Dialysis, tuberculosis, HIV
and methadone cannot be told from the events, whose diagnoses are sealed: such patients will be
among those found.

It does NOT mean that anybody collects medicines to sell: the sickest people visit most.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from services.surveillance.findings import EVIDENCE_MAX, Hit, Limits, Rule
from services.surveillance.timeline import Entry, Timeline, calendar_date
from services.vietnam.bilingual import Wording


class VisitFrequencyLimits(Limits):
    """More than so many visits within so many consecutive local days, short and long."""

    visits_allowed_short: int = Field(ge=1)
    window_days_short: int = Field(ge=1)
    visits_allowed_long: int = Field(ge=1)
    window_days_long: int = Field(ge=1)


def _is_counted(entry: Entry) -> bool:
    return not entry.dispensed


def detect(timeline: Timeline, limits: VisitFrequencyLimits) -> Iterator[Hit]:
    """A hit is each visit at which, looking back, there were too many."""
    visits: list[Entry] = []
    seen: set[tuple[int, str]] = set()
    for entry in timeline:
        visit = (entry.day, entry.practice)
        if entry.dispensed or visit in seen:
            continue
        seen.add(visit)
        visits.append(entry)
        short = _within(visits, limits.window_days_short)
        if short > limits.visits_allowed_short:
            yield _hit(visits, short, limits.window_days_short)
            continue
        long = _within(visits, limits.window_days_long)
        if long > limits.visits_allowed_long:
            yield _hit(visits, long, limits.window_days_long)


def _within(visits: list[Entry], window_days: int) -> int:
    since_day = visits[-1].day - window_days + 1
    count = 0
    for visit in reversed(visits):
        if visit.day < since_day:
            break
        count += 1
    return count


def _hit(visits: list[Entry], count: int, window_days: int) -> Hit:
    entry = visits[-1]
    context = visits[-count:-1]
    return Hit(
        entry=entry,
        note=_note(entry),
        context=tuple((visit, _note(visit)) for visit in context[-EVIDENCE_MAX:]),
        weight=count / window_days,
        figures={
            "visits": str(count),
            "visits_within_days": str(window_days),
            "practices": str(len({visit.practice for visit in (*context, entry)} - {""})),
            "window_first_day": calendar_date(entry.day - window_days + 1).isoformat(),
            "window_last_day": calendar_date(entry.day).isoformat(),
        },
    )


def _note(entry: Entry) -> str:
    return f"kê tại {entry.practice} / prescribed at {entry.practice}"


RULE = Rule(
    name="visit-frequency",
    version=1,
    severity="S3",
    title=Wording(
        vi="Người bệnh đi khám và được kê đơn rất nhiều lần.",
        en="The patient visited and was prescribed medicines very often.",
    ),
    source="Vietnam Social Security's reporting line: more than 50 visits in ten months",
    limits=VisitFrequencyLimits,
    detect=detect,
    looks_back_days=lambda limits: max(limits.window_days_long, limits.window_days_short),
    concerns=_is_counted,
)
