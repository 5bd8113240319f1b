"""The journal of a campaign: resumable, tolerant of a torn end, and all that the report says."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.faults import report
from infra.faults.campaign import Campaign, Limits
from infra.faults.journal import Journal, Segment, Struck, Terms
from infra.problem import Problem


def _terms(**changes) -> Terms:
    given = {
        "seed": 7,
        "rate_per_s": 60.0,
        "began": "2026-11-22T08:00:00+00:00",
        "machine": "2 processors, 24 GB, Linux x86_64, Python 3.11.7",
        "disks": "mount",
    }
    return Terms(**(given | changes))


def _struck(number: int, **changes) -> Struck:
    given = {
        "number": number,
        "bout": number,
        "life": 1,
        "segment": 1,
        "kind": "kill",
        "family": "processes",
        "target": "claims",
        "detail": "",
        "at": "2026-11-22T08:00:00+00:00",
        "held_s": 0.0,
        "answered_s": 1.5,
        "drained_s": 2.0,
        "calls": 100,
    }
    return Struck(**(given | changes))


def _segment(number: int, **changes) -> Segment:
    given = {
        "segment": number,
        "life": 1,
        "faults": 2,
        "calls": 1000,
        "acknowledged": 800,
        "unknown": 20,
        "records": 900,
        "unreadable": 3,
        "lost": 0,
        "overlapping_grants": 0,
        "other_violations": 0,
        "linearizable": True,
        "operations_checked": 700,
        "rebuilds_compared": 1,
        "rebuilds_differing": 0,
        "seconds": 60.0,
        "checks_s": 5.0,
    }
    return Segment(**(given | changes))


def test_a_resumed_campaign_goes_on_with_the_next_bout(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path / "c", _terms(kinds=("kill", "cut")))
    journal.note_struck([_struck(1), _struck(2, bout=2)])
    journal.note_segment(_segment(1))
    journal.note_struck([_struck(3, bout=3, segment=2)])
    again = Journal.open(tmp_path / "c")
    assert again.terms == journal.terms
    assert again.struck == journal.struck
    assert (again.next_bout, again.next_segment, again.next_life) == (4, 3, 2)
    planned = [bout.number for bout, _ in zip(again.terms.plan().bouts(), range(5), strict=False)]
    assert planned == [1, 2, 3, 4, 5]


def test_a_torn_last_line_is_dropped_and_what_follows_is_whole(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path / "c", _terms())
    journal.note_struck([_struck(1)])
    with (tmp_path / "c" / "timeline.jsonl").open("ab") as file:
        file.write(b'{"number":2,"bout"')
    again = Journal.open(tmp_path / "c")
    assert [one.number for one in again.struck] == [1]
    again.note_struck([_struck(2)])
    assert [one.number for one in Journal.open(tmp_path / "c").struck] == [1, 2]


def test_a_folder_that_is_no_campaign_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="without --resume"):
        Journal.open(tmp_path)


def test_limits_end_a_run(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path / "c", _terms())
    assert Campaign(journal, Limits(faults=0), print)._is_over()
    assert Campaign(journal, Limits(seconds=-1.0), print)._is_over()
    assert not Campaign(journal, Limits(faults=1), print)._is_over()


def test_the_report_says_what_the_journal_holds(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path / "c", _terms())
    journal.note_struck([_struck(n, answered_s=float(n), drained_s=2.0 * n) for n in range(1, 21)])
    journal.note_struck([_struck(21, kind="cut", target="workers > Kafka", answered_s=None)])
    journal.note_segment(_segment(1, faults=21, records=900))
    journal.note_segment(_segment(2, faults=0, records=2000, linearizable=None))
    found = report.figures(journal)
    assert found["faults"] == 21
    assert found["totals"]["records"] == 2000, "a life's log is counted once"
    assert found["totals"]["calls"] == 2000
    assert found["totals"]["histories_checked"] == 1
    assert found["kinds"]["kill"]["answered_s"] == {"p50": 10.5, "p95": 19.0, "max": 20.0}
    assert found["kinds"]["cut"]["answered_s"] is None
    as_json, as_markdown = report.write(journal)
    text = as_markdown.read_text()
    assert as_json.exists()
    assert "| kill | 20 | 1 | 0.0 | 10.5 / 19.0 / 20.0 | 21.0 / 38.0 / 40.0 |" in text
    assert "| cut | 1 | 1 | 0.0 | not asked |" in text
    assert "| acknowledged and lost | **0** (a loss per fault below 14 % at 95 %) |" in text


def test_what_was_violated_is_in_the_report(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path / "c", _terms())
    journal.note_struck([_struck(1)])
    journal.note_segment(_segment(1, lost=2, overlapping_grants=1, rebuilds_differing=1))
    text = report.markdown(report.figures(journal))
    assert "| acknowledged and lost | **2** |" in text
    assert "| granted twice | **1** |" in text
    assert "| rebuilds compared, differing | 1, **1** |" in text


def test_a_race_has_its_section(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path / "c", _terms())
    journal.note_race(
        {
            "prescriptions": 500,
            "requests": 2000,
            "exactly_one_winner": 500,
            "losers_told_the_winner": 1500,
            "odd": 0,
            "seconds": 12.5,
            "requests_per_s": 160.0,
            "answered_s": {"p50": 0.1, "p95": 0.2, "max": 0.4},
            "faults": 0,
        }
    )
    text = report.markdown(report.figures(journal))
    assert "## Race" in text
    assert "## Fault campaign" not in text
    assert "| prescriptions with exactly one winner | **500** |" in text
