"""Any order, repetition, withdrawal and void-and-resend end in the same alerts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.contracts.alerts import SUPPRESSED_BY
from services.contracts.facts import Fact, FactRecorded
from services.surveillance.engine import evaluate, hits
from services.surveillance.rules import RULES
from services.surveillance.timeline import OpenAlert, PatientState, Timeline, epoch_ms, insert
from tests.surveillance.artificial import (
    CLASSES,
    PATIENT,
    Board,
    at,
    parameters,
    version,
    withdrawn,
)
from tests.surveillance.lives import lives

LOW = {"practices_min": 2, "pharmacies_min": 2, "overlap_days_min": 2}
SENSITIVE = parameters(*(rule.name for rule in RULES), **LOW)
"""Limits so low that almost every life holds alerts."""

A_YEAR_LATER = parameters(*(rule.name for rule in RULES), until=at(120 + 365).date(), **LOW)
"""The same, and other numbers that have come into force since."""


def content(alerts: Mapping[str, OpenAlert]) -> dict[str, OpenAlert]:
    """Identity and everything said, without the count of revisions."""
    return {alert_id: replace(alert, revision=0) for alert_id, alert in alerts.items()}


def in_order(facts: Iterable[FactRecorded]) -> list[FactRecorded]:
    return sorted(facts, key=lambda fact: (fact.occurred_at, fact.fact_id))


def everything(facts: Iterable[FactRecorded]) -> Timeline:
    """The timeline of facts without any horizon."""
    entries = [insert(PatientState(patient_ref=PATIENT), f, CLASSES)[1] for f in in_order(facts)]
    return tuple(entry for entry in entries if entry is not None)


def disturbed(facts: list[FactRecorded], random: Random) -> tuple[list[Fact], list[FactRecorded]]:
    """The facts with repetitions, withdrawals and resends in any order, and those that hold."""
    told: list[Fact] = list(facts)
    holding: list[FactRecorded] = []
    for fact in facts:
        fate = random.randrange(4)
        if fate == 0:
            holding.append(fact)
            told.append(fact)
            continue
        if fate == 1:
            told.append(withdrawn(fact, after_days=random.randrange(3)))
            resent = replace(fact, fact_id=f"{fact.fact_id}-again")
            if random.randrange(2):
                told.append(resent)
                holding.append(resent)
            continue
        holding.append(fact)
    random.shuffle(told)
    return told, holding


def published(board: Board) -> dict[str, Any]:
    """What the changes alone say is open, in the form of the state."""
    return {
        alert_id: (
            epoch_ms(change.episode_start),
            epoch_ms(change.episode_end),
            [(e.fact_id, e.note) for e in change.evidence],
            change.figures,
            change.revision,
        )
        for alert_id, change in board.open.items()
    }


@settings(deadline=None)
@given(lives(days=120), st.integers(0, 2**32))
def test_disturbed_facts_end_in_the_alerts_of_orderly_ones(
    facts: list[FactRecorded], seed: int
) -> None:
    """The final alerts equal a fresh run over the facts that hold, and a batch evaluation."""
    told, holding = disturbed(facts, Random(seed))
    disorderly, orderly = Board(SENSITIVE), Board(SENSITIVE)
    disorderly.tell(*told)
    orderly.tell(*in_order(holding))
    assert disorderly.state.timeline == orderly.state.timeline
    assert content(disorderly.state.alerts) == content(orderly.state.alerts)
    batch = evaluate(orderly.state.timeline, PATIENT, SENSITIVE)
    assert content(disorderly.state.alerts) == content(batch)


@settings(max_examples=25, deadline=None)
@given(lives(days=120))
def test_exemptions_hide_nothing_from_the_record(facts: list[FactRecorded]) -> None:
    """Whatever a rule without exemptions finds is found with them too: told, or on record with the
    name of what exempts it."""
    board = Board(SENSITIVE)
    board.tell(*facts)
    for rule in RULES:
        found = hits(board.state.timeline, version(rule.name, **LOW))
        plain = hits(board.state.timeline, version(rule.name, exemptions=(), **LOW))
        assert [replace(hit, suppressed_by=()) for hit in found] == plain
    for alert in board.state.alerts.values():
        names = alert.figures.get(SUPPRESSED_BY, "")
        assert set(names.split(", ")) <= {*alert.figures["exemptions_considered"].split(", "), ""}
        assert not names or alert.severity == "S4"


@settings(max_examples=25, deadline=None)
@given(lives(days=120), st.integers(0, 2**32))
def test_the_changes_alone_tell_what_is_open(facts: list[FactRecorded], seed: int) -> None:
    """Whoever follows the changes knows exactly what the state holds, revisions included."""
    board = Board(SENSITIVE)
    told, _ = disturbed(facts, Random(seed))
    board.tell(*told)
    assert published(board) == {
        alert_id: (
            alert.start,
            alert.end,
            [(proof.fact_id, proof.note) for proof in alert.evidence],
            alert.figures,
            alert.revision,
        )
        for alert_id, alert in board.state.alerts.items()
    }


@settings(max_examples=25, deadline=None)
@given(lives(days=120), st.integers(0, 2**32))
def test_a_replay_a_year_later_tells_the_same(facts: list[FactRecorded], seed: int) -> None:
    """Given a log and the numbers of its time, when it is folded again after other numbers came
    into force, then every change is told in the same words."""
    told, _ = disturbed(facts, Random(seed))
    then, later = Board(SENSITIVE), Board(A_YEAR_LATER)
    for fact in told:
        assert later.tell(fact) == then.tell(fact)
    assert later.state == then.state


@settings(max_examples=25, deadline=None)
@given(lives(days=1300, most=40), st.integers(0, 2**32))
def test_forgetting_after_two_years_changes_no_alert_that_can_still_change(
    facts: list[FactRecorded], seed: int
) -> None:
    """Over three and a half years: the same state in any order, and of all alerts a full history
    would find, exactly those that have not settled."""
    told, holding = disturbed(facts, Random(seed))
    one, other = Board(SENSITIVE), Board(SENSITIVE)
    one.tell(*told)
    other.tell(*reversed(told))
    for name in ("since_day", "timeline", "withdrawn"):
        assert getattr(one.state, name) == getattr(other.state, name)
    assert content(one.state.alerts) == content(other.state.alerts)
    full = evaluate(everything(holding), PATIENT, SENSITIVE)
    kept = {i: alert for i, alert in full.items() if alert.settles_on > one.state.since_day}
    assert content(one.state.alerts) == content(kept)
