"""Every prescription's records walked in log order over its ledger: is each verdict right, and
does it tell what is so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from heapq import heappop, heappush

from infra.faults.checks.ledger import Ledger
from infra.faults.checks.pairing import Judged, is_tick
from infra.faults.checks.stages import claiming, dispensing, issuing, reserving
from infra.faults.checks.stages.shapes import Case, Effect, Ground
from infra.faults.checks.telling import contradictions
from infra.faults.checks.violations import Violation
from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import Submission

VERDICTS = "verdicts follow from the log"
QUANTITIES = "quantities add up"
TOLD_STATE = "what is told is so"
TICKS = "ticks move on what is due"

STAGES: dict[str, tuple[dict[str, Effect], dict[str, Ground]]] = {
    "PrescriptionIssued": (issuing.ISSUE_EFFECTS, issuing.ISSUE_GROUNDS),
    "PrescriptionCancelled": (issuing.CANCEL_EFFECTS, issuing.CANCEL_GROUNDS),
    "DispensingReserved": (reserving.RESERVE_EFFECTS, reserving.RESERVE_GROUNDS),
    "ReservationReleased": (reserving.RELEASE_EFFECTS, reserving.RELEASE_GROUNDS),
    "PrescriptionDispensed": (dispensing.DISPENSE_EFFECTS, dispensing.DISPENSE_GROUNDS),
    "DispenseReversed": (dispensing.REVERSE_EFFECTS, dispensing.REVERSE_GROUNDS),
    "PrescriptionClaimed": (claiming.CLAIM_EFFECTS, claiming.CLAIM_GROUNDS),
    "ClaimWithdrawn": (claiming.WITHDRAW_EFFECTS, claiming.WITHDRAW_GROUNDS),
}
OF_QUANTITIES = {
    "PrescriptionDispensed",
    "DispenseReversed",
    "PrescriptionClaimed",
    "ClaimWithdrawn",
}


def walk(ledger: Ledger, one: Judged) -> Iterator[Violation]:
    """Judge the verdict on one first record and enter it in the ledger."""
    event, outcome = one.event, one.outcome
    if event is None or outcome is None or outcome.verdict == "UNREADABLE":
        return  # counts as never sent; what is wrong with that is said elsewhere
    ledger.pass_time(one.record.at)
    kind = type(event).__name__
    check = QUANTITIES if kind in OF_QUANTITIES else VERDICTS
    for sentence in _against(ledger, one, event, outcome):
        yield Violation(
            check,
            f"{ledger.code}: {one.where} ({kind} of {event.submitter.facility_id}) was judged "
            f"{outcome.verdict.lower()} {outcome.result}, but {sentence}",
        )
    if outcome.verdict != "REFUSED":
        ledger.is_kept = True
    for sentence in contradictions(ledger, outcome, one.record.at):
        yield Violation(
            TOLD_STATE, f"{ledger.code}: {one.where} ({kind}, {outcome.result}) {sentence}"
        )


def _against(
    ledger: Ledger, one: Judged, event: Submission, outcome: SubmissionJudged
) -> Iterator[str]:
    effects, grounds = STAGES[type(event).__name__]
    if outcome.verdict == "REFUSED":
        yield from _groundless(grounds, ledger, one, event, outcome)
        return
    effect = effects.get(outcome.result)
    if effect is None:
        yield "the auditor knows no such result of it"
        return
    yield from effect(Case(ledger, event, one.record.at, outcome))


def _groundless(
    grounds: dict[str, Ground],
    ledger: Ledger,
    one: Judged,
    event: Submission,
    outcome: SubmissionJudged,
) -> Iterator[str]:
    if not outcome.reasons or outcome.reasons[0].code != outcome.result:
        yield "the result is not its first reason"
    for reason in outcome.reasons:
        ground = grounds.get(reason.code)
        if ground is None:
            yield f"the auditor knows no reason {reason.code} to refuse it"
        elif not ground(Case(ledger, event, one.record.at, outcome, reason)):
            details = ", ".join(f"{name} {text}" for name, text in reason.details.items())
            yield f"by the log there is no ground for {reason.code} ({details or 'no details'})"


class Books:
    """The ledgers of all prescriptions, walked through in the log's order."""

    def __init__(self) -> None:
        self.ledgers: dict[str, Ledger] = {}
        self._agenda: defaultdict[int, list[tuple[datetime, str]]] = defaultdict(list)

    def enter(self, one: Judged) -> Iterator[Violation]:
        """Look at one record: a submission, or a tick."""
        if is_tick(one.record):
            yield from self._tick(one)
        elif one.event is not None and one.first is None:
            ledger = self.ledgers.setdefault(one.record.code, Ledger(one.record.code))
            yield from walk(ledger, one)
            self._note(one.record.partition, ledger)

    def _note(self, partition: int, ledger: Ledger) -> None:
        due = ledger.due_at()
        if due is not None and ledger.is_kept:
            heappush(self._agenda[partition], (due, ledger.code))

    def _tick(self, tick: Judged) -> Iterator[Violation]:
        """A tick tells of every prescription of its partition that was due, and of no other."""
        told = {outcome.prescription_code: outcome for outcome in tick.ticked}
        agenda, at = self._agenda[tick.record.partition], tick.record.at
        while agenda and agenda[0][0] <= at:
            due, code = heappop(agenda)
            ledger = self.ledgers[code]
            if ledger.due_at() != due:
                continue  # it changed since and stands in the agenda anew
            happened = ledger.pass_time(at)
            self._note(tick.record.partition, ledger)
            yield from _told_of_time(ledger, tick, happened, told.pop(code, None))
        for code, outcome in told.items():
            yield Violation(
                TICKS,
                f"{code}: the tick at {tick.where} told {outcome.result}, and nothing was due",
            )


def _told_of_time(
    ledger: Ledger, tick: Judged, happened: set[str], outcome: SubmissionJudged | None
) -> Iterator[Violation]:
    what = ", ".join(sorted(happened))
    if outcome is None:
        yield Violation(
            TICKS, f"{ledger.code}: the tick at {tick.where} told nothing, and due was {what}"
        )
        return
    said = {reason.code for reason in outcome.reasons}
    if said != happened or outcome.result not in happened:
        yield Violation(
            TICKS,
            f"{ledger.code}: the tick at {tick.where} told {outcome.result} "
            f"({', '.join(sorted(said))}), and due was {what}",
        )
    for sentence in contradictions(ledger, outcome, tick.record.at):
        yield Violation(TOLD_STATE, f"{ledger.code}: the tick at {tick.where} {sentence}")


def keep_books(judged: Sequence[Judged]) -> tuple[dict[str, Ledger], list[Violation]]:
    """The ledger of every prescription at the end of the log, and what was found on the way."""
    books = Books()
    found = [violation for one in judged for violation in books.enter(one)]
    return books.ledgers, found
