"""How good each rule is, against the labels. Pure.

An alert is *true* when it rests on at least one fact of a planted abuse, whichever rule that was
planted for; every other alert is a false alarm, also where the pattern is really there: the rules'
sentences are checked elsewhere (the oracle), this asks what is worth somebody's time. Precision
and frequency are those of the country with realistic prevalence; recall per form is that of the
enriched set, where there are enough of each.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil, sqrt
from random import Random

from infra.evaluation.country.labels import Label
from infra.evaluation.folding import Folded, Standing
from infra.evaluation.queue import Queued, queued

DAYS_PER_MONTH = 30.4375


@dataclass
class Tally:
    """What is counted of one rule. `suppressed` is on record only, because exemptions hold, and
    `hidden` is what of that rests on a planted abuse. Keys of `planted` and `found` are forms, of
    the enriched set; `realistic_*` count labels of the country itself."""

    alerts: int = 0
    true: int = 0
    raised: int = 0
    retracted: int = 0
    suppressed: int = 0
    hidden: int = 0
    patients: int = 0
    planted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    realistic_planted: int = 0
    realistic_found: int = 0
    look_alikes: Counter[str] = field(default_factory=Counter)
    accused: Counter[str] = field(default_factory=Counter)
    minutes_to_alert: list[float] = field(default_factory=list)

    @property
    def precision(self) -> float | None:
        """Of the alerts, those on abuse; None without any."""
        return self.true / self.alerts if self.alerts else None

    @property
    def recall(self) -> float | None:
        """Of the abuse planted for this rule at realistic prevalence in all forms, also those that
        evade it or stay below its threshold."""
        planted = self.realistic_planted
        return self.realistic_found / planted if planted else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both."""
        if not self.precision or not self.recall:
            return None
        return 2 * self.precision * self.recall / (self.precision + self.recall)

    def recall_of(self, *forms: str) -> float | None:
        """Of the enriched set in these forms."""
        planted = sum(self.planted[form] for form in forms)
        return sum(self.found[form] for form in forms) / planted if planted else None

    def minutes(self, percent: float) -> float | None:
        """Nearest-rank percentile of the minutes from first detectable to alert."""
        if not self.minutes_to_alert:
            return None
        ordered = sorted(self.minutes_to_alert)
        return ordered[max(ceil(percent / 100 * len(ordered)), 1) - 1]


@dataclass
class Scores:
    """Everything measured of a country. `cases` holds, for every patient of the country with an
    alert, (rules with an alert, whether any of it is abuse); `queue` the cases people would see.
    """

    rules: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    cases: list[tuple[int, bool]] = field(default_factory=list)
    queue: list[Queued] = field(default_factory=list)
    abusers: int = 0
    patients: int = 0
    facts: int = 0

    def take(self, folded: Iterable[Folded]) -> None:
        """Count more patients."""
        for one in folded:
            self.facts += one.facts
            self._take_changes(one)
            enriched = any(label.enriched for label in one.labels)
            if not enriched:
                self._take_alerts(one)
            for label in one.labels:
                self._take_label(label, one)

    def _take_changes(self, one: Folded) -> None:
        for rule, count in one.raised.items():
            self.rules[rule].raised += count
        for rule, count in one.retracted.items():
            self.rules[rule].retracted += count

    def _take_alerts(self, one: Folded) -> None:
        self.patients += 1
        abused = {f for label in one.labels if label.is_abuse for f in label.fact_ids}
        self.abusers += bool(abused)
        any_true = False
        for alert in one.alerts:
            is_true = not abused.isdisjoint(alert.fact_ids)
            any_true |= is_true
            self.rules[alert.rule].alerts += 1
            self.rules[alert.rule].true += is_true
        for alert in one.suppressed:
            self.rules[alert.rule].suppressed += 1
            self.rules[alert.rule].hidden += not abused.isdisjoint(alert.fact_ids)
        rules = {alert.rule for alert in one.alerts}
        for rule in rules:
            self.rules[rule].patients += 1
        if rules:
            self.cases.append((len(rules), any_true))
        if (case := queued(one)) is not None:
            self.queue.append(case)

    def _take_label(self, label: Label, one: Folded) -> None:
        for rule in label.rules:
            tally = self.rules[rule]
            first = _first_about(label, rule, one.alerts)
            if not label.is_abuse:
                tally.look_alikes[label.scheme] += 1
                tally.accused[label.scheme] += first is not None
                continue
            if label.enriched:
                tally.planted[label.form] += 1
                tally.found[label.form] += first is not None
            else:
                tally.realistic_planted += 1
                tally.realistic_found += first is not None
            if first is not None and label.first_detectable_at is not None:
                waited = first.raised_at - label.first_detectable_at
                tally.minutes_to_alert.append(waited.total_seconds() / 60)

    @property
    def average_precision(self) -> float | None:
        """Area under the precision-recall curve of patients ranked by how many different rules
        have an alert about them; ties count as one step."""
        return area(self.cases, self.abusers)

    def with_wrong_labels(self, share: float, seed: int) -> float | None:
        """The same, when so many of the abusers are taken for innocent and as many innocent people
        for abusers, whoever they are: the labels a ministry has are not all right."""
        innocent = self.patients - self.abusers
        if not innocent:
            return None
        random = Random(seed)
        flips = {True: share, False: share * self.abusers / innocent}
        cases = [
            (rules, is_true != (random.random() < flips[is_true])) for rules, is_true in self.cases
        ]
        quiet_abusers = self.abusers - sum(is_true for _, is_true in self.cases)
        quiet_innocent = self.patients - len(self.cases) - quiet_abusers
        quiet = quiet_abusers * (1 - flips[True]) + quiet_innocent * flips[False]
        return area(cases, sum(is_true for _, is_true in cases) + round(quiet))


def _first_about(label: Label, rule: str, alerts: Iterable[Standing]) -> Standing | None:
    facts = set(label.fact_ids)
    about = [a for a in alerts if a.rule == rule and not facts.isdisjoint(a.fact_ids)]
    return min(about, key=lambda alert: alert.raised_at, default=None)


def area(scored: Iterable[tuple[float, bool]], positives: int) -> float | None:
    """Average precision of (score, is positive), where `positives` counts those without a score
    too; None without positives."""
    if not positives:
        return None
    by_score: dict[float, list[bool]] = defaultdict(list)
    for score, is_positive in scored:
        by_score[score].append(is_positive)
    total = seen = true = 0.0
    for score in sorted(by_score, reverse=True):
        step = by_score[score]
        seen, gained = seen + len(step), sum(step)
        true += gained
        total += gained / positives * (true / seen)
    return total


def wilson(true: int, count: int) -> tuple[float, float]:
    """The 95 % confidence interval (Wilson) of a share; (0, 1) of nothing."""
    if not count:
        return 0.0, 1.0
    z = 1.959964
    share = true / count
    middle = share + z * z / (2 * count)
    spread = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    whole = 1 + z * z / count
    return max((middle - spread) / whole, 0.0), min((middle + spread) / whole, 1.0)


def per_1000_a_month(alerts: int, patients: int, days: int) -> float:
    """Alerts on 1,000 patients in a month of 30.4 days."""
    return alerts / patients * 1000 / days * DAYS_PER_MONTH if patients else 0.0
