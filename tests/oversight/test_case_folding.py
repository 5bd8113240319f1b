"""Records of a fetch brought to their cases: how the log is cut makes no difference."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.decisions import CaseDecided, CaseStep
from services.oversight.cases.case import Case
from services.oversight.cases.folding import Folded, by_subject, statistics_only
from services.oversight.cases.reasons import REASONS
from services.oversight.cases.store import _encode
from services.oversight.projection import Changed
from tests.oversight.artificial import (
    OTHER_PATIENT,
    PATIENT,
    at,
    changed,
    raised,
    retracted,
    revised,
)
from tests.oversight.case_stories import told

Entry = Changed | CaseDecided


def decision(
    number: int,
    version: int,
    step: CaseStep,
    reason: str,
    *,
    subject: str = PATIENT,
    name: str = "d",
) -> CaseDecided:
    return CaseDecided(
        decision_id=f"{name}-{number}-{version}-{step}",
        subject=subject,
        case_number=number,
        case_version=version,
        step=step,
        reason=reason,
        informed=(told("AUTHORITY", "01TTR"),) if step in ("REFERRED", "NOTED") else (),
        decided_by="officer-mau-1",
        facility_id="01SYT",
        decided_at=at(),
    )


def fold(known: Sequence[Case], entries: Sequence[tuple[int, Entry]]) -> Folded:
    folded = Folded(by_subject(known))
    for offset, entry in entries:
        if isinstance(entry, CaseDecided):
            folded.take_decision(entry, partition=0, offset=offset, recorded_at=at(offset))
        else:
            folded.take_change(entry)
    return folded


def story(entries: Sequence[Entry]) -> list[tuple[int, Entry]]:
    placed: list[tuple[int, Entry]] = []
    for offset, entry in enumerate(entries):
        if isinstance(entry, CaseDecided):
            placed.append((offset, entry))
        else:
            placed.append((offset, changed(entry.change, offset, minute=offset)))
    return placed


def written(cases: Sequence[Case]) -> list[bytes]:
    """The bytes that are kept."""
    return [_encode(case) for case in sorted(cases, key=lambda case: case.number)]


def kept(bytes_: Sequence[bytes]) -> list[Case]:
    return [msgspec.json.decode(one, type=Case) for one in bytes_]


def test_a_decision_on_a_case_that_is_not_there_is_kept_with_its_ruling() -> None:
    folded = fold([], story([decision(100, 1, "CLOSED", "settled")]))
    assert [one.ruling for one in folded.decisions] == ["unknown-case"]
    assert folded.changed_cases() == []


def test_a_decision_of_another_subject_does_not_reach_a_case() -> None:
    entries = [changed(raised()), decision(100, 1, "CLOSED", "settled", subject=OTHER_PATIENT)]
    assert [one.ruling for one in fold([], story(entries)).decisions] == ["unknown-case"]


def test_only_cases_that_changed_are_written() -> None:
    entries = story([changed(raised(1)), changed(raised(2, subject=OTHER_PATIENT))])
    first = fold([], entries)
    assert [case.number for case in first.changed_cases()] == [100, 200]
    again = fold(first.changed_cases(), [(2, changed(raised(2, subject=OTHER_PATIENT), 2))])
    assert again.changed_cases() == []


def test_statistics_do_not_count_as_firing() -> None:
    folded = Folded({})
    folded.take_first_raise(changed(raised(1)))
    folded.take_first_raise(changed(raised(2, severity="S4")))
    folded.take_first_raise(changed(retracted(3, 1)))
    assert sum(folded.raised.values()) == 1


def test_a_firing_counts_for_the_local_day() -> None:
    folded = Folded({})
    folded.take_first_raise(changed(raised(1), minute=15 * 60 + 59))
    folded.take_first_raise(changed(raised(2), minute=16 * 60))
    assert [day.isoformat() for _, day, _ in folded.raised] == ["2026-11-16", "2026-11-17"]


def test_a_firing_counts_when_it_is_told_however_old_its_facts_are() -> None:
    folded = Folded({})
    folded.take_first_raise(changed(raised(1, occurred_at=at(-9 * 24 * 60))))
    assert [day.isoformat() for _, day, _ in folded.raised] == ["2026-11-16"]


def test_a_change_is_of_statistics_only_if_the_alert_was_nothing_else_before() -> None:
    changes = [
        changed(raised(1, severity="S4"), 0),
        changed(revised(1, 2, severity="S4"), 1),
        changed(revised(1, 3, severity="S3"), 2),
        changed(revised(1, 4, severity="S4"), 3),
        changed(revised(1, 5, severity="S4"), 4),
    ]
    assert statistics_only(changes, set()) == {"cob-0001.1", "cob-0001.2"}
    assert statistics_only(changes[3:], {"cob-0001"}) == set()


def test_who_heard_of_an_alert_hears_that_it_was_taken_back_also_as_a_statistic() -> None:
    changes = [
        changed(raised(1, severity="S2"), 0),
        changed(revised(1, 2, severity="S4"), 1),
        changed(retracted(1, 3, severity="S4"), 2),
    ]
    assert statistics_only(changes, set()) == set()


numbers = st.integers(1, 3)
severities = st.sampled_from(["S2", "S3", "S4"])
happenings = st.one_of(
    st.tuples(st.just("raised"), numbers, severities),
    st.tuples(st.just("revised"), numbers, severities),
    st.tuples(st.just("retracted"), numbers, severities),
    st.tuples(st.just("decided"), st.sampled_from(sorted(REASONS)), st.integers(0, 1)),
)


def _entries(happened: Sequence[tuple[str, object, object]]) -> list[tuple[int, Entry]]:
    """A story in which decisions are about the newest case as it is, or as it was just before."""
    made: list[Entry] = []
    revisions: dict[object, int] = {}
    for kind, what, how in happened:
        if kind == "decided":
            cases = fold([], story(made)).cases.get(("patient", PATIENT), ())
            if cases:
                reason = str(what)
                made.append(
                    decision(
                        cases[-1].number,
                        cases[-1].version - (1 if how else 0),
                        REASONS[reason].step,
                        reason,
                        name=f"d{len(made)}",
                    )
                )
            continue
        revisions[what] = revisions.get(what, 0) + 1
        make = {"raised": raised, "revised": revised, "retracted": retracted}[kind]
        made.append(changed(make(int(str(what)), revisions[what], severity=how)))
    return story(made)


@given(st.lists(happenings, max_size=14), st.data())
def test_how_the_log_is_cut_into_batches_makes_no_difference(
    happened: list[tuple[str, object, object]], data: st.DataObject
) -> None:
    entries = _entries(happened)
    whole = fold([], entries)
    cut = data.draw(st.integers(0, len(entries)))
    first = fold([], entries[:cut])
    second = fold(kept(written(first.changed_cases())), entries[cut:])
    both = {case.number: case for case in first.changed_cases()}
    both |= {case.number: case for case in second.changed_cases()}
    assert written(list(both.values())) == written(whole.changed_cases())
    assert [*first.decisions, *second.decisions] == whole.decisions


@given(st.lists(happenings, max_size=14))
def test_at_most_one_case_of_a_subject_is_not_sealed_and_no_alert_is_in_two_of_those(
    happened: list[tuple[str, object, object]],
) -> None:
    cases = fold([], _entries(happened)).changed_cases()
    unsealed = [case for case in cases if not case.is_sealed]
    assert unsealed in ([], cases[-1:])
    assert [case.number for case in cases] == sorted({case.number for case in cases})


@given(st.lists(happenings, max_size=14))
def test_nobody_is_owed_anything_about_what_stands_unless_it_was_cleared(
    happened: list[tuple[str, object, object]],
) -> None:
    for case in fold([], _entries(happened)).changed_cases():
        for duty in case.duties:
            stands = [name for name in duty.alerts if case.alerts[name].is_open]
            assert not stands or case.step in ("EXPLAINED", "FALSE_POSITIVE")
