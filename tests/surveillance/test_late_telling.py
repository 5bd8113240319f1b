"""What `rxlog late` says, in both languages."""

from __future__ import annotations

from datetime import timedelta

from services.contracts.alerts import AlertRaised, AlertRetracted, AlertRevised, Evidence
from services.surveillance.late.rerun import Rerun
from services.surveillance.late.telling import EVIDENCE_TOLD_MAX, day, of_patient
from tests.surveillance.artificial import PATIENT, at

EVIDENCE = tuple(
    Evidence(
        fact_id=f"fact-{number:02d}",
        prescription_code="01001mau0001-c",
        occurred_at=at(0) + timedelta(days=number),
        facility_id="01P01",
        note="cách 88 km / 88 km away",
    )
    for number in range(EVIDENCE_TOLD_MAX + 3)
)
SAID = {
    "change_id": "impossible-travel-1.2",
    "alert_id": "impossible-travel-1",
    "revision": 2,
    "rule": "impossible-travel",
    "rule_version": "1/2020-01-01",
    "severity": "S2",
    "subject_kind": "patient",
    "subject": PATIENT,
    "episode_start": at(0),
    "episode_end": at(12),
    "evidence": EVIDENCE,
    "occurred_at": at(900),
}
CAME_TO = Rerun(
    (AlertRetracted(**SAID, cause_fact_id="fact-12"), AlertRevised(**SAID), AlertRaised(**SAID)),
    frozenset({"fact-12"}),
    frozenset({"fact-00"}),
)


def test_each_change_is_told_with_its_rule_its_days_and_its_newest_evidence() -> None:
    lines = [*of_patient(PATIENT, CAME_TO, "en")]
    assert lines[0] == f"{PATIENT}: 1 late facts, 1 late withdrawals, 3 alerts differ"
    heads = [line for line in lines if line.startswith("  ") and not line.startswith("    ")]
    assert [head.split(":")[0].strip() for head in heads] == ["ended", "changed", "raised"]
    assert "[impossible-travel 1/2020-01-01, S2] 2026-01-01 – 2026-01-13" in heads[0]
    assert lines[2] == "    and 3 more facts"
    assert lines[3] == "    2026-01-04 01P01 88 km away fact-03"
    assert lines[2 + EVIDENCE_TOLD_MAX] == "    2026-01-13 01P01 88 km away fact-12 (came late)"


def test_it_is_told_in_vietnamese_as_well() -> None:
    text = "\n".join(of_patient(PATIENT, CAME_TO, "vi"))
    for words in ("kết thúc: ", "thay đổi: ", "báo mới: ", "cách 88 km fact-12 (đến muộn)"):
        assert words in text
    assert "88 km away" not in text


def test_nothing_is_said_of_whom_nothing_changes_for() -> None:
    assert [*of_patient(PATIENT, Rerun(late=frozenset({"fact-12"})), "en")] == []


def test_a_day_is_a_local_one_and_withdrawals_alone_have_none() -> None:
    assert day(at(0, 0)) == "2026-01-01"
    assert day(None) == "-"
