"""The life of one prescription, told against the real APIs in memory; and against a liar."""

from __future__ import annotations

from dataclasses import dataclass, field

from msgspec.structs import replace

from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import DispensingReserved, Submission
from services.simulation.regulator import Regulator
from services.simulation.run import Plan, Run
from services.simulation.story import Story
from services.simulation.telling import Line
from tests.simulation.network_in_memory import COUNTRY, Log, Network


@dataclass
class Listener:
    """Keeps what is told."""

    lines: list[Line] = field(default_factory=list)

    def heading(self, _text: str) -> None:
        """Headings are not kept."""

    def line(self, line: Line) -> None:
        self.lines.append(line)


async def told(network: Network) -> tuple[str, list[Line]]:
    listener = Listener()
    async with network.client:
        regulator = Regulator(network.client, COUNTRY.regulator.facility_id)
        async with regulator.watching():
            story = Story(network.client, COUNTRY, regulator, listener, "run-0001")
            return await story.tell(), listener.lines


async def test_the_story_in_its_sixteen_lines() -> None:
    wrong, lines = await told(Network())
    assert wrong == ""
    assert [line.outcome.partition(":")[0].partition(",")[0] for line in lines] == [
        "issued",
        "granted",
        "refused",
        "granted",
        "already-held",
        "dispensed",
        "dispensed",
        "refused",
        "payable",
        "refused",
        "recorded",
        "refused",
        "issued",
        "granted",
        "dispensed",
        "alert",
    ]
    assert [line.number for line in lines] == list(range(1, 17))
    refusals = [line for line in lines if line.tone == "refused"]
    assert [line.outcome for line in refusals] == [
        "refused: reserved-elsewhere",
        "refused: nothing-remaining",
        "refused: claimed-before",
        "refused: unknown-prescription",
    ]
    assert all(len(line.notes) == 2 for line in refusals), "told why, in both languages"
    assert lines[-1].outcome == "alert: impossible-travel"


class LyingLog(Log):
    """Grants every reservation."""

    async def submit(self, submission: Submission) -> SubmissionJudged:
        outcome = await super().submit(submission)
        if isinstance(submission, DispensingReserved) and outcome.verdict == "REFUSED":
            return replace(outcome, verdict="ACCEPTED", result="granted", reasons=())
        return outcome


async def test_the_story_ends_at_the_first_wrong_verdict() -> None:
    wrong, lines = await told(Network(LyingLog()))
    assert "expected refused reserved-elsewhere" in wrong
    assert [line.tone for line in lines] == ["good", "good", "wrong"]


class ForgetfulLog(Log):
    """Does not say what remains of a new prescription."""

    async def submit(self, submission: Submission) -> SubmissionJudged:
        outcome = await super().submit(submission)
        return replace(outcome, remaining=()) if outcome.result == "issued" else outcome


async def test_a_run_counts_what_is_wrong() -> None:
    run = await lived(Network(ForgetfulLog()))
    assert run.measures.wrong_verdicts > 0


async def test_a_run_of_the_country_has_only_right_verdicts() -> None:
    run = await lived(Network())
    assert run.measures.wrong == []
    assert run.measures.unanswered == 0
    assert run.measures.records > 20
    assert all(course.is_whole for course in run.planted)


async def lived(network: Network) -> Run:
    async with network.client:
        run = Run(COUNTRY, network.client, Plan(seconds=0.05, rate=2000, seed=3, run="run-0001"))
        await run.live()
    return run
