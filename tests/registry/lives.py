"""Lives of prescriptions, drawn at random.

Submissions of several clinics, pharmacies and payers on three prescriptions of two partitions,
ticks, repeats, and a clock that now and then goes back a little.
"""

from __future__ import annotations

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)

from services.contracts.outcomes import SubmissionJudged
from services.kernel.log.log_record import LogRecord
from services.registry.fold import Entry
from services.registry.prescription import Prescription
from tests.builders import (
    CLINIC,
    OTHER_CLINIC,
    OTHER_PAYER,
    OTHER_PHARMACY,
    PARACETAMOL,
    PAYER,
    PHARMACY,
    THIRD_PHARMACY,
    at,
    batch,
    cancelled,
    claimed,
    dispensed,
    given_out,
    issued,
    line,
    released,
    reserved,
    reversed_,
    ticked,
    unstamped,
    withdrawn,
)
from tests.registry.shell import Shell

PLAIN, BATCHED, ELSEWHERE = "01001plain00-c", "01001batch00-n", "01001elsew00-c"
PARTITIONS = {PLAIN: 0, BATCHED: 0, ELSEWHERE: 1}
VALID = 600
WINDOWS = (batch(1, 0, 250), batch(2, 200, 450), batch(3, 400, 600))

codes = st.sampled_from([PLAIN] * 4 + [BATCHED] * 3 + [ELSEWHERE])
clinics = st.sampled_from([CLINIC, CLINIC, OTHER_CLINIC])
pharmacies = st.sampled_from([PHARMACY] * 3 + [OTHER_PHARMACY] * 2 + [THIRD_PHARMACY])
payers = st.sampled_from([PAYER, PAYER, OTHER_PAYER])
lines = st.sampled_from([1, 1, 1, 1, 2, 7])
quantities = st.sampled_from([20, 10, 10, 5, 5, 2.5, 0.001])
numbers = st.integers(0, 5)
rarely = st.sampled_from([False, False, False, False, True])
gaps = st.sampled_from([0, 0, 0, 1, 1, 1, 5, 10, 30, 61, 200])
backs = st.sampled_from([0, 0, 5, 90])


class Lives(RuleBasedStateMachine):
    """Submissions as they come; every record is a batch of its own. What must hold is said by who
    checks it (`test_whatever_happens.py`)."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[Entry] = []
        self.minute, self.latest = 0.0, at(0)
        self.shell = Shell()
        self.cuts: set[int] = set()
        self.before: dict[str, Prescription | None] = {}
        self.kept: dict[str, bytes] = {}

    def submit(self, gap: float, submission, code: str = "", partition: int = 0) -> None:
        """Append it some minutes later, and fold it."""
        self.minute = max(self.minute + gap, 0)
        moment = at(self.minute)
        self.latest = max(self.latest, moment)
        if code:
            back = submission.occurred_at - at(0)
            submission = msgspec.structs.replace(submission, occurred_at=moment - back)
            partition = PARTITIONS[code]
        milliseconds = round(moment.timestamp() * 1000)
        record = LogRecord("log", partition, len(self.log), milliseconds, code.encode(), b"", ())
        entry = Entry(record, code, submission)
        self.log.append(entry)
        self.before = {known: self.shell.state(known) for known in PARTITIONS}
        told = len(self.shell.outcomes)
        self.shell.fold([entry])
        self.check(entry, self.shell.outcomes[told:])

    # What people submit. `back` is how many minutes before sending it happened.

    @initialize(unknown=rarely)
    def there_are_prescriptions(self, unknown) -> None:
        self.issue(0, BATCHED, CLINIC, 0)
        if not unknown:
            self.issue(0, PLAIN, CLINIC, 0)

    def has(self, part: str) -> bool:
        """Whether any prescription has one; now and then whether or not."""
        states = (self.shell.state(code) for code in PARTITIONS)
        return len(self.log) % 7 == 0 or any(state and getattr(state, part) for state in states)

    def drawn(self, data, found: list[str], otherwise: str) -> str:
        """One of what is there, mostly; what is not there otherwise."""
        return data.draw(st.sampled_from([*found, *found, otherwise]))

    @precondition(lambda self: len(self.log) % 4 == 1)
    @rule(gap=gaps, code=codes, clinic=clinics, n=numbers)
    def issue(self, gap, code, clinic, n) -> None:
        windows = WINDOWS if code == BATCHED else ()
        written = issued(
            line(1, 20),
            line(2, 10, PARACETAMOL),
            code=code,
            clinic=clinic,
            occurred_at=at(0),
            valid_until=at(VALID),
            batches=windows,
            event_id=f"{clinic}-issue-{n}",
            content="issue",
        )
        self.submit(gap, written, code)

    @precondition(lambda self: len(self.log) % 4 == 0)
    @rule(gap=gaps, code=codes, clinic=clinics, n=numbers, newer=rarely)
    def cancel(self, gap, code, clinic, n, newer) -> None:
        more = {"replaced_by": "01001newer00-c"} if newer else {}
        stop = cancelled(code=code, clinic=clinic, event_id=f"{clinic}-cancel-{n}", **more)
        self.submit(gap, msgspec.structs.replace(stop, occurred_at=at(0)), code)

    @rule(gap=gaps, code=codes, pharmacy=pharmacies, minutes=st.sampled_from([5, 30, 400]))
    def reserve(self, gap, code, pharmacy, minutes) -> None:
        self.submit(
            gap, reserved(pharmacy, code=code, hold_minutes=minutes, occurred_at=at(0)), code
        )

    @precondition(lambda self: self.has("reservation"))
    @rule(gap=gaps, code=codes, pharmacy=pharmacies, data=st.data())
    def release(self, gap, code, pharmacy, data) -> None:
        state = self.shell.state(code)
        held = [state.reservation.pharmacy_id] if state and state.reservation else []
        holder = self.drawn(data, held, pharmacy)
        self.submit(gap, released(holder, code=code, occurred_at=at(0)), code)

    @rule(
        gap=gaps,
        code=codes,
        pharmacy=pharmacies,
        parts=st.lists(st.tuples(lines, quantities), min_size=1, max_size=2),
        number=st.sampled_from([None, None, None, 1, 2, 9]),
        n=numbers,
        how=st.sampled_from(["", "", "lets go", "owes", "owes", "old"]),
        back=backs,
    )
    def dispense(self, *, gap, code, pharmacy, parts, number, n, how, back) -> None:
        sale = dispensed(
            *(given_out(which, quantity, batch=number) for which, quantity in parts),
            pharmacy=pharmacy,
            code=code,
            event_id=f"{pharmacy}-sale-{len(self.log)}",
            receipt_number=f"HD{n}",
            release_reservation=how == "lets go",
            owing=how == "owes",
            owing_hold_minutes=120,
            issue_grace_hours=1,
            occurred_at=at(back),
        )
        self.submit(gap, unstamped(sale) if how == "old" else sale, code)

    @precondition(lambda self: self.has("dispenses"))
    @rule(gap=gaps, code=codes, pharmacy=pharmacies, last=rarely, data=st.data())
    def reverse(self, *, gap, code, pharmacy, last, data) -> None:
        state = self.shell.state(code)
        sales = [d.event_id for d in state.dispenses] if state else []
        repeats = [event for d in state.dispenses for event in d.also_sent_as] if state else []
        named = self.drawn(data, [*sales, *repeats], "nothing")
        seller = named.split("-")[0] if "-" in named else pharmacy
        undo = reversed_(
            pharmacy=seller, code=code, dispense=None if last else named, occurred_at=at(0)
        )
        self.submit(gap, undo, code)

    @rule(
        gap=gaps,
        code=codes,
        payer=payers,
        number=lines,
        quantity=quantities,
        n=numbers,
        old=rarely,
        data=st.data(),
    )
    def claim(self, *, gap, code, payer, number, quantity, n, old, data) -> None:
        state = self.shell.state(code)
        sellers = [d.pharmacy_id for d in state.dispenses] if state else []
        facility = self.drawn(data, [*sellers, PAYER], PHARMACY)
        asked = claimed(
            number,
            quantity,
            by_facility=facility,
            role="payer" if facility == PAYER else "pharmacy",
            payer=payer,
            code=code,
            claim_id=f"claim-{n}",
            dispense_grace_hours=1,
            occurred_at=at(0),
        )
        self.submit(gap, unstamped(asked) if old else asked, code)

    @precondition(lambda self: self.has("claims"))
    @rule(gap=gaps, code=codes, n=numbers, data=st.data())
    def withdraw(self, gap, code, n, data) -> None:
        state = self.shell.state(code)
        claims = [f"{c.facility_id} {c.claim_id}" for c in state.claims] if state else []
        facility, claim_id = self.drawn(data, claims, f"{PHARMACY} claim-{n}").split()
        back = withdrawn(by_facility=facility, code=code, claim_id=claim_id, occurred_at=at(0))
        self.submit(gap, back, code)

    @rule(gap=gaps, partition=st.sampled_from([0, 0, 1]))
    def tick(self, gap, partition) -> None:
        self.submit(gap, ticked(partition), partition=partition)

    @precondition(lambda self: self.log)
    @rule(gap=gaps, data=st.data(), other_content=rarely)
    def repeat(self, gap, data, other_content) -> None:
        earlier = data.draw(st.sampled_from(self.log))
        if earlier.submitted is None:
            return
        submission, self.kept = earlier.submitted, dict(self.shell.kept)
        if other_content:
            submission = msgspec.structs.replace(submission, content_hash=b"other")
        first = self.shell.earlier[earlier.code, submission.event_id]
        same = first.content_hash == submission.content_hash
        same = same and first.outcome.submission == type(submission).__name__
        self.submit(gap, submission, earlier.code)
        self.check_repeat(first.outcome, same=same)

    @rule(gap=st.sampled_from([-0.5, -2]))
    def the_clock_goes_back_a_little(self, gap) -> None:
        self.minute = max(self.minute + gap, 0)

    @rule()
    def a_batch_ends(self) -> None:
        self.cuts.add(len(self.log))

    def check(self, entry: Entry, told: list[SubmissionJudged]) -> None:
        """What must hold of a record and what was told about it."""

    def check_repeat(self, first: SubmissionJudged, *, same: bool) -> None:
        """What must hold of the last record, a repeat of the one that got `first`."""
