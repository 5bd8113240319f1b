"""The country's reviews: months looked at as the log gets to know them, by the real reviews.

`Nation` takes what was counted of every site. Its realistic part is reviewed beat by beat; each
member of the enriched set is then put beside the finished realistic country alone, so that planted
peers do not hide each other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from infra.evaluation.places.folding import BEATS, MONTH_NUMBERS, Counted
from infra.evaluation.places.labels import PlaceLabel
from infra.evaluation.places.merging import compared, joined, merged
from services.contracts.alerts import AlertRaised, AlertRetracted
from services.surveillance.measures.alerting import SubjectAlert
from services.surveillance.measures.dated import MeasureParameters
from services.surveillance.measures.ledger import KINDS, Reviews
from services.surveillance.measures.months import Month
from services.surveillance.measures.panel import Panel
from services.surveillance.measures.peers import Place
from services.surveillance.measures.reviewing import find
from services.surveillance.measures.signals import AnyMeasureRule, SubjectKind
from services.surveillance.parameters import Document
from services.surveillance.rules import MEASURE_RULES

RULES: Mapping[str, AnyMeasureRule] = {rule.name: rule for rule in MEASURE_RULES}


@dataclass
class Reviewed:
    """What reviews of the realistic country came to. `raised_at` is when an alert that stands was
    raised first; the counters count changes by rule."""

    open: list[SubjectAlert] = field(default_factory=list)
    raised_at: dict[str, datetime] = field(default_factory=dict)
    raised: Counter[str] = field(default_factory=Counter)
    retracted: Counter[str] = field(default_factory=Counter)


class Nation:
    """All sites, and the rules with the numbers of a document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.realistic: list[Counted] = []
        self.enriched: list[Counted] = []

    def take(self, counted: Iterable[Counted]) -> None:
        """More sites."""
        for one in counted:
            (self.enriched if one.enriched else self.realistic).append(one)

    @cached_property
    def directory(self) -> dict[str, Place]:
        """What is said of every place of the realistic country."""
        return {place: what for one in self.realistic for place, what in one.places.items()}

    def review(self) -> Reviewed:
        """Every beat, in order."""
        reviews = Reviews(MeasureParameters(self._document))
        done = Reviewed()
        changed: Counter[Month] = Counter()
        latest: dict[tuple[SubjectKind, Month], dict[int, Panel]] = defaultdict(dict)
        for beat, at in enumerate(BEATS):
            for one in self.realistic:
                changed.update(one.changed.get(beat, {}))
                for (when, kind, month), panel in one.panels.items():
                    if when == beat:
                        latest[kind, month][one.number] = panel

            def panel_of(kind: SubjectKind, month: Month) -> Panel:
                alone = merged(kind, month, [*latest[kind, month].values()])
                return compared(alone, self.directory)

            for change in reviews.review(at, changed, panel_of):
                if isinstance(change, AlertRetracted):
                    done.retracted[change.rule] += 1
                elif isinstance(change, AlertRaised):
                    done.raised[change.rule] += 1
                    done.raised_at.setdefault(change.alert_id, change.occurred_at)
        done.open = reviews.open
        return done

    def found_alone(self, one: Counted, rule: str) -> bool:
        """Whether a rule finds somebody of an enriched scheme in one of its months, when nothing
        else of the enriched set is there."""
        label = one.label
        if label is None:
            return False
        kind = RULES[rule].subject_kind
        parameters = self._alone[rule]
        directory = joined(one.places, self.directory)
        for place in range(label.months[0], label.months[1] + 1):
            month = MONTH_NUMBERS[place]
            own = final_panel(one, kind, month)
            if own is None:
                continue
            panel = merged(kind, month, [self._base[kind, month], own])
            found = find(compared(panel, directory), parameters)
            if any(signal.signal.subject in about(label) for signal in found):
                return True
        return False

    @cached_property
    def _base(self) -> dict[tuple[SubjectKind, Month], Panel]:
        return {
            (kind, month): merged(
                kind,
                month,
                [p for one in self.realistic if (p := final_panel(one, kind, month)) is not None],
            )
            for kind in KINDS
            for month in MONTH_NUMBERS
        }

    @cached_property
    def _alone(self) -> dict[str, MeasureParameters]:
        return {name: MeasureParameters(self._document, [rule]) for name, rule in RULES.items()}


def about(label: PlaceLabel) -> frozenset[str]:
    """Everybody who has to do with a scheme."""
    return frozenset((label.subject, *label.accomplices))


def final_panel(one: Counted, kind: SubjectKind, month: Month) -> Panel | None:
    """The panel of a site as it was known last."""
    for beat in reversed(range(len(BEATS))):
        if (beat, kind, month) in one.panels:
            return one.panels[beat, kind, month]
    return None
