"""Doctor shopping: 4 practices and 4 pharmacies within 180 days."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.facts import FactRecorded
from services.contracts.terms import Drug
from services.surveillance.timeline import Timeline
from tests.surveillance.artificial import (
    AMLODIPINE,
    MORPHINE,
    TRAMADOL,
    Board,
    alerts,
    at,
    dispensed,
    hit_facts,
    parameters,
    prescribed,
    withdrawn,
)
from tests.surveillance.lives import timelines


def shopping(
    practices: int = 4, pharmacies: int = 4, drug: Drug = TRAMADOL, **given_: Any
) -> list[FactRecorded]:
    """A dispense every ten days, going round so many practices and pharmacies."""
    return [
        dispensed(
            drug,
            when=10 * n,
            days=5,
            practice_id=f"{n % practices:05d}",
            pharmacy_id=f"P{n % pharmacies:04d}",
            **given_,
        )
        for n in range(max(practices, pharmacies))
    ]


def last_on(day: float, hour: float = 9) -> list[FactRecorded]:
    """Four practices and pharmacies, the first on day 0 and the last at this moment."""
    last = dispensed(TRAMADOL, at(day, hour), 5, practice_id="00003", pharmacy_id="P0003")
    return [*shopping()[:3], last]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(shopping(), 1, id="four practices and four pharmacies"),
        pytest.param(shopping(5, 5), 1, id="five and five are still one alert"),
        pytest.param(shopping(3, 4), 0, id="three practices"),
        pytest.param(shopping(4, 3), 0, id="three pharmacies"),
        pytest.param(last_on(178), 1, id="within 179 days"),
        pytest.param(last_on(179), 1, id="within 180 days"),
        pytest.param(last_on(180), 0, id="within 181 days"),
        pytest.param(last_on(179, 23.99), 1, id="just before local midnight of the last day"),
        pytest.param(last_on(179, 24), 0, id="at local midnight after the last day"),
        pytest.param(shopping(drug=MORPHINE), 1, id="another controlled medicine"),
        pytest.param(shopping(drug=AMLODIPINE), 0, id="a medicine that is not controlled"),
        pytest.param(
            [prescribed(TRAMADOL, n, practice_id=f"{n:05d}") for n in range(6)],
            0,
            id="prescriptions that were never dispensed",
        ),
        pytest.param(shopping(1, 6), 0, id="one group practice with many locums"),
        pytest.param(shopping(6, 1), 0, id="one pharmacy"),
        pytest.param(shopping(pharmacy_chain_id="chain"), 0, id="branches of one chain"),
        pytest.param(shopping(treatment="CANCER"), 0, id="cancer"),
        pytest.param(shopping(treatment="PALLIATIVE"), 0, id="palliative care"),
        pytest.param(
            [*shopping()[:3], *shopping()[:1]], 0, id="the first practice and pharmacy again"
        ),
    ],
)
def test_when_it_is_raised(facts: list[FactRecorded], expected: int) -> None:
    """Each row says whether the rule speaks."""
    assert len(alerts("mpe", facts)) == expected


def test_an_unknown_practice_counts_for_nothing() -> None:
    """A dispense that does not say who prescribed is no further practice."""
    *three, last = shopping()
    nameless = dispensed(TRAMADOL, 30, 5, practice_id="", pharmacy_id="P0003")
    assert not alerts("mpe", [*three, nameless])
    assert alerts("mpe", [*three, nameless, last])


def test_it_says_what_it_counted() -> None:
    """The figures, the period and every dispense in it."""
    (alert,) = alerts("mpe", shopping(4, 5))
    assert alert.severity == "S2"
    assert alert.figures["practices"] == "4"
    assert alert.figures["pharmacies"] == "5"
    assert alert.figures["dispenses"] == "5"
    assert alert.figures["window_last_day"] == "2026-02-10"
    assert alert.figures["limit_window_days"] == "180"
    assert alert.figures["exemptions_considered"] == "cancer, palliative"
    assert len(alert.evidence) == 5
    assert {proof.facility for proof in alert.evidence} == {f"P{n:04d}" for n in range(5)}


@pytest.mark.parametrize(("days_before", "expected"), [(179, 0), (180, 0), (181, 1)])
def test_cancer_exempts_for_180_days(days_before: int, expected: int) -> None:
    """A prescription for cancer treatment, counted back from the fourth pharmacy on day 30."""
    cancer = prescribed(TRAMADOL, 30 - days_before, treatment="CANCER")
    assert len(alerts("mpe", [cancer, *shopping()])) == expected


def test_cancer_found_later_exempts_from_then_on() -> None:
    """What stood before the diagnosis stands; what follows stays on record beside it."""
    board = Board(parameters("mpe"))
    board.tell(*shopping())
    board.tell(prescribed(TRAMADOL, 31, treatment="CANCER"))
    assert len(board.open) == 1
    (on_record,) = board.tell(dispensed(TRAMADOL, 35, 5, pharmacy_id="P0009"))
    assert on_record.is_suppressed
    assert [alert.is_suppressed for alert in board.open.values()] == [False, True]


def test_a_withdrawn_dispense_takes_the_alert_back() -> None:
    """Without the fourth pharmacy there is no pattern."""
    board = Board(parameters("mpe"))
    facts = shopping()
    board.tell(*facts)
    (change,) = board.tell(withdrawn(facts[1]))
    assert change.rule == "mpe"
    assert not board.open


@settings(max_examples=15, deadline=None)
@given(timelines(), st.integers(2, 4), st.integers(2, 4), st.integers(1, 200))
def test_stricter_limits_never_add_hits(timeline: Timeline, p: int, q: int, w: int) -> None:
    """More practices, more pharmacies or a shorter period only ever find less."""
    found = hit_facts(timeline, "mpe", practices_min=p, pharmacies_min=q, window_days=w + 1)
    for stricter in (
        {"practices_min": p + 1, "pharmacies_min": q, "window_days": w + 1},
        {"practices_min": p, "pharmacies_min": q + 1, "window_days": w + 1},
        {"practices_min": p, "pharmacies_min": q, "window_days": w},
    ):
        assert hit_facts(timeline, "mpe", **stricter) <= found
