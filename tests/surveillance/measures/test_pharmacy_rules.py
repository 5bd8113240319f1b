"""Rules about pharmacies."""

from __future__ import annotations

from collections import Counter

import pytest

from services.surveillance.measures.counting import Counts
from services.surveillance.measures.measure import Measure
from tests.surveillance.measures.months import found, written

MINE = "pharmacy-mau-0"


def reversals(held: int, reversed_: int, late: int = 0) -> Counts:
    counters = written({MINE: held}, Measure.DISPENSES)
    counters += written({MINE: reversed_}, Measure.REVERSED)
    return counters + written({MINE: late}, Measure.REVERSED_LATE)


@pytest.mark.parametrize(
    ("held", "taken_back", "late", "expected"),
    [
        pytest.param(190, 10, 0, 0, id="five per cent"),
        pytest.param(189, 11, 0, 1, id="more than five per cent of two hundred"),
        pytest.param(188, 11, 0, 0, id="of a hundred and ninety-nine"),
        pytest.param(196, 4, 4, 0, id="two per cent late"),
        pytest.param(195, 5, 5, 1, id="more than two per cent late"),
    ],
)
def test_cancel_rate(held: int, taken_back: int, late: int, expected: int) -> None:
    """Both limits, and the least number of dispenses."""
    counters = reversals(held, taken_back, late)
    assert len(found("cancel-rate", counters, "pharmacy")) == expected


def test_where_everybody_reverses_much_nobody_stands_out() -> None:
    """Hard negative: an outage made thirty pharmacies void and send again a tenth of sales."""
    others = [f"pharmacy-mau-{n}" for n in range(1, 31)]
    counters = reversals(180, 20) + written(dict.fromkeys(others, 180), Measure.DISPENSES)
    counters += written({name: 20 + n % 5 for n, name in enumerate(others)}, Measure.REVERSED)
    assert MINE not in {s.subject for s in found("cancel-rate", counters, "pharmacy")}


def collected(on_last_day: int, before: int) -> Counts:
    """So many sales on the fifth day after the issue, and on the second."""
    counters = written({MINE: on_last_day}, Measure.COLLECTED_AFTER, part="5")
    return counters + written({MINE: before}, Measure.COLLECTED_AFTER, part="2")


@pytest.mark.parametrize(
    ("on_last_day", "before", "expected"),
    [(25, 75, 0), (26, 74, 1), (50, 49, 0), (50, 50, 1), (0, 100, 0)],
)
def test_expiry_harvest(on_last_day: int, before: int, expected: int) -> None:
    """More than a quarter of at least a hundred."""
    counters = collected(on_last_day, before)
    assert len(found("expiry-harvest", counters, "pharmacy")) == expected


@pytest.mark.parametrize(("days", "expected"), [("4", 0), ("5", 1), ("6", 1), ("31", 1)])
def test_the_fifth_day_is_the_last(days: str, expected: int) -> None:
    """The fourth is not; later ones are as late."""
    counters = written({MINE: 200}, Measure.COLLECTED_AFTER, part=days)
    assert len(found("expiry-harvest", counters, "pharmacy")) == expected


def shops(
    dispenses: int = 400, customers: int = 200, opioids: int = 20, sedatives: int = 20
) -> Counts:
    """Thirty pharmacies that are much alike, and mine."""
    others = [f"pharmacy-mau-{n}" for n in range(1, 31)]
    usual = {"DISPENSES": 400, "CUSTOMERS": 200, "OPIOIDS_SOLD": 20, "SEDATIVES_SOLD": 20}
    mine = dict(zip(usual, (dispenses, customers, opioids, sedatives), strict=True))
    counters: Counts = Counter()
    for name, value in usual.items():
        counts = {who: value + n % 9 for n, who in enumerate(others)} | {MINE: mine[name]}
        counters += written(counts, Measure[name])
    return counters + written(dict.fromkeys([*others, MINE], 20), Measure.PRESCRIBERS_SERVED)


@pytest.mark.parametrize(
    ("counters", "expected"),
    [
        pytest.param(shops(), None, id="like the others"),
        pytest.param(shops(opioids=200), "S4", id="opioids alone are statistics"),
        pytest.param(shops(opioids=200, sedatives=200), "S4", id="two are statistics"),
        pytest.param(shops(customers=20, opioids=200, sedatives=200), "S3", id="three"),
        pytest.param(shops(99, 20, 90, 90), None, id="too few dispenses"),
        pytest.param(shops(100, 10, 90, 90), "S3", id="just enough"),
    ],
)
def test_outlier(counters: Counts, expected: str | None) -> None:
    """How many of the four measures are extreme."""
    signals = [s for s in found("pharmacy-outlier", counters, "pharmacy") if s.subject == MINE]
    assert [signal.severity for signal in signals] == ([expected] if expected else [])
