"""Rules about prescribers: a positive, its twin, both sides of every threshold, a hard negative."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

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


def daily(before: int, now: int, since: int = -180, until: int = 31) -> Counts:
    """So many prescriptions every day of the past half-year, and every day of March."""
    past = {Key(Measure.PRESCRIPTIONS, ME, FIRST + n): before for n in range(since, 0)}
    return Counter(past) + Counter(
        {Key(Measure.PRESCRIPTIONS, ME, FIRST + n): now for n in range(until)}
    )


@pytest.mark.parametrize(
    ("counters", "expected"),
    [
        pytest.param(daily(4, 12), 1, id="three times as many"),
        pytest.param(daily(4, 4), 0, id="as ever"),
        pytest.param(daily(4, 1), 0, id="a fall"),
        pytest.param(daily(12, 17), 0, id="more, but not one and a half times"),
        pytest.param(daily(12, 18), 1, id="one and a half times"),
        pytest.param(daily(1, 7, until=7), 0, id="forty-nine in the month"),
        pytest.param(daily(1, 10, until=5), 1, id="fifty in the month"),
        pytest.param(daily(4, 12, since=-83), 0, id="began 83 days before"),
        pytest.param(daily(4, 12, since=-84), 1, id="began 84 days before"),
    ],
)
def test_surge(counters: Counts, expected: int) -> None:
    """Above one's own past, by enough, in enough prescriptions."""
    assert len(found("prescriber-surge", counters)) == expected


def test_a_weekly_clinic_is_no_surge() -> None:
    """Hard negative: forty on every Monday and none in between, in March as ever."""
    mondays = {Key(Measure.PRESCRIPTIONS, ME, FIRST + 7 * n): 40 for n in range(-25, 5)}
    assert not found("prescriber-surge", mondays)


def sold(*per_pharmacy: int, day: int = FIRST) -> Counts:
    """A day's prescriptions that were sold, by pharmacy."""
    return Counter(
        {Key(Measure.SOLD_AT, ME, day, f"P{n}"): count for n, count in enumerate(per_pharmacy)}
    )


@pytest.mark.parametrize(
    ("counters", "expected"),
    [
        pytest.param(sold(9, 1), 1, id="nine of ten"),
        pytest.param(sold(8, 2), 0, id="eight of ten"),
        pytest.param(sold(9), 0, id="nine of nine"),
        pytest.param(sold(5) + sold(5, day=FIRST + 1), 0, id="ten on two days"),
        pytest.param(sold(20, day=LAST), 1, id="on the last day of the month"),
        pytest.param(sold(20, day=LAST + 1), 0, id="in the next month"),
    ],
)
def test_same_pharmacy(counters: Counts, expected: int) -> None:
    """More than eighty per cent of at least ten on one day."""
    assert len(found("same-pharmacy", counters)) == expected


def test_same_pharmacy_names_it() -> None:
    """The fullest day, and how many there were."""
    (signal,) = found("same-pharmacy", sold(9, 1) + sold(1, 19, day=FIRST + 3))
    assert signal.figures["pharmacy"] == "P1"
    assert signal.figures["on_day"] == "2026-03-04"
    assert signal.figures["days"] == "2"
    assert (signal.first_day, signal.last_day) == (FIRST, FIRST + 3)


def templates(*counts: int) -> Counts:
    """So many prescriptions of each kind."""
    return Counter(
        {Key(Measure.TEMPLATES, ME, FIRST, f"kind-{n}"): count for n, count in enumerate(counts)}
    )


@pytest.mark.parametrize(
    ("counters", "expected"),
    [
        pytest.param(templates(50), 1, id="fifty alike"),
        pytest.param(templates(49), 0, id="forty-nine alike"),
        pytest.param(templates(30, 20), 1, id="two kinds"),
        pytest.param(templates(*[1] * 50), 0, id="fifty different ones"),
        pytest.param(templates(*[10] * 5), 0, id="five kinds"),
    ],
)
def test_templates(counters: Counts, expected: int) -> None:
    """Variety below 0.3; five kinds equally often have 0.41, two have 0.17."""
    assert len(found("template-scripts", counters)) == expected


def group(size: int, **mine: int) -> Counts:
    """Colleagues with a hundred prescriptions, about ten controlled, and one with other numbers."""
    names = peers(size - 1)
    counters = written(dict.fromkeys(names, 100), Measure.PRESCRIPTIONS)
    base = {"CONTROLLED": 60, "PATIENTS": 50, "OPIOID_MME": 1000, "OPIOID_DAYS": 100}
    for name, value in base.items():
        spread = {who: value + n % 7 for n, who in enumerate(names)}
        counters += written(spread | {ME: mine.get(name, value)}, Measure[name])
    alerts = mine.get("trinity", 0)
    return counters + written({ME: alerts}, Measure.ALERTS_OF_PATIENTS, part="trinity")


@pytest.mark.parametrize(
    ("counters", "expected"),
    [
        pytest.param(group(100, CONTROLLED=95, OPIOID_MME=9000), 1, id="three measures of six"),
        pytest.param(group(100, CONTROLLED=95, trinity=20), 1, id="with alerts about patients"),
        pytest.param(group(100, OPIOID_MME=9000, trinity=9), 0, id="two measures"),
        pytest.param(group(99, CONTROLLED=95, OPIOID_MME=9000), 0, id="too few peers"),
        pytest.param(group(100), 0, id="like everybody"),
        pytest.param(
            group(100, CONTROLLED=49, PATIENTS=5, OPIOID_MME=9000, trinity=5), 0, id="too few"
        ),
    ],
)
def test_pill_mill(counters: Counts, expected: int) -> None:
    """Three measures above 95 % of at least a hundred, and the highest sum of ranks."""
    assert len(found("pill-mill", counters)) == expected


def test_pill_mill_looks_beyond_a_province_that_is_too_small() -> None:
    """Thirty in the province would do for other rules; here the hundred of the country count."""
    counters = group(100, CONTROLLED=95, OPIOID_MME=9000)
    places = {
        subject: Place("clinic", "", "basic", "01" if number < 30 else "79")
        for number, subject in enumerate(peers(99))
    }
    (signal,) = found("pill-mill", counters, places=places)
    assert signal.subject == ME
    assert signal.figures["peers"] == "100"
    assert signal.figures["peer_group"] == "clinic / basic"


@pytest.mark.parametrize(
    ("rule", "limit", "steps"),
    [
        ("prescriber-volume", "prescriptions_min", (50, 300, 500)),
        ("prescriber-volume", "deviations_allowed", (1, 3.5, 9)),
        ("prescriber-surge", "deviations_allowed", (1, 3.5, 40)),
        ("prescriber-surge", "percent_min", (100, 200, 400)),
        ("same-pharmacy", "percent_allowed", (50, 80, 95)),
        ("same-pharmacy", "days_min", (1, 2, 3)),
        ("pill-mill", "components_min", (1, 3, 6)),
        ("template-scripts", "prescriptions_min", (20, 50, 90)),
    ],
)
def test_stricter_limits_never_add(rule: str, limit: str, steps: tuple[float, ...]) -> None:
    """Of one and the same month each step finds a part of what the one before found."""
    everything = two_months(400, 300) + daily(4, 12) + sold(18, 2) + templates(60)
    if rule == "pill-mill":
        everything = group(100, CONTROLLED=95, OPIOID_MME=9000)
    results = [who(found(rule, everything, **{limit: step})) for step in steps]
    assert all(later <= earlier for earlier, later in pairwise(results))
    assert results[0]
