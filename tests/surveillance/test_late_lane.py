"""The late lane: what goes into it, and what a re-run makes of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.contracts.alerts import AlertChange, AlertRaised, AlertRetracted, AlertRevised
from services.contracts.facts import Fact, FactRecorded, FactWithdrawn
from services.kernel.log.language import published_language
from services.surveillance.findings import EPISODE_DAYS_MAX
from services.surveillance.late.lane import is_too_late
from services.surveillance.late.rerun import Rerun
from services.surveillance.parameters import Document, Parameters
from services.surveillance.rules import RULES
from services.surveillance.timeline import HORIZON_DAYS
from tests.surveillance.artificial import (
    TRAMADOL,
    at,
    dispensed,
    parameters,
    withdrawn,
)
from tests.surveillance.late_network import Network
from tests.surveillance.lives import life

MPE = parameters("mpe", practices_min=2, pharmacies_min=2, window_days=30, rearm_days=30)
CODEC = published_language()


def visit(when: float, place: int) -> FactRecorded:
    """An opioid from a practice and a pharmacy of their own."""
    return dispensed(TRAMADOL, when, 5, practice_id=f"0000{place}", pharmacy_id=f"P000{place}")


LATER = HORIZON_DAYS + 100


def told_late(fact: FactRecorded, days: float = LATER) -> FactRecorded:
    """The same fact, recorded days after it happened."""
    return replace(fact, recorded_at=fact.recorded_at + timedelta(days=days))


# --- what goes into it ----------------------------------------------------------------------------


def test_what_happened_one_day_before_the_horizon_is_too_late_for_the_timeline() -> None:
    """24 months before the newest fact, to the day: local midnight decides."""
    network = Network(MPE)
    network.tell(visit(HORIZON_DAYS, 1))
    midnight, minute_before = dispensed(when=at(0, 0)), dispensed(when=at(-1, 23, 59))
    assert not is_too_late(network.state, midnight)
    assert is_too_late(network.state, minute_before)
    network.tell(midnight, minute_before)
    assert network.state.timeline[0].fact_id == midnight.fact_id
    late = network.lane[minute_before.fact_id]
    assert (late.offset, late.occurred_at) == (2, minute_before.occurred_at)


def test_what_happened_among_settled_alerts_is_too_late_for_them() -> None:
    """The timeline takes it, nothing would be told of it; again to the day."""
    network, settled = Network(MPE), MPE.settled_days
    assert settled == 180 + 30 + 90 + 274
    network.tell(visit(HORIZON_DAYS, 1))
    last, in_time = dispensed(when=at(settled - 1, 23, 59)), dispensed(when=at(settled, 0))
    network.tell(last, in_time, last, withdrawn(in_time), withdrawn(last))
    assert list(network.lane) == [last.fact_id]
    assert (network.lane[last.fact_id].offset, network.lane[last.fact_id].withdrawn_offset) == (
        1,
        5,
    )


def test_orderly_repeated_and_unknown_facts_are_not_late() -> None:
    network = Network(MPE)
    first = visit(0, 1)
    network.tell(first, first, visit(10, 2), replace(visit(-900, 2), kind="UNKNOWN"))
    network.tell(withdrawn(first), withdrawn(first))
    assert network.lane == {}


def test_a_late_fact_that_is_withdrawn_is_marked() -> None:
    """Told twice and withdrawn twice: one entry, with the first of each."""
    network, late = Network(MPE), visit(0, 1)
    network.tell(visit(LATER, 1), late, late, withdrawn(late), withdrawn(late))
    (kept,) = network.lane.values()
    assert (kept.offset, kept.withdrawn_offset) == (1, 3)
    assert kept.withdrawn_at == withdrawn(late).recorded_at
    assert network.rerun().changes == ()


def test_a_withdrawal_of_what_was_forgotten_is_late() -> None:
    network, old = Network(MPE), visit(0, 1)
    network.tell(old, visit(LATER, 1), withdrawn(old, after_days=LATER))
    (kept,) = network.lane.values()
    assert (kept.fact_id, kept.offset, kept.withdrawn_offset) == (old.fact_id, None, 2)
    assert network.rerun().withdrawn == {old.fact_id}


# --- what a re-run makes of it --------------------------------------------------------------------


def test_a_late_fact_raises_an_alert_with_its_evidence() -> None:
    network, late = Network(MPE), told_late(visit(3, 2))
    network.tell(visit(0, 1), visit(LATER, 1), late)
    assert network.published == {}
    (raised,) = network.take().changes
    assert isinstance(raised, AlertRaised)
    assert raised.revision == 1
    assert raised.occurred_at == late.recorded_at
    assert late.fact_id in {evidence.fact_id for evidence in raised.evidence}


def test_a_late_fact_changes_a_settled_alert_and_another_one_ends_it() -> None:
    """An episode that begins earlier is another alert: the one that was told is taken back."""
    network = Network(MPE)
    network.tell(visit(0, 1), visit(3, 2), visit(LATER, 1))
    (alert,) = network.open.values()
    network.tell(told_late(visit(5, 1)))
    (revised,) = network.take().changes
    assert isinstance(revised, AlertRevised)
    assert (revised.alert_id, revised.revision) == (alert.alert_id, 2)
    network.tell(earlier := told_late(visit(-2, 2), LATER + 10))
    retracted, raised = network.take().changes
    assert isinstance(retracted, AlertRetracted)
    assert (retracted.alert_id, retracted.revision) == (alert.alert_id, 3)
    assert retracted.cause_fact_id == earlier.fact_id
    assert isinstance(raised, AlertRaised)


def test_a_late_withdrawal_takes_a_settled_alert_back() -> None:
    network, second = Network(MPE), visit(3, 2)
    network.tell(visit(0, 1), second, visit(LATER, 1))
    network.tell(withdrawal := withdrawn(second, after_days=LATER))
    (retracted,) = network.take().changes
    assert isinstance(retracted, AlertRetracted)
    assert retracted.occurred_at == withdrawal.recorded_at
    assert network.open == {}


def test_what_the_lane_raised_is_taken_back_with_its_fact() -> None:
    """The lane goes on from its own revision."""
    network, late = Network(MPE), told_late(visit(3, 2))
    network.tell(visit(0, 1), visit(LATER, 1), late)
    network.take()
    network.tell(withdrawn(late))
    (retracted,) = network.take().changes
    assert isinstance(retracted, AlertRetracted)
    assert (retracted.revision, retracted.cause_fact_id) == (2, late.fact_id)
    assert network.rerun() == Rerun()


def test_what_the_lane_raised_moves_with_what_comes_later_still() -> None:
    """A fact from before makes the episode begin earlier: another alert takes the place."""
    network = Network(MPE)
    network.tell(visit(0, 1), visit(LATER, 1), told_late(visit(3, 2)))
    (first,) = network.take().changes
    network.tell(told_late(visit(-2, 2)))
    retracted, raised = network.take().changes
    assert (type(retracted), retracted.alert_id) == (AlertRetracted, first.alert_id)
    assert raised.episode_start < first.episode_start
    assert list(network.open) == [raised.alert_id]


def test_an_alert_the_engine_still_holds_is_not_the_lanes() -> None:
    network = Network(MPE)
    network.tell(visit(LATER, 1), visit(LATER + 3, 2), told_late(visit(0, 1)))
    assert len(network.state.alerts) == 1
    assert network.rerun().changes == ()


def test_a_repeat_of_what_was_forgotten_changes_nothing() -> None:
    """All facts published once more, as after a broker's loss: they wait in the lane and mean
    nothing."""
    network = Network(MPE)
    facts = [visit(0, 1), visit(3, 2), visit(LATER, 1)]
    network.tell(*facts, *facts)
    assert set(network.lane) == {fact.fact_id for fact in facts[:2]}
    assert network.rerun() == Rerun()
    network.tell(withdrawn(facts[1], after_days=LATER))
    assert [type(change) for change in network.take().changes] == [AlertRetracted]


def test_a_rerun_gives_the_same_bytes_until_it_is_published_and_nothing_then() -> None:
    network = Network(MPE)
    network.tell(visit(0, 1), visit(LATER, 1), told_late(visit(3, 2)))
    once, again = network.rerun(), network.rerun()
    assert [CODEC.encode(c) for c in once.changes] == [CODEC.encode(c) for c in again.changes]
    assert network.take() == once
    assert network.rerun().changes == ()


# --- late history ends as orderly history ---------------------------------------------------------

SENSITIVE = parameters(
    *(rule.name for rule in RULES),
    practices_min=2,
    pharmacies_min=2,
    overlap_days_min=2,
)


def said(open_alerts: dict[str, AlertChange]) -> dict[str, object]:
    """Identity and content, without the count of revisions."""
    return {
        i: (c.episode_start, c.episode_end, c.severity, c.evidence, c.figures)
        for i, c in open_alerts.items()
    }


def in_order(facts: Iterable[FactRecorded]) -> list[FactRecorded]:
    return sorted(facts, key=lambda fact: (fact.occurred_at, fact.fact_id))


WHOLE_EPISODES = Parameters(
    Document(
        rules={
            planned.rule.name: SENSITIVE.document.rules[planned.rule.name]
            for planned in SENSITIVE.plan
            if all(v.reach_days + EPISODE_DAYS_MAX < HORIZON_DAYS for v in planned.versions)
        }
    ),
    SENSITIVE.classes,
)
"""Of a rule that reaches further, orderly facts as well are told of until an alert settles only."""


def busy_life(seed: int) -> list[FactRecorded]:
    """Forty facts in four years: almost every pair of them is within some rule's reach."""
    return list({fact.fact_id: fact for fact in life(seed, days=1500, facts=40)}.values())


def late_history(facts: list[FactRecorded], random: Random) -> list[Fact]:
    """Two in three facts in order, the others held back for any time; some withdrawn, some of
    these very late, some repeated."""
    end = max((fact.recorded_at for fact in facts), default=at(0))
    told: list[tuple[datetime, Fact]] = []
    for fact in facts:
        held_back = random.random() if random.randrange(3) == 0 else 0.0
        recorded = fact.recorded_at + (end - fact.recorded_at) * held_back
        known = replace(fact, recorded_at=recorded)
        told.append((recorded, known))
        if random.randrange(5) == 0:
            gone = recorded + (end - recorded) * random.random()
            withdrawal = replace(withdrawn(known), occurred_at=gone, recorded_at=gone)
            told.append((gone, withdrawal))
            told.append((end, withdrawal))
        if random.randrange(5) == 0:
            told.append((end, known))
    return [fact for _, fact in sorted(told, key=lambda item: item[0])]


@settings(deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 4))
def test_late_history_through_the_lane_ends_as_orderly_history(seed: int, reruns: int) -> None:
    """However late what came, and however often the lane was taken meanwhile, what is published in
    the end is what a whole history in order has published."""
    facts, random = busy_life(seed), Random(seed)
    history = late_history(facts, random)
    late, orderly = Network(WHOLE_EPISODES), Network(WHOLE_EPISODES)
    for part in range(reruns):
        first, last = (len(history) * (part + n) // reruns for n in (0, 1))
        late.tell(*history[first:last])
        late.take()
    gone = {fact.fact_id for fact in history if isinstance(fact, FactWithdrawn)}
    holding = [fact for fact in in_order(facts) if fact.fact_id not in gone]
    orderly.tell(*holding)
    assert orderly.lane == {}
    assert said(late.open) == said(orderly.open)
    assert late.rerun() == Rerun()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_the_lane_never_tells_of_an_alert_the_engine_holds(seed: int) -> None:
    """With every rule."""
    network = Network(SENSITIVE)
    network.tell(*late_history(busy_life(seed), Random(seed)))
    changed = {change.alert_id for change in network.take().changes}
    assert not changed & network.state.alerts.keys()
