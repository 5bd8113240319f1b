"""Rules about prescribers: a positive, its twin, both sides of every threshold, a hard negative."""

from __future__ import annotations

from collections import Counter

import pytest

from services.surveillance.measures.counting import Counts
from services.surveillance.measures.measure import Key, Measure, slot_of
from services.surveillance.measures.peers import Place
from services.surveillance.timeline import epoch_ms
from tests.surveillance.artificial import at
from tests.surveillance.measures.months import (
    FEBRUARY,
    FIRST,
    LAST,
    MARCH,
    ME,
    around,
    first_day,
    found,
    peers,
    who,
    written,
)

CLINIC = Place("clinic", "", "basic", "01")


def two_months(mine: int, mine_before: int, usual: int = 30, count: int = 40) -> Counts:
    """What everybody wrote in February and in March."""
    now = written({ME: mine, **around(usual, count)}, Measure.PRESCRIPTIONS)
    february = first_day(FEBRUARY)
    before = written({ME: mine_before, **around(usual, count)}, Measure.PRESCRIPTIONS, february)
    return now + before


@pytest.mark.parametrize(
    ("mine", "before", "expected"),
    [
        pytest.param(400, 400, 1, id="more than ten times the peers, twice"),
        pytest.param(400, 30, 0, id="in March alone"),
        pytest.param(30, 400, 0, id="in February alone"),
        pytest.param(45, 45, 0, id="the upper end of what is usual"),
    ],
)
def test_volume(mine: int, before: int, expected: int) -> None:
    """Far beyond the peers, two months running."""
    assert len(found("prescriber-volume", two_months(mine, before))) == expected


@pytest.mark.parametrize(("mine", "expected"), [(49, 0), (50, 1), (51, 1)])
def test_volume_is_quiet_below_fifty(mine: int, expected: int) -> None:
    """Among peers who write two or three, 49 are no matter."""
    signals = found("prescriber-volume", two_months(mine, mine, usual=3))
    assert len(signals) == expected


@pytest.mark.parametrize(("colleagues", "expected"), [(18, 0), (19, 1)])
def test_volume_needs_twenty_to_compare(colleagues: int, expected: int) -> None:
    """Oneself and nineteen others."""
    assert len(found("prescriber-volume", two_months(400, 400, count=colleagues))) == expected


def test_a_central_hospital_is_compared_with_its_own() -> None:
    """Hard negative: forty clinics of a few, twenty hospitals of many."""
    clinics = {f"clinic-mau-{n}": 20 + n for n in range(40)}
    hospitals = {f"hospital-mau-{n}": 500 + 20 * n for n in range(20)}
    both = {**clinics, **hospitals}
    february = first_day(FEBRUARY)
    counters = written(both, Measure.PRESCRIPTIONS)
    counters += written(both, Measure.PRESCRIPTIONS, february)
    places = dict.fromkeys(clinics, CLINIC) | {
        name: Place("hospital", "", "specialised", "01") for name in hospitals
    }
    assert not found("prescriber-volume", counters, places=places)
    assert found("prescriber-volume", counters)


def test_volume_says_what_it_compared() -> None:
    """The numbers of both months, the peers and their median."""
    (signal,) = found("prescriber-volume", two_months(400, 300))
    assert signal.subject == ME
    assert signal.figures["prescriptions"] == "300"
    assert signal.figures["peers"] == "41"
    assert (signal.first_day, signal.last_day) == (first_day(FEBRUARY), LAST)
    assert signal.month == MARCH


def shares(mine: int, of: int = 100, peers_of: int = 100) -> Counts:
    """Peers with 5 to 15 controlled among their hundred, and mine."""
    counters = written(dict.fromkeys(peers(), peers_of) | {ME: of}, Measure.PRESCRIPTIONS)
    spread = {name: 5 + n % 11 for n, name in enumerate(peers())}
    return counters + written(spread | {ME: mine}, Measure.CONTROLLED)


@pytest.mark.parametrize(("mine", "expected"), [(60, {ME}), (15, set()), (0, set())])
def test_controlled_share(mine: int, expected: set[str]) -> None:
    """Sixty of a hundred among peers of ten; the highest of the peers is none."""
    assert who(found("prescriber-ctrl-share", shares(mine))) == expected


@pytest.mark.parametrize(("of", "expected"), [(99, 0), (100, 1), (101, 1)])
def test_controlled_share_is_quiet_below_a_hundred(of: int, expected: int) -> None:
    """However high the share."""
    assert len(found("prescriber-ctrl-share", shares(60, of))) == expected


def test_a_stricter_probability_never_adds() -> None:
    """Raising the threshold finds a part of what was found."""
    before: set[str] | None = None
    for percent in (50, 80, 95, 99.9):
        signals = found("prescriber-ctrl-share", shares(24), probability_percent_allowed=percent)
        assert before is None or who(signals) <= before
        before = who(signals)


@pytest.mark.parametrize(
    ("at_night", "of", "expected"),
    [(4, 20, 0), (5, 20, 1), (5, 19, 0), (5, 21, 1), (20, 100, 0), (21, 100, 1)],
)
def test_night(at_night: int, of: int, expected: int) -> None:
    """More than a fifth of at least twenty."""
    counters = written({ME: of}, Measure.CONTROLLED)
    counters += written({ME: at_night}, Measure.CONTROLLED_AT_NIGHT)
    assert len(found("out-of-hours", counters)) == expected


def quarters(*counts: int, day: int = 70, hour: float = 9) -> Counts:
    """So many prescriptions in each quarter of an hour from then on."""
    first = slot_of(epoch_ms(at(day, hour)))
    return Counter(
        {Key(Measure.BY_QUARTER_HOUR, ME, first + n): count for n, count in enumerate(counts)}
    )


@pytest.mark.parametrize(
    ("counters", "expected"),
    [
        pytest.param(quarters(8, 8, 8, 6), 0, id="thirty in an hour"),
        pytest.param(quarters(8, 8, 8, 7), 1, id="thirty-one in an hour"),
        pytest.param(quarters(8, 8, 8, 0, 8), 0, id="thirty-two in five quarters"),
        pytest.param(quarters(8, 8, 8, 8, hour=23.5), 1, id="across midnight"),
        pytest.param(quarters(31, hour=23.75, day=58), 0, id="on the last of February"),
        pytest.param(quarters(31, day=59, hour=0), 1, id="on the first of March"),
    ],
)
def test_throughput(counters: Counts, expected: int) -> None:
    """More than thirty in four quarter hours in a row."""
    assert len(found("throughput", counters)) == expected


def test_throughput_names_the_hour() -> None:
    """The fullest one."""
    (signal,) = found("throughput", quarters(10, 10, 10, 10, 1))
    assert signal.figures == {"prescriptions_an_hour": "40", "hour_from": "2026-03-12 09:00"}
    assert signal.first_day == signal.last_day == FIRST + 11
