"""The plan of a campaign: seeded, complete, and without faults that undo each other."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.faults.kinds import KINDS, WEIGHTS
from infra.faults.kinds.processes import Zombie
from infra.faults.plan import Bout, Plan
from infra.faults.stage import RUNNING_NOW

DECK = sum(WEIGHTS.values())


def _bouts(plan: Plan, count: int) -> list[Bout]:
    return list(itertools.islice(plan.bouts(), count))


@given(st.integers(0, 1_000_000))
def test_the_same_seed_gives_the_same_faults(seed: int) -> None:
    assert _bouts(Plan(seed), 40) == _bouts(Plan(seed), 40)


def test_another_seed_gives_others() -> None:
    assert _bouts(Plan(1), 20) != _bouts(Plan(2), 20)


@given(st.integers(0, 1_000_000))
def test_every_kind_strikes_in_its_proportion(seed: int) -> None:
    cards = [card for bout in _bouts(Plan(seed), 4 * DECK) for card in bout.cards]
    numbers = sorted(card.number for card in cards)
    assert numbers[: DECK * 2] == list(range(1, DECK * 2 + 1)), "none is lost, none comes twice"
    drawn = Counter(card.kind for card in cards if card.number <= 2 * DECK)
    assert drawn == {name: 2 * WEIGHTS[kind] for name, kind in KINDS.items()}


@given(st.integers(0, 1_000_000))
def test_faults_of_one_bout_do_not_undo_each_other(seed: int) -> None:
    for bout in _bouts(Plan(seed), 200):
        used: Counter[str] = Counter()
        for card in bout.cards:
            used.update(KINDS[card.kind].uses(card.target))
        assert max(used.values(), default=0) <= 1, bout
        assert sum(card.kind == Zombie.name for card in bout.cards) <= 1
        assert bout.cards[0].after_s == 0


def test_every_process_is_killed_and_every_target_is_hit() -> None:
    cards = [card for bout in _bouts(Plan(5), 1_500) for card in bout.cards]
    for name, kind in KINDS.items():
        assert {card.target for card in cards if card.kind == name} == set(kind.targets()), name
    assert {card.target for card in cards if card.kind == "kill"} == set(RUNNING_NOW)


def test_the_quick_form_has_each_kind_once() -> None:
    plan = Plan(3, once=True)
    assert set(plan.weights().values()) == {1}
    cards = [card for bout in _bouts(plan, 60) for card in bout.cards]
    assert {card.kind for card in cards if card.number <= len(KINDS)} == set(KINDS)


def test_only_the_kinds_that_were_asked_for() -> None:
    cards = [card for bout in _bouts(Plan(1, ("kill", "cut")), 30) for card in bout.cards]
    assert {card.kind for card in cards} == {"kill", "cut"}


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_kind_says_what_it_proves(kind) -> None:
    assert all((kind.name, kind.family, kind.proves))
    assert kind.targets()
    assert 0 <= kind.hold_s[0] <= kind.hold_s[1]
    assert (kind.__doc__ or kind.proves).strip()
