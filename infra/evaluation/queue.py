"""The queue of cases as people would see it: ranked by the real score of oversight. Pure.

Only alerts that are shown (not statistics) make a case, so the queue holds what rules outside
shadow found; one case gathers all of a patient's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from infra.evaluation.folding import Folded, Standing
from services.oversight.cases.case import Case, Held
from services.oversight.cases.score import rank
from services.surveillance.timeline import moment

STATISTICS = "S4"
FIRST = (10, 20, 50, 100, 200)
"""The lengths of a queue's beginning that are told."""


class Queued(NamedTuple):
    """A case's place in the queue (the higher the sooner), and whether any of it is abuse."""

    rank: float
    is_true: bool


def queued(one: Folded) -> Queued | None:
    """A patient's case; None when nothing is shown."""
    shown = [alert for alert in one.alerts if alert.severity != STATISTICS]
    if not shown:
        return None
    place = rank(_case(one.ref, shown))
    if place is None:
        return None
    abused = {fact for label in one.labels if label.is_abuse for fact in label.fact_ids}
    return Queued(place, any(not abused.isdisjoint(alert.fact_ids) for alert in shown))


def precisions(queue: Iterable[Queued]) -> list[tuple[int, float]]:
    """Of the first so many cases, the share that is abuse; the last entry is the whole queue."""
    ranked = sorted(queue, key=lambda one: (-one.rank, one.is_true))
    lengths = [*(k for k in FIRST if k < len(ranked)), len(ranked)]
    return [(k, sum(one.is_true for one in ranked[:k]) / k) for k in lengths if k]


def _case(ref: str, alerts: Sequence[Standing]) -> Case:
    first = min(alert.raised_at for alert in alerts)
    held = {
        f"{alert.rule}-{alert.start}": Held(
            rule=alert.rule,
            rule_version="",
            severity=alert.severity,
            revision=1,
            is_open=True,
            raised_at=alert.raised_at,
            episode_end=moment(alert.end),
        )
        for alert in alerts
    }
    return Case(
        number=0,
        subject_kind="patient",
        subject=ref,
        opened_at=first,
        changed_at=first,
        version=1,
        alerts=held,
    )
