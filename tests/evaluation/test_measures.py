"""The measures and what they allow: small numbers that can be checked by hand."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from infra.evaluation.country.labels import Form, Label
from infra.evaluation.folding import Folded, Standing
from infra.evaluation.measures import Scores, area, per_1000_a_month, wilson
from infra.evaluation.verdicts import verdicts

AT = datetime(2026, 1, 1, tzinfo=UTC)


def standing(*facts: str, rule: str = "mpe") -> Standing:
    return Standing(rule, "S2", 0, 0, 1, AT + timedelta(minutes=5), facts)


def label(form: Form, *, enriched: bool = False) -> Label:
    return Label(
        scheme_id="x",
        scheme="group-practice" if form == "look-alike" else "mpe",
        form=form,
        rules=("mpe",),
        subject="nguoi-benh-mau",
        fact_ids=("planted",),
        first_detectable_at=AT,
        enriched=enriched,
    )


def folded(*alerts: Standing, labels: tuple[Label, ...] = ()) -> Folded:
    return Folded("nguoi-benh-mau", 10, alerts, Counter(mpe=1), Counter(), labels)


def test_an_alert_is_true_when_it_rests_on_a_planted_fact() -> None:
    scores = Scores()
    scores.take([folded(standing("planted", "other"), labels=(label("easy"),))])
    scores.take([folded(standing("other"))])
    tally = scores.rules["mpe"]
    assert (tally.alerts, tally.true, tally.precision) == (2, 1, 0.5)
    assert tally.recall == 1.0
    assert tally.minutes(50) == 5


def test_a_look_alike_that_is_accused_is_a_false_alarm() -> None:
    scores = Scores()
    scores.take([folded(standing("planted"), labels=(label("look-alike"),))])
    tally = scores.rules["mpe"]
    assert tally.precision == 0.0
    assert tally.accused["group-practice"] == 1


def test_the_enriched_set_counts_for_recall_only() -> None:
    scores = Scores()
    scores.take([folded(standing("planted"), labels=(label("easy", enriched=True),))])
    scores.take([folded(labels=(label("below", enriched=True),))])
    tally = scores.rules["mpe"]
    assert tally.alerts == scores.patients == 0
    assert tally.recall_of("easy") == 1.0
    assert tally.recall_of("below") == 0.0
    assert tally.recall_of("at") is None


@pytest.mark.parametrize(
    ("ranked", "positives", "expected"),
    [
        ([(2, True), (1, False)], 1, 1.0),
        ([(2, False), (1, True)], 1, 0.5),
        ([(1, True), (1, False)], 1, 0.5),
        ([(1, True)], 2, 0.5),
    ],
)
def test_the_area_under_the_curve(
    ranked: list[tuple[float, bool]], positives: int, expected: float
) -> None:
    assert area(ranked, positives) == expected


def test_without_positives_there_is_no_area() -> None:
    assert area([(1, False)], 0) is None


def test_wilson_interval_of_ten_of_ten() -> None:
    low, high = wilson(10, 10)
    assert (low, high) == pytest.approx((0.722, 1.0), abs=1e-3)
    assert wilson(0, 0) == (0.0, 1.0)


def test_alerts_per_1000_patients_a_month() -> None:
    assert per_1000_a_month(12, 1_000, 365) == pytest.approx(1.0007, abs=1e-4)


def _with(true: int, false: int) -> Scores:
    scores = Scores()
    scores.take([folded(standing("planted"), labels=(label("easy"),)) for _ in range(true)])
    scores.take([folded(standing("other")) for _ in range(false)])
    return scores


@pytest.mark.parametrize(
    ("true", "false", "mode", "fits"),
    [
        (8, 2, "advisory", True),
        (7, 3, "advisory", False),
        (7, 3, "shadow", True),
        (3, 2, "advisory", True),
    ],
)
def test_a_rule_is_shown_only_when_four_of_five_alerts_are_worth_it(
    true: int, false: int, mode: str, *, fits: bool
) -> None:
    (verdict,) = verdicts(_with(true, false), {"mpe": mode})
    assert verdict.fits is fits


def test_a_rule_that_misses_easy_schemes_does_not_fit_whatever_its_mode() -> None:
    scores = _with(10, 0)
    scores.take([folded(labels=(label("easy", enriched=True),))])
    (verdict,) = verdicts(scores, {"mpe": "shadow"})
    assert not verdict.fits


def test_what_is_exempt_is_counted_apart() -> None:
    """Given an abuse that an exemption hides, then it is no alert, and told as what it costs."""
    scores = Scores()
    hidden, other = standing("planted"), standing("ordinary")
    scores.take([folded(labels=(label("easy"),))._replace(suppressed=(hidden, other))])
    tally = scores.rules["mpe"]
    assert (tally.alerts, tally.suppressed, tally.hidden) == (0, 2, 1)
    assert tally.realistic_found == 0
    assert scores.cases == []


def test_wrong_labels_lower_what_a_perfect_ranking_measures() -> None:
    """Ten abusers ahead of ninety others: one ranking, measured with labels of which some lie."""
    scores = Scores(cases=[(2, True)] * 10 + [(1, False)] * 90, abusers=10, patients=100)
    assert scores.average_precision == 1
    assert scores.with_wrong_labels(0, seed=1) == 1
    noisy = scores.with_wrong_labels(0.4, seed=1)
    assert noisy is not None
    assert noisy < 0.9
    assert noisy == scores.with_wrong_labels(0.4, seed=1)
