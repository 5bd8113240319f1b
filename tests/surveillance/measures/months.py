"""A month of prescribers and pharmacies in counters, as a regulator would describe it.

No prescriber and no pharmacy here exists. The month is March 2026 unless a test says otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from services.surveillance.measures.counting import Counts
from services.surveillance.measures.dated import MeasureParameters
from services.surveillance.measures.measure import Key, Measure
from services.surveillance.measures.months import first_day, last_day, month_of
from services.surveillance.measures.panel import panel
from services.surveillance.measures.peers import Peers, Place
from services.surveillance.measures.signals import Signal, SubjectKind
from services.surveillance.parameters import Parameters
from services.surveillance.timeline import epoch_ms, local_day
from tests.surveillance.artificial import at, parameters

MARCH = month_of(local_day(epoch_ms(at(59))))
FEBRUARY = MARCH - 1
FIRST, LAST = first_day(MARCH), last_day(MARCH)

ME = "prescriber-mau-0"
SHIPPED = MeasureParameters(Parameters.load().document)


def peers(count: int = 40) -> list[str]:
    """The subject under review and so many like it."""
    return [ME, *(f"prescriber-mau-{n}" for n in range(1, count + 1))]


def written(
    counts: Mapping[str, int], measure: Measure, day: int = FIRST, part: str = ""
) -> Counts:
    """So many of a measure for each subject, all on one day."""
    return Counter({Key(measure, who, day, part): n for who, n in counts.items()})


def around(middle: int, count: int = 40) -> dict[str, int]:
    """Peers whose numbers spread evenly from half to one and a half of the middle."""
    return {f"prescriber-mau-{n}": middle // 2 + middle * n // count for n in range(1, count + 1)}


def found(
    rule: str,
    counters: Mapping[Key, int],
    kind: SubjectKind = "prescriber",
    places: Mapping[str, Place] | None = None,
    **changes: Any,
) -> list[Signal]:
    """What one rule finds in March; all who are counted work at places of one kind."""
    subjects = {key.subject for key in counters}
    group = Peers(places or dict.fromkeys(subjects, Place("clinic", "", "basic", "01")))
    (version,) = MeasureParameters(parameters(rule, **changes).document).versions
    return list(version.rule.detect(panel(counters, kind, MARCH, group), version.limits))


def who(signals: list[Signal]) -> set[str]:
    """Whom signals are about."""
    return {signal.subject for signal in signals}
