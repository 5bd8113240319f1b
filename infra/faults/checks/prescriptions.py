"""Every prescription's records walked in log order over its ledger: is each verdict right, and
does it tell what is so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.faults.checks.ledger import Ledger, contradictions
from infra.faults.checks.pairing import Judged
from infra.faults.checks.stages import claiming, dispensing, issuing, reserving
from infra.faults.checks.stages.shapes import Case, Effect, Ground
from infra.faults.checks.violations import Violation
from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import Submission, TimeTicked

VERDICTS = "verdicts follow from the log"
QUANTITIES = "quantities add up"
TOLD_STATE = "what is told is so"

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


def keep_ledgers(judged: Sequence[Judged]) -> tuple[dict[str, Ledger], Iterator[Violation]]:
    """The ledger of every prescription at the end of the log."""
    ledgers: dict[str, Ledger] = {}
    found: list[Violation] = []
    for one in judged:
        if isinstance(one.record.event, TimeTicked) or one.first is not None or one.event is None:
            continue
        ledger = ledgers.setdefault(one.record.code, Ledger(one.record.code))
        found.extend(walk(ledger, one))
    return ledgers, iter(found)
