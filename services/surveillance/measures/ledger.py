"""The counters and alerts of prescribers and pharmacies in memory: what the tables hold, for
histories that are played through at once. Pure; it ends in what the worker's tables end in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from services.contracts.facts import Fact
from services.surveillance.engine import Change
from services.surveillance.measures.alerting import SubjectAlert
from services.surveillance.measures.counting import Counts, difference
from services.surveillance.measures.dated import MeasureParameters
from services.surveillance.measures.measure import Key, Measure
from services.surveillance.measures.months import Month
from services.surveillance.measures.panel import Panel, months_in, panel, with_peers
from services.surveillance.measures.peers import Describe, Peers, Place, unknown_place
from services.surveillance.measures.reviewing import Found, changes, due, find
from services.surveillance.measures.signals import SubjectKind
from services.surveillance.timeline import PatientState, moment

KINDS: tuple[SubjectKind, ...] = ("prescriber", "pharmacy", "patient")


PanelOf = Callable[[SubjectKind, Month], Panel]
"""The panel of a kind of subject in a month, with its peers, as it is known now."""


class Reviews:
    """What was found and told so far, wherever the panels come from."""

    def __init__(self, parameters: MeasureParameters) -> None:
        self.alerts: dict[str, SubjectAlert] = {}
        self._parameters = parameters
        self._reviewed: dict[Month, int] = {}
        self._signals: dict[tuple[Month, SubjectKind], list[Found]] = {}

    def review(self, at: int, changed: Mapping[Month, int], panel_of: PanelOf) -> list[Change]:
        """Review the months due when the log is known until `at` (epoch ms); `changed` counts, by
        month, how often a fact changed a counter of it."""
        months = due(changed, self._reviewed, at)
        for month in months:
            for kind in KINDS:
                self._signals[month, kind] = find(panel_of(kind, month), self._parameters)
        self._reviewed |= months
        kept, told = changes(
            self._parameters.versions,
            [found for of in self._signals.values() for found in of],
            self.alerts.values(),
            moment(at),
        )
        self.alerts |= {alert.alert_id: alert for alert in kept}
        return told

    @property
    def open(self) -> list[SubjectAlert]:
        """The alerts that hold, by rule and subject."""
        held = (alert for alert in self.alerts.values() if alert.is_open)
        return sorted(held, key=lambda alert: (alert.rule, alert.subject, alert.month))


class Ledger:
    """Counts what facts change, and reviews what that comes to."""

    def __init__(
        self,
        parameters: MeasureParameters,
        describe: Describe = unknown_place,
    ) -> None:
        self.counters: Counts = Counter()
        self.changed: Counter[Month] = Counter()
        self.reviews = Reviews(parameters)
        self._describe = describe

    def take(self, before: PatientState, fact: Fact, after: PatientState) -> None:
        """Count what one fact changed in its patient's state."""
        self.add(difference(before, fact, after))

    def add(self, changed: Mapping[Key, int]) -> None:
        """Count these changes."""
        self.counters.update(changed)
        self.changed.update(months_in(changed))

    def panel(self, kind: SubjectKind, month: Month) -> Panel:
        """What the rules about a kind of subject look at in a month."""
        alone = panel(self.counters, kind, month)
        return with_peers(alone, Peers(places(alone, self._describe)))

    def review(self, at: int) -> list[Change]:
        """Review the months due when the log is known until `at` (epoch ms)."""
        return self.reviews.review(at, self.changed, self.panel)

    @property
    def open(self) -> list[SubjectAlert]:
        """The alerts that hold, by rule and subject."""
        return self.reviews.open


def places(panel: Panel, describe: Describe) -> dict[str, Place]:
    """Where each subject active in the month works most; patients work nowhere here."""
    if panel.kind == "patient":
        return {}
    if panel.kind == "pharmacy":
        active: Iterable[str] = (s for s in panel.totals if panel.value(s, Measure.DISPENSES))
        return {subject: describe(subject, panel.month) for subject in active}
    return {
        subject: describe(panel.of(subject, Measure.PRACTICES).top_part, panel.month)
        for subject in panel.totals
        if panel.value(subject, Measure.PRESCRIPTIONS)
    }
