"""The engine: what is said about alerts, once, and what it rests on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.contracts.alerts import SUPPRESSED_BY, AlertRaised, AlertRetracted, AlertRevised
from services.surveillance.engine import apply, evaluate
from services.surveillance.findings import EVIDENCE_MAX
from services.surveillance.parameters import Document, Parameters
from services.surveillance.timeline import PatientState, decode, encode, epoch_ms, insert
from tests.surveillance.artificial import (
    CLASSES,
    DIAZEPAM,
    PATIENT,
    TRAMADOL,
    Board,
    alerts,
    at,
    dispensed,
    parameters,
    prescribed,
    suppressed,
    withdrawn,
)


def cob_entries(*changes: dict[str, Any]) -> Parameters:
    """The shipped entry of `cob`, once per change."""
    shipped = parameters("cob").at(at(0))["cob"]
    entry = {
        "effective_from": date(2020, 1, 1),
        "enabled": True,
        "mode": "advisory",
        "source": "test",
        "exemptions": [],
        "exemption_days": 0,
        "rearm_days": shipped.rearm_days,
        "limits": shipped.limits.model_dump(),
    }
    entries = [{**entry, **change} for change in changes]
    return Parameters(Document.model_validate({"rules": {"cob": entries}}), CLASSES)


def test_raised_revised_retracted() -> None:
    """One alert through its life: the identity stays, the revision counts up."""
    board = Board(parameters("cob"))
    opioid, benzodiazepine = dispensed(TRAMADOL, 0), dispensed(DIAZEPAM, 1)
    (raised,) = board.tell(opioid, benzodiazepine)
    more = dispensed(DIAZEPAM, 20)
    (revised,) = board.tell(more)
    gone = withdrawn(opioid)
    (retracted,) = board.tell(gone)
    assert isinstance(raised, AlertRaised)
    assert isinstance(revised, AlertRevised)
    assert isinstance(retracted, AlertRetracted)
    assert raised.alert_id == revised.alert_id == retracted.alert_id
    assert [c.revision for c in board.changes] == [1, 2, 3]
    assert [c.change_id for c in board.changes] == [f"{raised.alert_id}.{n}" for n in (1, 2, 3)]
    assert (raised.subject_kind, raised.subject) == ("patient", PATIENT)
    assert raised.rule_version == "1/2020-01-01"
    assert retracted.cause_fact_id == opioid.fact_id
    assert retracted.evidence == revised.evidence
    assert (raised.occurred_at, revised.occurred_at, retracted.occurred_at) == (
        benzodiazepine.recorded_at,
        more.recorded_at,
        gone.recorded_at,
    )


def test_evidence_names_the_fact_its_time_and_its_place() -> None:
    """Everything a regulator needs to look it up."""
    opioid = dispensed(TRAMADOL, 0, pharmacy_id="01P07")
    board = Board(parameters("cob"))
    (raised,) = board.tell(opioid, dispensed(DIAZEPAM, 1))
    evidence = raised.evidence[0]
    assert evidence.fact_id == opioid.fact_id
    assert evidence.prescription_code == opioid.prescription_code
    assert evidence.occurred_at == opioid.occurred_at
    assert evidence.facility_id == "01P07"
    assert evidence.note == "opioid N02AX02, 30 ngày / opioid N02AX02, 30 days"


def test_a_repeated_fact_says_nothing() -> None:
    """The same fact id again changes neither the state nor the alerts."""
    board = Board()
    facts = (dispensed(TRAMADOL, 0), dispensed(DIAZEPAM, 1))
    board.tell(*facts)
    before = board.state
    assert board.tell(*facts, facts[0]) == ()
    assert board.state == before


def test_a_withdrawal_that_comes_first_is_remembered() -> None:
    """The fact it takes back never counts, however often it is told."""
    opioid = dispensed(TRAMADOL, 0)
    board = Board()
    board.tell(withdrawn(opioid), opioid, dispensed(DIAZEPAM, 0), opioid)
    assert not board.changes
    assert len(board.state.timeline) == 1


def test_an_alert_raised_again_goes_on_counting_revisions() -> None:
    """A change id is never used for two different changes."""
    board = Board(parameters("cob"))
    opioid = dispensed(TRAMADOL, 0)
    board.tell(opioid, dispensed(DIAZEPAM, 1))
    cancer = prescribed(TRAMADOL, -1, treatment="CANCER")
    board.tell(cancer)
    (on_record,) = board.open.values()
    assert (on_record.severity, on_record.figures[SUPPRESSED_BY]) == ("S4", "cancer")
    board.tell(withdrawn(cancer))
    (alert,) = board.open.values()
    assert not alert.is_suppressed
    assert [(type(c).__name__, c.is_suppressed, c.revision) for c in board.changes] == [
        ("AlertRaised", False, 1),
        ("AlertRetracted", False, 2),
        ("AlertRaised", True, 1),
        ("AlertRetracted", True, 2),
        ("AlertRaised", False, 3),
    ]
    assert board.changes[1].cause_fact_id == cancer.fact_id


def test_what_is_exempt_stays_apart_from_what_is_not() -> None:
    """Two patterns in one pause, of which cancer explains only the later: an alert about the one,
    the other on record, and neither moves the start of the other."""
    before = [dispensed(TRAMADOL, 0, 10), dispensed(DIAZEPAM, 0, 10)]
    after = [dispensed(TRAMADOL, 20, 10, treatment="CANCER"), dispensed(DIAZEPAM, 20, 10)]
    (alert,) = alerts("cob", [*before, *after])
    (on_record,) = suppressed("cob", [*before, *after])
    assert [proof.fact_id for proof in alert.evidence] == [fact.fact_id for fact in before]
    assert on_record.start == epoch_ms(after[1].occurred_at)
    assert on_record.severity == "S4"


def test_a_late_fact_moves_the_start_of_an_episode() -> None:
    """The pattern began earlier than it seemed: the old alert goes, the right one comes."""
    board = Board(parameters("cob"))
    board.tell(dispensed(TRAMADOL, 0), dispensed(DIAZEPAM, 15))
    retracted, raised = board.tell(dispensed(DIAZEPAM, 2))
    assert isinstance(retracted, AlertRetracted)
    assert isinstance(raised, AlertRaised)
    assert raised.episode_start == at(2)


def test_a_rule_in_shadow_only_counts() -> None:
    """Severity S4, and the mode is said."""
    facts = [dispensed(TRAMADOL, 0), dispensed(DIAZEPAM, 1)]
    (alert,) = alerts("cob", facts, mode="shadow")
    assert (alert.severity, alert.figures["mode"]) == ("S4", "shadow")
    assert not alerts("cob", facts, enabled=False)


def test_event_time_decides_which_parameters_apply() -> None:
    """A fact before the change of parameters is judged by the old ones, whenever it arrives."""
    limits = parameters("cob").at(at(0))["cob"].limits.model_dump()
    dated = cob_entries(
        {"limits": {**limits, "overlap_days_min": 20}},
        {"effective_from": date(2026, 3, 1), "limits": {**limits, "overlap_days_min": 5}},
    )
    (before, after) = (date(2026, 2, 28) - date(2026, 1, 1)).days, 59
    assert at(after).date() == date(2026, 3, 1)
    for day, expected in ((before, []), (after, ["1/2026-03-01"])):
        board = Board(dated)
        board.tell(dispensed(TRAMADOL, day, 10), dispensed(DIAZEPAM, day, 10))
        assert [alert.rule_version for alert in board.alerts] == expected


def test_an_episode_ends_where_its_parameters_end() -> None:
    """Each version of the parameters has alerts of its own."""
    dated = cob_entries({}, {"effective_from": date(2026, 3, 1)})
    board = Board(dated)
    for day in (50, 58, 59, 70):
        board.tell(dispensed(TRAMADOL, day), dispensed(DIAZEPAM, day))
    assert [(a.rule_version, a.figures["hits"]) for a in board.alerts] == [
        ("1/2020-01-01", "3"),
        ("1/2026-03-01", "4"),
    ]


def test_an_alert_lists_its_newest_evidence_and_counts_the_rest() -> None:
    """A list without end helps nobody."""
    state = PatientState(patient_ref=PATIENT)
    for n in range(EVIDENCE_MAX + 5):
        fact = dispensed(TRAMADOL, at(n), practice_id=f"{n % 5}", pharmacy_id=f"P{n % 5}")
        state, newest = insert(state, fact, CLASSES)
    (alert,) = evaluate(state.timeline, PATIENT, parameters("mpe")).values()
    assert len(alert.evidence) == EVIDENCE_MAX
    assert newest is not None
    assert alert.evidence[-1].fact_id == newest.fact_id
    assert alert.figures["evidence_facts"] == str(EVIDENCE_MAX + 5)


def test_alerts_settle_in_silence() -> None:
    """Years later the alert stands as published: growing old is no reason to take it back."""
    board = Board(parameters("cob"))
    board.tell(dispensed(TRAMADOL, 0), dispensed(DIAZEPAM, 1))
    board.tell(dispensed(DIAZEPAM, 500))
    assert not board.state.alerts
    assert len(board.open) == 1
    assert board.tell(dispensed(TRAMADOL, 900)) == ()
    assert len(board.state.timeline) == 2


def test_a_pattern_that_never_pauses_is_reported_anew_every_half_year() -> None:
    """Three years without a pause: never silent, and no alert without end."""
    board = Board(parameters("cob"))
    for month in range(36):
        board.tell(dispensed(TRAMADOL, 30 * month), dispensed(DIAZEPAM, 30 * month))
    starts = sorted(change.episode_start.date() for change in board.open.values())
    assert [(start.year, start.month) for start in starts] == [
        (2026, 1), (2026, 7), (2027, 1), (2027, 7), (2028, 1), (2028, 7),
    ]  # fmt: skip
    assert not any(isinstance(change, AlertRetracted) for change in board.changes)
    assert len(board.state.timeline) <= 2 * 25


def test_what_a_batch_finds_is_what_the_engine_holds() -> None:
    """`evaluate` on the final timeline, without the engine's history."""
    board = Board()
    board.tell(*(dispensed(TRAMADOL, 5 * n, practice_id=f"{n}") for n in range(4)))
    fresh = evaluate(board.state.timeline, PATIENT, board.parameters, board.state.since_day)
    assert fresh.keys() == board.state.alerts.keys()


def test_the_state_survives_its_encoding() -> None:
    """Equal states have equal bytes, and come back whole."""
    board = Board()
    opioid = dispensed(TRAMADOL, 0, pharmacy_latitude=21.03, pharmacy_longitude=105.85)
    board.tell(opioid, dispensed(DIAZEPAM, 1), withdrawn(dispensed(TRAMADOL, 2)))
    assert decode(encode(board.state)) == board.state
    assert encode(decode(encode(board.state))) == encode(board.state)


def test_a_fact_of_another_patient_is_refused() -> None:
    """Never mix two people."""
    state = PatientState(patient_ref="patient-mau-0043")
    with pytest.raises(ValueError, match="another patient"):
        apply(state, dispensed(TRAMADOL), Board().parameters)


def test_the_clock_is_never_asked() -> None:
    """Facts of a century hence are judged like any other."""
    far = timedelta(days=36_500)
    facts = [dispensed(TRAMADOL, at(0) + far), dispensed(DIAZEPAM, at(0) + far)]
    assert len(alerts("cob", facts)) == 1
