"""Days of supply and morphine equivalents."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from msgspec.structs import replace

from services.contracts.facts import FactLine
from services.contracts.terms import Drug
from services.surveillance.mme import MmeFactors
from services.surveillance.supply import daily_totals, day_bits, overlap_days, supplies
from tests.surveillance.artificial import MORPHINE, TRAMADOL, dispensed
from tests.surveillance.lives import timelines
from tests.surveillance.test_timeline import told

FACTORS = MmeFactors.load()
TODAY = 739_000


def test_a_dispense_supplies_from_its_own_day_on_and_no_longer_than_the_limit() -> None:
    [short, long] = supplies(
        told(dispensed(TRAMADOL, 0, 5), dispensed(TRAMADOL, 3, 200)).timeline, 90
    )
    assert short.until - short.first == 5
    assert long.until - long.first == 90
    assert overlap_days(short, long) == 2
    assert short.on(short.first)
    assert not short.on(short.until)


def test_unknown_days_prove_no_day() -> None:
    assert supplies(told(dispensed(TRAMADOL, 0, None)).timeline, 90) == []


@given(timelines())
def test_totals_say_the_same_as_asking_every_day(timeline: tuple) -> None:
    found = supplies(timeline, 90)
    by_day = {
        day: total
        for first, until, total in daily_totals(found, lambda supply: 1)
        for day in range(first, until)
    }
    asked = range(
        min((s.first for s in found), default=0), max((s.until for s in found), default=0)
    )
    assert by_day == {day: n for day in asked if (n := sum(s.on(day) for s in found))}
    if found:
        bits = day_bits(found, asked.start)
        assert bits.bit_count() == len(by_day)


@pytest.mark.parametrize(
    ("drug", "quantity", "days", "mme_milli"),
    [
        pytest.param(replace(MORPHINE, strength_mg=Decimal(10)), 60, 30, 20_000, id="2 x 10 mg"),
        pytest.param(replace(TRAMADOL, strength_mg=Decimal(50)), 60, 10, 60_000, id="tramadol 0.2"),
        pytest.param(replace(MORPHINE, strength_mg=None), 60, 30, None, id="unknown strength"),
        pytest.param(replace(MORPHINE, strength_mg=Decimal(10)), 60, None, None, id="unknown days"),
        pytest.param(
            replace(MORPHINE, strength_mg=Decimal(10), form="injection"),
            60,
            30,
            None,
            id="not oral",
        ),
        pytest.param(
            Drug(code="MAU", atc="N07BC02", strength_mg=Decimal(10)), 60, 30, None, id="maintenance"
        ),
    ],
)
def test_morphine_equivalents_a_day(
    drug: Drug, quantity: int, days: int | None, mme_milli: int | None
) -> None:
    line = FactLine(line=1, drug=drug, quantity=Decimal(quantity), days_supply=days)
    assert FACTORS.milli_per_day(line, TODAY) == mme_milli
