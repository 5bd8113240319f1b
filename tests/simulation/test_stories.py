"""Every way a story can go, told against the real APIs, the real judge and the real rules."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from services.kernel.clock import now
from services.simulation.acts import Script, one
from services.simulation.behaviours import BEHAVIOURS, Behaviour, ordinary
from services.simulation.counters import WAYS, Way
from services.simulation.course import Course
from services.simulation.expectations import Expectations
from services.simulation.schemes import SCHEMES, Scheme
from services.simulation.setting import Setting
from services.simulation.treatments import ACUTE
from tests.simulation.network_in_memory import COUNTRY, Network

SEEDS = (1, 2)


@pytest.fixture
async def network() -> AsyncIterator[Network]:
    made = Network()
    async with made.client:
        yield made


def course(script: Script, key: str) -> Course:
    return Course("story", f"test-run.{key}", script, Expectations(COUNTRY.law, COUNTRY.catalogue))


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.name)
async def test_a_planted_story_raises_its_alert_and_no_other(
    network: Network, scheme: Scheme
) -> None:
    for seed in SEEDS:
        told = course(scheme.script(Setting.of(COUNTRY, seed, seed, now())), f"{seed}")
        assert await network.tell(told) == []
        assert told.is_whole
    asking = [rule for rules in network.log.open_alerts().values() for rule in rules]
    counted = [
        rule for rules in network.log.open_alerts(statistics=True).values() for rule in rules
    ]
    assert set(asking) <= ({scheme.rule} if scheme.is_found else set())
    assert [*asking, *counted].count(scheme.rule) == (len(SEEDS) if scheme.is_found else 0)


async def test_what_is_taken_back_was_raised_before(network: Network) -> None:
    (scheme,) = (scheme for scheme in SCHEMES if scheme.name == "taken-back")
    await network.tell(course(scheme.script(Setting.of(COUNTRY, 1, 1, now())), "1"))
    found = [change for change in network.log.changes if change.rule == scheme.rule]
    assert [type(change).__name__ for change in found] == ["AlertRaised", "AlertRetracted"]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_every_way_is_answered_as_expected_and_raises_nothing(
    network: Network, way: Way
) -> None:
    setting = Setting.of(COUNTRY, 4, 4, now())

    def story() -> Script:
        issued = yield from one(setting.issue(ACUTE[0], setting.any_practice()))
        yield from way(setting, issued)

    told = course(story(), "way")
    assert await network.tell(told) == []
    assert told.is_whole
    assert network.log.open_alerts() == {}


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.__name__)
async def test_ordinary_lives_raise_nothing(network: Network, behaviour: Behaviour) -> None:
    for seed in SEEDS:
        told = course(behaviour(Setting.of(COUNTRY, seed, seed, now())), f"{seed}")
        assert await network.tell(told) == []
    assert network.log.open_alerts() == {}


def test_the_same_seed_gives_the_same_country() -> None:
    assert first_acts(seed=5) == first_acts(seed=5)
    assert first_acts(seed=5) != first_acts(seed=6)


def first_acts(seed: int) -> list[object]:
    moment = datetime(2026, 11, 22, 3, tzinfo=UTC)
    acts: list[object] = []
    for number in range(30):
        name, script = ordinary(Setting.of(COUNTRY, seed, number, moment))
        acts.append((name, next(script)))
    return acts


def test_every_province_has_all_a_story_needs() -> None:
    assert len(COUNTRY.regions) == 34
    for region in COUNTRY.regions:
        assert region.hospital.has_beds
        assert {"general", "paediatrics", "traditional-medicine"} <= set(region.clinics)
        assert len(region.pharmacies) >= 5
        far = COUNTRY.far_from(region, random.Random(1))
        assert abs(far.province.latitude - region.province.latitude) >= 4
