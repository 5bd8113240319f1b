"""Whatever is submitted, in whatever order and however often, these hold."""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal

import msgspec
from hypothesis import settings
from hypothesis.stateful import invariant

from services.contracts.facts import FactRecorded
from services.contracts.submissions import TimeTicked
from services.registry.fold import Entry, fold
from services.registry.prescription import ZERO, Prescription, settle, status
from tests.registry.lives import PARTITIONS, Lives
from tests.registry.shell import Shell


class Promises(Lives):
    """What the registry promises, held against whatever is drawn."""

    def check_repeat(self, first, *, same) -> None:
        again = self.shell.outcomes[-1]
        assert self.shell.kept == self.kept, "a repeat changes nothing"
        if same:
            about = ("verdict", "result", "reasons", "status", "holder", "held_until", "remaining")
            for name in about:
                assert getattr(again, name) == getattr(first, name)
        else:
            assert (again.verdict, again.result) == ("REFUSED", "same-id-other-content")

    def check(self, entry: Entry, told) -> None:
        submission = entry.submission
        if isinstance(submission, TimeTicked):
            assert {outcome.verdict for outcome in told} <= {"RECORDED"}
            assert len({outcome.outcome_id for outcome in told}) == len(told)
            return
        [outcome] = told
        if outcome.first_offset != outcome.log_offset:
            return
        before, after = self.before[entry.code], self.shell.state(entry.code)
        was = settle(before, entry.at) if before is not None else None
        if outcome.result == "granted":
            assert was is not None
            assert was.reservation is None, "one grant per vacancy"
            assert not was.is_cancelled
            assert not was.is_complete
        holds = [one.reservation for one in (was, after) if one is not None and one.reservation]
        if len(holds) == 2:
            assert holds[0].pharmacy_id == holds[1].pharmacy_id, "one holder at a time"
            assert holds[0].until <= holds[1].until, "a hold is not shortened"
        if before is not None and before.is_cancelled:
            assert after.is_cancelled, "cancelled is for ever"
        if outcome.verdict == "REFUSED":
            assert outcome.reasons
            unchanged = before if outcome.result == "same-id-other-content" else was
            assert after == unchanged, "a refusal changes nothing but what time does"
        for left in outcome.remaining:
            assert left.collectable is None or ZERO <= left.collectable <= left.quantity

    @invariant()
    def quantities_add_up(self) -> None:
        for code in PARTITIONS:
            state = self.shell.state(code)
            for one in state.lines if state is not None else ():
                sold = _sum(d for d in state.dispenses if d.counts)
                paid = _sum(c for c in state.claims if c.is_open and c.standing == "payable")
                assert one.dispensed == sold.get(one.line, ZERO) >= ZERO
                assert one.claimed == paid.get(one.line, ZERO) >= ZERO
                assert one.claimed <= one.dispensed, "what is payable was dispensed"
                assert one.remaining == max(one.quantity - one.dispensed, ZERO)
                if state.batches:
                    _check_batches(state, one)
                if one.dispensed > one.quantity:
                    found = {f for d in state.dispenses if d.counts for f in d.findings}
                    assert found & {"duplicate", "over-quantity"}

    @invariant()
    def every_fact_is_told_once_and_withdrawn_once(self) -> None:
        told, withdrawn_facts = [], []
        for fact in self.shell.facts:
            kind = told if isinstance(fact, FactRecorded) else withdrawn_facts
            kind.append((fact.prescription_code, fact.fact_id))
        assert len(told) == len(set(told))
        assert len(withdrawn_facts) == len(set(withdrawn_facts))
        assert set(withdrawn_facts) <= set(told)

    # What holds of the whole.

    def teardown(self) -> None:
        whole = fold({}, {}, self.log)
        outcomes = [outcome for _, outcome in whole.judged]
        assert outcomes == self.shell.outcomes
        assert [fact for _, fact in whole.facts] == self.shell.facts
        kept = {code: msgspec.json.encode(state) for code, state in whole.states.items()}
        assert kept == self.shell.kept
        in_batches = Shell()
        for start, end in itertools.pairwise(sorted({0, *self.cuts, len(self.log)})):
            in_batches.fold(self.log[start:end])
        assert in_batches.outcomes == outcomes
        assert in_batches.kept == kept
        times = [entry.at for entry in self.log]
        if times == sorted(times):
            self.ticks_do_what_the_next_record_would(whole.states, outcomes)

    def ticks_do_what_the_next_record_would(self, states, outcomes) -> None:
        lazily = fold({}, {}, [entry for entry in self.log if entry.submitted is not None])
        assert [o for _, o in lazily.judged] == [o for o in outcomes if o.event_id]
        end = self.latest + timedelta(days=9)
        assert set(lazily.states) == set(states)
        for code, state in states.items():
            assert settle(lazily.states[code], end) == settle(state, end)
            assert status(settle(state, end), end) not in ("reserved", "active", "partly-dispensed")


def _sum(entries) -> dict[int, Decimal]:
    found: dict[int, Decimal] = {}
    for entry in entries:
        for part in entry.lines:
            found[part.line] = found.get(part.line, ZERO) + part.quantity
    return found


def _check_batches(state: Prescription, one) -> None:
    shares = [
        share.quantity for each in state.batches for share in each.shares if share.line == one.line
    ]
    assert sum(shares, ZERO) == one.quantity
    assert all(share >= ZERO for share in shares)
    parts = [part for d in state.dispenses if d.counts for part in d.lines if part.line == one.line]
    assert all(part.batch in {each.number for each in state.batches} for part in parts)
    assert all(part.quantity > ZERO for part in parts)


TestPromises = Promises.TestCase
TestPromises.settings = settings(deadline=None, stateful_step_count=30)
