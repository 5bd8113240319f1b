"""The simulation notices a wrong verdict, whichever way it is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.simulation.acts import Act, Answer, Claim, Dispense, Given, Reserve, Reverse
from services.simulation.expectations import Expectations
from services.simulation.setting import Setting
from services.simulation.treatments import OPIOID
from tests.simulation.network_in_memory import COUNTRY

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
CODE = "01901abcdefg-n"
HERE = Setting.of(COUNTRY, 1, 1, NOW)
ISSUE = replace(HERE.issue(OPIOID, HERE.region.hospital), key="key-issue")
"""21 units of one medicine."""


class Network:
    """Answers one act after the other as it is told to; `wrong` is what was noticed."""

    def __init__(self) -> None:
        self.expectations = Expectations(COUNTRY.law, COUNTRY.catalogue)
        self.keys = 0

    def act(self, act: Act) -> Act:
        self.keys += 1
        return replace(act, key=act.key or f"key-{self.keys}")

    def says(
        self, act: Act, verdict: str, result: str, reasons: tuple[str, ...] = (), **more: Any
    ) -> list[str]:
        return self.expectations.take(
            [answer(self.act(act), verdict, result, reasons, **more)], NOW
        )


def answer(
    act: Act,
    verdict: str,
    result: str,
    reasons: tuple[str, ...] = (),
    *,
    left: str | None = "21",
    holder: str | None = None,
    event_id: str = "event",
) -> Answer:
    body = {
        "prescription_code": CODE,
        "event_id": event_id,
        "verdict": verdict,
        "result": result,
        "reasons": [{"code": code} for code in reasons],
        "remaining": [{"line": 1, "quantity": left}] if left else [],
        **({} if verdict == "refused" else {"holder": holder}),
    }
    return Answer(act, 409 if verdict == "refused" else 201, body, repr(body).encode())


@pytest.fixture
def network() -> Network:
    """One prescription is issued."""
    made = Network()
    assert made.says(ISSUE, "accepted", "issued") == []
    return made


def reserve(by: str) -> Reserve:
    return Reserve(by=by, code=CODE)


def dispense(by: str, quantity: int = 21, drug: str = "DQGMAU0012") -> Dispense:
    given = Given(line=1, drug_code=drug, quantity=Decimal(quantity))
    return Dispense(by=by, code=CODE, lines=(given,))


def test_a_second_grant_is_wrong(network: Network) -> None:
    assert network.says(reserve("01921"), "accepted", "granted", holder="01921") == []
    (wrong,) = network.says(reserve("01922"), "accepted", "granted", holder="01922")
    assert "expected refused reserved-elsewhere" in wrong


def test_a_refusal_without_cause_is_wrong(network: Network) -> None:
    (wrong,) = network.says(reserve("01921"), "refused", "expired", ("expired",))
    named, _, difference = wrong.partition(": ")
    assert named == "Reserve of 01901abcdefg-n by 01921"
    assert difference == "expected accepted granted, got refused expired ['expired'] (409)"


def test_a_wrong_remainder_or_holder_is_wrong(network: Network) -> None:
    assert network.says(reserve("01921"), "accepted", "granted", left="20", holder="01921")
    other = Network()
    other.says(ISSUE, "accepted", "issued")
    assert other.says(reserve("01921"), "accepted", "granted", holder=None)


def test_a_missing_finding_is_wrong(network: Network) -> None:
    assert network.says(dispense("01921"), "recorded", "dispensed", left="0") == []
    again = network.says(dispense("01922"), "recorded", "dispensed", left="0", event_id="second")
    assert again
    assert "duplicate" in again[0]


def test_findings_name_quantity_holder_and_substance(network: Network) -> None:
    network.says(reserve("01921"), "accepted", "granted", holder="01921")
    findings = ("not-the-holder", "over-quantity", "wrong-substitution")
    given = dispense("01922", quantity=30, drug="DQGMAU0023")
    assert network.says(given, "recorded", "dispensed", findings, left="0") == []


def test_a_claim_follows_what_was_dispensed(network: Network) -> None:
    claim = Claim(
        by="01921", code=CODE, claim_id="HS-1", payer="01981", quantities={1: Decimal(21)}
    )
    none = ("claim-without-dispense",)
    assert network.says(claim, "refused", none[0], none) == []
    network.says(dispense("01921"), "recorded", "dispensed", left="0")
    assert network.says(claim, "accepted", "payable", left="0") == []
    back = Reverse(by="01921", code=CODE)
    assert network.says(back, "refused", "claimed-already", ("claimed-already",), left="0") == []
    both = ("claim-id-used", "claimed-before")
    assert network.says(claim, "refused", both[0], both, left="0") == []


def test_a_repeat_must_be_answered_in_the_same_bytes(network: Network) -> None:
    act = replace(reserve("01921"), key="key-again")
    first = answer(act, "accepted", "granted", holder="01921")
    assert network.expectations.take([first], NOW) == []
    assert network.expectations.take([first], NOW) == []
    other = replace(first, content=b"other")
    (wrong,) = network.expectations.take([other], NOW)
    assert "the repeat was answered otherwise" in wrong


@pytest.mark.parametrize("winner", [0, 1, 2])
def test_of_a_race_any_one_winner_will_do(network: Network, winner: int) -> None:
    assert network.expectations.take(race(network, {winner}), NOW) == []
    loser = reserve(f"0192{(winner + 1) % 3 + 1}")
    assert network.says(loser, "refused", "reserved-elsewhere", ("reserved-elsewhere",)) == []


@pytest.mark.parametrize("winners", [set(), {0, 1}])
def test_of_a_race_none_or_two_winners_are_wrong(network: Network, winners: set[int]) -> None:
    assert len(network.expectations.take(race(network, winners), NOW)) == 1


def race(network: Network, winners: set[int]) -> list[Answer]:
    answers = []
    for place in range(3):
        act = network.act(reserve(f"0192{place + 1}"))
        refused = ("reserved-elsewhere",)
        answers.append(
            answer(act, "accepted", "granted", holder=f"0192{place + 1}")
            if place in winners
            else answer(act, "refused", refused[0], refused)
        )
    return answers


def test_an_answer_that_is_no_verdict_is_wrong(network: Network) -> None:
    act = network.act(reserve("01921"))
    invalid = Answer(act, 422, {"type": "urn:rxlog:problem:invalid-input"})
    (wrong,) = network.expectations.take([invalid], NOW)
    assert wrong.endswith("got 422 urn:rxlog:problem:invalid-input")
