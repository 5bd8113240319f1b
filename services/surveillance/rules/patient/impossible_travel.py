"""Impossible travel: in two places sooner than anyone can travel.

The rule: a patient was there in person at two facilities more than 50 km apart, as the crow flies,
and would have had to travel faster than 150 km/h; between two provinces with a civil airport,
faster than 900 km/h.

Source: a physical limit. The speeds are a fast car that never stops and an airliner, the distance
keeps out two sites of one town.

What is compared: every two in-person events within 24 hours, at the registered places of the
practice (a prescription) or pharmacy (a dispense). An event without coordinates is not compared,
nor one where somebody else collected the medicine; how many events of that day had no coordinates
is said in the alert.

Exemptions considered: none. A home visit, a mobile clinic or a prescription by telephone is not an
in-person event at the facility; if it was reported as one, the report is wrong.

It does NOT mean that this patient did anything: most likely somebody else used the identity, a
facility entered an event late or with a wrong time, or it chose the wrong patient. A flight and
then a drive into a province without an airport looks impossible too, and is not.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from services.surveillance.findings import EVIDENCE_MAX, Hit, Limits, Rule
from services.surveillance.geography import distance_km, surely_within_km
from services.surveillance.timeline import Entry, Timeline
from services.vietnam.bilingual import Wording

_HOUR_MS = 3_600_000


class ImpossibleTravelLimits(Limits):
    """Farther than the distance, and faster than the speed. `airport_provinces`: codes."""

    distance_km_allowed: float = Field(gt=0)
    speed_kmh_allowed: float = Field(gt=0)
    speed_kmh_allowed_between_airports: float = Field(gt=0)
    airport_provinces: frozenset[str]
    window_hours: int = Field(ge=1, le=48)


Placed = tuple[Entry, float, float]
"""An event with the degrees north and east of its place."""


def _is_in_person(entry: Entry) -> bool:
    return entry.in_person


def detect(timeline: Timeline, limits: ImpossibleTravelLimits) -> Iterator[Hit]:
    """A hit is each event that could not be reached from an earlier one."""
    placed: list[Placed] = [
        (entry, entry.latitude, entry.longitude)
        for entry in timeline
        if entry.in_person and entry.latitude is not None and entry.longitude is not None
    ]
    first = 0
    window_ms = limits.window_hours * _HOUR_MS
    for place, later in enumerate(placed):
        while later[0].at - placed[first][0].at > window_ms:
            first += 1
        unreachable = []
        for earlier in placed[max(first, place - EVIDENCE_MAX) : place]:
            apart_km = _unreachable_km(earlier, later, limits)
            if apart_km is not None:
                unreachable.append((earlier[0], apart_km))
        if unreachable:
            yield _hit(timeline, later[0], unreachable, limits)


def _unreachable_km(earlier: Placed, later: Placed, limits: ImpossibleTravelLimits) -> float | None:
    """The distance between two events if it cannot have been travelled, else None."""
    before, *here = earlier
    after, *there = later
    if surely_within_km(limits.distance_km_allowed, *here, *there):
        return None
    apart_km = distance_km(*here, *there)
    if apart_km <= limits.distance_km_allowed:
        return None
    by_air = {before.province, after.province} <= limits.airport_provinces
    speed = limits.speed_kmh_allowed_between_airports if by_air else limits.speed_kmh_allowed
    return apart_km if apart_km * _HOUR_MS > speed * (after.at - before.at) else None


def _hit(
    timeline: Timeline,
    entry: Entry,
    unreachable: list[tuple[Entry, float]],
    limits: ImpossibleTravelLimits,
) -> Hit:
    earlier, apart_km = max(unreachable, key=lambda pair: _speed_kmh(pair[0], pair[1], entry))
    minutes = (entry.at - earlier.at) // 60_000
    since = entry.at - limits.window_hours * _HOUR_MS
    in_person = [e for e in timeline if since <= e.at <= entry.at and e.in_person]
    figures = {
        "distance_km": f"{apart_km:.0f}",
        "minutes_between": str(minutes),
        "from_facility": earlier.facility,
        "to_facility": entry.facility,
        "events_without_place": str(
            sum(e.latitude is None or e.longitude is None for e in in_person)
        ),
    }
    if entry.at > earlier.at:
        figures["speed_kmh_needed"] = f"{_speed_kmh(earlier, apart_km, entry):.0f}"
    return Hit(
        entry=entry,
        note=f"cách {apart_km:.0f} km, sau {minutes} phút / "
        f"{apart_km:.0f} km away, {minutes} minutes later",
        context=tuple((e, "nơi trước đó / the place before") for e, _ in unreachable),
        weight=_speed_kmh(earlier, apart_km, entry),
        figures=figures,
    )


def _speed_kmh(earlier: Entry, apart_km: float, later: Entry) -> float:
    return apart_km * _HOUR_MS / max(later.at - earlier.at, 1)


RULE = Rule(
    name="impossible-travel",
    version=1,
    severity="S2",
    title=Wording(
        vi="Người bệnh có mặt tại hai nơi cách xa nhau nhanh hơn thời gian đi lại có thể.",
        en="The patient was in person at two distant places sooner than anyone can travel.",
    ),
    source="Physical limit: 150 km/h by road, 900 km/h by air, beyond 50 km",
    limits=ImpossibleTravelLimits,
    detect=detect,
    looks_back_days=lambda limits: limits.window_hours // 24 + 1,
    concerns=_is_in_person,
)
