"""The queue of cases: what is shown, in which order, and how much of its beginning is abuse."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from infra.evaluation.country.labels import Label
from infra.evaluation.folding import Folded, Standing
from infra.evaluation.queue import Queued, precisions, queued
from services.contracts.terms import Severity
from services.surveillance.timeline import epoch_ms

AT = datetime(2026, 1, 1, tzinfo=UTC)
PLANTED = Label(
    scheme_id="x",
    scheme="mpe",
    form="easy",
    rules=("mpe",),
    subject="nguoi-benh-mau",
    fact_ids=("planted",),
)


def standing(severity: Severity, fact: str = "planted", rule: str = "mpe") -> Standing:
    return Standing(rule, severity, epoch_ms(AT), epoch_ms(AT), 1, AT, (fact,))


def patient(*alerts: Standing) -> Folded:
    return Folded("nguoi-benh-mau", 10, alerts, Counter(), Counter(), (PLANTED,))


def test_statistics_are_no_case() -> None:
    assert queued(patient()) is None
    assert queued(patient(standing("S4"))) is None


def test_a_case_is_true_by_what_is_shown_of_it() -> None:
    """Given abuse that only a rule in shadow found; then the case is a false alarm."""
    right, wrong = (
        queued(patient(standing("S2"))),
        queued(patient(standing("S2", "other"), standing("S4", rule="trinity"))),
    )
    assert right is not None
    assert wrong is not None
    assert (right.is_true, wrong.is_true) == (True, False)


def test_graver_and_more_alerts_come_first() -> None:
    one, graver, two = (
        queued(patient(*alerts))
        for alerts in (
            (standing("S3"),),
            (standing("S2"),),
            (standing("S2"), standing("S2", rule="impossible-travel")),
        )
    )
    assert one is not None
    assert graver is not None
    assert two is not None
    assert one.rank < graver.rank < two.rank


@pytest.mark.parametrize(
    ("queue", "expected"),
    [
        ([], []),
        ([Queued(2, True), Queued(1, False)], [(2, 0.5)]),
        ([Queued(n, n > 5) for n in range(15)], [(10, 0.9), (15, 0.6)]),
    ],
)
def test_precision_at_k_and_of_all(queue: list[Queued], expected: list[tuple[int, float]]) -> None:
    assert precisions(queue) == expected


def test_ties_do_not_flatter() -> None:
    """Given false and true cases of one rank; then the false ones come first."""
    queue = [Queued(1, n >= 5) for n in range(15)]
    assert precisions(queue)[0] == (10, 0.5)
