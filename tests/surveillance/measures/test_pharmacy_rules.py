"""Rules about pharmacies."""

from __future__ import annotations

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
