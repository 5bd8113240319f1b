"""A rule that fires far too often is wrong before so many people are: it is held back. Pure.

Days are local calendar days on which the log of alerts first told of them: what a late re-run finds
about one old day counts on the day it is told, and hides nothing that was shown since. (Telling of
many days at once may trip a rule too; a person looks, as always.) Held back means: its alerts told
since that day count in no list, no feed and no score, like those of a rule in shadow. They stay on
record, can be asked for, and are heard again when a person releases the rule. That a rule marks
more than 20 % of lines or 5 % of people needs the number of all lines and people; that is measured
where those are known (`make evaluate`), not here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

BASELINE_DAYS = 28
TIMES_THE_MEAN = 5
FEWEST = 20
"""So many alerts on one day, or it is left alone: small numbers jump."""


@dataclass(frozen=True, kw_only=True)
class Trip:
    """On `day` a rule fired `fired` times, `mean` a day before; until `released_on` it is held
    back."""

    rule: str
    day: date
    fired: int
    mean: float
    released_on: date | None = None

    @property
    def is_held_back(self) -> bool:
        return self.released_on is None


def trips(rule: str, fired: Mapping[date, int], released: Collection[date] = ()) -> list[Trip]:
    """Every time a rule was held back, oldest first.

    Quiet until the rule is `BASELINE_DAYS` old. Days on which it was held back make no baseline;
    a release holds for its whole day.
    """
    found: list[Trip] = []
    if not fired:
        return found
    first = min(fired)
    held_back: set[date] = set()
    day = first + timedelta(days=BASELINE_DAYS)
    for day in sorted(d for d in fired if d >= day):
        last = found[-1] if found else None
        if last is not None and (last.released_on is None or day <= last.released_on):
            held_back.add(day)
            continue
        mean = _mean(fired, day, held_back)
        if fired[day] >= FEWEST and fired[day] > TIMES_THE_MEAN * mean:
            until = min((one for one in released if one >= day), default=None)
            trip = Trip(rule=rule, day=day, fired=fired[day], mean=mean, released_on=until)
            found.append(trip)
            held_back.add(day)
    return found


def _mean(fired: Mapping[date, int], day: date, left_out: Collection[date]) -> float:
    """Alerts a day over the `BASELINE_DAYS` before, days without any included."""
    before = (day - timedelta(days=back) for back in range(1, BASELINE_DAYS + 1))
    counted = [fired.get(one, 0) for one in before if one not in left_out]
    return sum(counted) / len(counted) if counted else 0.0
