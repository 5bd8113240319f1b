"""How good the rules about prescribers and pharmacies are, against the labels. Pure.

An alert is *true* when it is about somebody who takes part in a planted abuse, in a month in which
that goes on, whichever rule it was planted for; every other one is a false alarm.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from infra.evaluation.measures import Scores
from infra.evaluation.places.folding import MONTH_NUMBERS
from infra.evaluation.places.labels import PlaceLabel
from infra.evaluation.places.reviewing import RULES, Nation, Reviewed, about
from infra.evaluation.places.sites import PER_TOWN, Sites
from services.surveillance.measures.alerting import SubjectAlert, start_of
from services.surveillance.measures.months import first_day, last_day
from services.surveillance.timeline import moment

Guilty = dict[str, list[tuple[int, int]]]
"""Who takes part in an abuse -> first and last local days of it."""


def score(nation: Nation, reviewed: Reviewed) -> Scores:
    """Everything measured of the places. `patients` are prescribers, pharmacies and those
    who shop at them here, and a case is one of them with an alert."""
    scores = Scores()
    scores.facts = sum(one.facts for one in (*nation.realistic, *nation.enriched))
    labels = [one.label for one in nation.realistic if one.label is not None]
    _take_alerts(scores, reviewed, labels)
    for label in labels:
        for rule in label.rules:
            _take_realistic(scores, reviewed, label, rule)
    for one in nation.enriched:
        if one.label is not None:
            for rule in one.label.rules:
                _take_enriched(scores, one.label, rule, nation.found_alone(one, rule))
    scores.abusers = sum(label.is_abuse for label in labels)
    return scores


def subjects(sites: Sites, labels: Iterable[PlaceLabel], kind: str) -> int:
    """How many prescribers, pharmacies or patients with opioids the realistic country has: those of
    the towns and those a story is about. Those beside them are left out."""
    planted = sum(label.subject_kind == kind for label in labels)
    return PER_TOWN[kind] * sites.towns + planted


def _take_alerts(scores: Scores, reviewed: Reviewed, labels: Sequence[PlaceLabel]) -> None:
    guilty = _guilty(labels)
    cases: dict[str, tuple[set[str], bool]] = {}
    for name in RULES:
        tally = scores.rules[name]
        tally.raised, tally.retracted = reviewed.raised[name], reviewed.retracted[name]
    for alert in reviewed.open:
        is_true = _is_true(alert, guilty)
        tally = scores.rules[alert.rule]
        tally.alerts += 1
        tally.true += is_true
        rules, any_true = cases.get(alert.subject, (set(), False))
        cases[alert.subject] = rules | {alert.rule}, any_true or is_true
    scores.cases = [(len(rules), any_true) for rules, any_true in cases.values()]


def _guilty(labels: Iterable[PlaceLabel]) -> Guilty:
    guilty: Guilty = defaultdict(list)
    for label in labels:
        if label.is_abuse:
            first, last = (MONTH_NUMBERS[place] for place in label.months)
            for who in about(label):
                guilty[who].append((first_day(first), last_day(last)))
    return guilty


def _is_true(alert: SubjectAlert, guilty: Guilty) -> bool:
    spans = guilty.get(alert.subject, ())
    return any(first <= alert.last_day and alert.first_day <= last for first, last in spans)


def _take_realistic(scores: Scores, reviewed: Reviewed, label: PlaceLabel, rule: str) -> None:
    tally, concerned = scores.rules[rule], about(label)
    alerts = [a for a in reviewed.open if a.rule == rule and a.subject in concerned]
    if not label.is_abuse:
        tally.look_alikes[label.scheme] += 1
        tally.accused[label.scheme] += bool(alerts)
        return
    spans = _guilty([label])
    alerts = [alert for alert in alerts if _is_true(alert, spans)]
    tally.realistic_planted += 1
    tally.realistic_found += bool(alerts)
    if alerts and label.must_be_found:
        raised_at = min(reviewed.raised_at[alert.alert_id] for alert in alerts)
        begins = moment(start_of(first_day(MONTH_NUMBERS[label.months[0]])))
        tally.minutes_to_alert.append((raised_at - begins).total_seconds() / 60)


def _take_enriched(scores: Scores, label: PlaceLabel, rule: str, found: bool) -> None:
    tally = scores.rules[rule]
    if not label.is_abuse:
        tally.look_alikes[label.scheme] += 1
        tally.accused[label.scheme] += found
        return
    tally.planted[label.form] += 1
    tally.found[label.form] += found
