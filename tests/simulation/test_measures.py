"""Percentiles are exact; what was planted is compared with what is open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.simulation.acts import Answer, Reserve
from services.simulation.course import Course
from services.simulation.expectations import Expectations
from services.simulation.measures import Measures, percentile
from services.simulation.regulator import Regulator, SeenAlert
from services.simulation.run import Plan
from services.simulation.schemes import SCHEMES
from services.simulation.verification import verified
from tests.simulation.network_in_memory import COUNTRY

ACT = Reserve(by="01921", code="01901abcdefg-c", key="key-0001")


@pytest.mark.parametrize(
    ("percent", "expected"), [(0, 1), (1, 1), (50, 5), (90, 9), (90.1, 10), (99, 10), (100, 10)]
)
def test_a_percentile_is_the_nearest_rank(percent: float, expected: float) -> None:
    assert percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], percent) == expected


def test_no_values_have_no_percentile() -> None:
    assert percentile([], 99) == 0


def test_latencies_stay_in_order_and_counts_add_up() -> None:
    measures = Measures()
    granted = Answer(ACT, 201, {"verdict": "accepted", "result": "granted"})
    refused = Answer(ACT, 409, {"verdict": "refused", "result": "expired"})
    for answer, latency in ((granted, 30.0), (refused, 10.0), (granted, 20.0)):
        measures.took(answer, latency)
    measures.took(Answer(ACT, 0), 9_999.0)
    measures.went_wrong(["one", "two"])
    assert measures.latencies_ms == [10, 20, 30]
    assert (measures.records, measures.unanswered, measures.wrong_verdicts) == (3, 1, 2)
    assert measures.by_verdict() == {"accepted": 2, "refused": 1}
    assert measures.refusals == {"expired": 1}


def test_every_scheme_is_planted_as_often_in_the_first_part_of_a_run() -> None:
    plan = Plan(seconds=60, rate=50, seed=1, run="run-0001")
    planted = plan.planted()
    assert {scheme.name for _, scheme in planted} == {scheme.name for scheme in SCHEMES}
    assert len(planted) % len(SCHEMES) == 0
    places = [place for place, _ in planted]
    assert places == sorted(places)
    assert places[-1] < 0.6 * plan.records


class Desk(Regulator):
    """A regulator who has seen these alerts: (subject, rule)."""

    def __init__(self, *seen: tuple[str, str]) -> None:
        client: Any = None
        super().__init__(client, COUNTRY.regulator.facility_id)
        for number, (subject, rule) in enumerate(seen):
            alert = SeenAlert(str(number), rule, subject, "raised", "", "")
            self.alerts[alert.alert_id] = alert

    async def patient_of(self, code: str) -> str:
        return f"patient of {code}"


def planted_course(name: str, *, is_whole: bool = True) -> Course:
    (scheme,) = (scheme for scheme in SCHEMES if scheme.name == name)

    def nothing():
        yield from ()

    expectations = Expectations(COUNTRY.law, COUNTRY.catalogue)
    course = Course(name, name, nothing(), expectations, scheme)
    course.codes, course.is_whole = [name], is_whole
    return course


COB = "opioid-and-benzodiazepine"


async def test_the_right_alert_on_the_right_patient_is_right() -> None:
    courses = [planted_course(COB), planted_course("cancer-patient")]
    found = await verified(courses, Desk((f"patient of {COB}", "cob")), within_s=0)
    assert found.is_right


async def test_what_is_on_record_only_accuses_nobody() -> None:
    """Given a look-alike whom an exemption covers, then what is on record about it is no alert."""
    desk = Desk((f"patient of {COB}", "cob"), ("patient of cancer-patient", "cob"))
    desk.alerts["1"] = replace(desk.alerts["1"], is_statistics=True, is_exempt=True)
    courses = [planted_course(COB), planted_course("cancer-patient")]
    assert (await verified(courses, desk, within_s=0)).is_right


@pytest.mark.parametrize(
    "seen",
    [
        (),
        ((f"patient of {COB}", "mpe"),),
        ((f"patient of {COB}", "cob"), (f"patient of {COB}", "mpe")),
        ((f"patient of {COB}", "cob"), ("patient of cancer-patient", "cob")),
        ((f"patient of {COB}", "cob"), ("somebody else", "cob")),
    ],
    ids=["missing", "another", "one-too-many", "look-alike", "stranger"],
)
async def test_anything_else_is_wrong(seen: tuple[tuple[str, str], ...]) -> None:
    courses = [planted_course(COB), planted_course("cancer-patient")]
    found = await verified(courses, Desk(*seen), within_s=0)
    assert not found.is_right


async def test_a_planted_story_that_was_cut_short_is_wrong() -> None:
    courses = [planted_course("cancer-patient", is_whole=False)]
    assert not (await verified(courses, Desk(), within_s=0)).is_right


async def test_people_whom_other_stories_made_known_are_no_strangers() -> None:
    found = await verified([], Desk(("told before", "cob")), known=["told before"], within_s=0)
    assert found.is_right
