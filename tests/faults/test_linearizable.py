"""Hand-written histories: each kind of order that no single place in time explains is found.

Times are seconds of the callers' clock; the append times that answers tell are minutes of log
time. A prescription of 20 is issued before everything else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from infra.faults.checks import Verdict, linearizable
from infra.faults.history import Call, HistoryWriter, Operation
from tests.builders import CODE, at

P, Q = "01P01", "79P02"
CLINIC = "01001"


def call(
    operation: Operation,
    by: str,
    called: float,
    returned: float | None,
    result: str = "",
    *,
    refused: bool = False,
    minute: float = 1,
    until: float | None = None,
    left: str | None = "20",
    **more: Any,
) -> Call:
    """One call; without a `result` nobody knows what became of it."""
    fields: dict[str, Any] = {
        "client": by,
        "facility": by,
        "operation": operation,
        "code": CODE,
        "key": f"{operation} {by} {called}",
        "called_at": called,
        "returned_at": returned,
        "outcome": ("refused" if refused else "ok") if result else "unknown",
        "result": result,
        "recorded_at": at(minute).isoformat() if result else None,
        "held_until": None if until is None else at(until).isoformat(),
        "remaining": {} if left is None else {"1": left},
    }
    return Call(**fields | more)


ISSUED = call("issue", CLINIC, 0, 1, "issued", lines={"1": "20"}, valid_until=at(7200).isoformat())


def reserve(by: str, called: float, returned: float, **more: Any) -> Call:
    return call("reserve", by, called, returned, "granted", holder=by, until=30, **more)


def taken(by: str, called: float, returned: float, **more: Any) -> Call:
    return call("reserve", by, called, returned, "reserved-elsewhere", refused=True, **more)


def dispense(
    by: str, called: float, returned: float, quantity: str, left: str | None, **more: Any
) -> Call:
    lines = {"1": quantity}
    return call("dispense", by, called, returned, "dispensed", lines=lines, left=left, **more)


def look_up(called: float, returned: float, result: str, left: str = "20", **more: Any) -> Call:
    return call("lookup", "01991", called, returned, result, left=left, **more)


LINEARIZABLE: dict[str, list[Call]] = {
    "one wins, one is refused": [reserve(P, 2, 3), taken(Q, 4, 5)],
    "of two at once the later called may win": [taken(P, 2, 6), reserve(Q, 3, 5)],
    "a release lets another in": [
        reserve(P, 2, 3),
        call("release", P, 4, 5, "released"),
        reserve(Q, 6, 7),
    ],
    "a hold lapses by log time": [reserve(P, 2, 3), reserve(Q, 4, 5, minute=31)],
    "two parts and a return": [
        reserve(P, 2, 3),
        dispense(P, 4, 5, "8", "12", holder=P),
        dispense(P, 6, 7, "12", "0", key="rest"),
        call("reverse", P, 8, 9, "reversed", left="12"),
    ],
    "an unknown grant may have been": [call("reserve", P, 2, None), taken(Q, 4, 5)],
    "an unknown grant may not have been": [call("reserve", P, 2, None), reserve(Q, 4, 5)],
    "an unknown grant may come later": [
        call("reserve", P, 2, None),
        reserve(Q, 4, 5),
        call("release", Q, 6, 7, "released"),
        taken(Q, 8, 9),
    ],
    "a repeat settles what was unknown": [
        call("reserve", P, 2, None, key="same"),
        taken(Q, 4, 5),
        reserve(P, 6, 7, key="same"),
    ],
    "a late verdict counts when it is read": [
        call("reserve", P, 2, 3, key="same", outcome="late"),
        taken(Q, 4, 5),
        reserve(P, 6, 7, key="same", is_question=True),
    ],
    "a cancellation waits for the holder": [
        reserve(P, 2, 3),
        call("cancel", CLINIC, 4, 5, "cancel-pending", holder=P),
        call("release", P, 6, 7, "released", left="0"),
        call("reserve", Q, 8, 9, "cancelled", refused=True, left="0"),
    ],
    "a cancellation comes before its prescription": [
        call("cancel", CLINIC, -3, -2, "cancel-before-issue", left=None),
        call("issue", CLINIC, -1, 0, "cancelled-before-issue", lines={"1": "20"}, left="0"),
    ],
    "a sale comes before its prescription": [
        dispense(P, -3, -2, "8", None),
        call("issue", CLINIC, -1, 0, "issued", lines={"1": "20"}, left="12"),
    ],
    "a sale sent again under its receipt is counted once": [
        dispense(P, 2, 3, "8", "12"),
        call("dispense", P, 4, 5, "counted-before", lines={"1": "8"}, left="12", event_id="e"),
        call("reverse", P, 6, 7, "reversed", names="e"),
    ],
    "a cancellation that came too late applies when all is taken back": [
        reserve(P, 2, 3),
        call("cancel", CLINIC, 4, 5, "cancel-pending", holder=P),
        dispense(P, 6, 7, "20", "0"),
        call("reverse", P, 8, 9, "reversed", left="0"),
        call("reserve", Q, 10, 11, "cancelled", refused=True, left="0"),
    ],
    "what is owed lengthens the hold": [
        reserve(P, 2, 3),
        dispense(P, 4, 5, "8", "12", holder=P, until=90, owing=True),
        taken(Q, 6, 7, minute=60, left="12"),
        reserve(Q, 8, 9, minute=91, left="12"),
    ],
    "of two clinics the issuer's cancellation counts": [
        call("cancel", "79001", -5, -4, "cancel-before-issue", left=None),
        call("issue", CLINIC, -1, 0, "issued", lines={"1": "20"}),
    ],
    "a look-up sees what was told": [reserve(P, 2, 3), look_up(4, 5, "reserved", holder=P)],
    "a look-up beside a grant sees it or not": [
        reserve(P, 2, 9),
        look_up(3, 4, "active"),
        look_up(5, 6, "reserved", holder=P),
    ],
    "a look-up of a lapsed hold": [reserve(P, 2, 3), look_up(4, 5, "active", minute=31)],
}

NOT_LINEARIZABLE: dict[str, list[Call]] = {
    "double grant": [reserve(P, 2, 3), reserve(Q, 4, 5)],
    "double grant at once": [reserve(P, 2, 5), reserve(Q, 3, 4)],
    "refused while nobody could hold it": [taken(Q, 2, 3), reserve(P, 4, 5)],
    "hold that outlives its end": [reserve(P, 2, 3), taken(Q, 4, 5, minute=31)],
    "hold that ends before its time": [reserve(P, 2, 3), reserve(Q, 4, 5, minute=29)],
    "lost release": [
        reserve(P, 2, 3),
        call("release", P, 4, 5, "released"),
        taken(Q, 6, 7),
    ],
    "answer before the effect": [reserve(P, 2, 3), look_up(4, 5, "active")],
    "stale answer": [
        reserve(P, 2, 9),
        look_up(3, 4, "reserved", holder=P),
        look_up(5, 6, "active"),
    ],
    "stale quantity": [
        reserve(P, 2, 3),
        dispense(P, 4, 5, "8", "12", holder=P),
        look_up(6, 7, "reserved", left="20", holder=P),
    ],
    "lost sale": [
        reserve(P, 2, 3),
        dispense(P, 4, 5, "8", "12", holder=P),
        dispense(P, 6, 7, "2", "18", holder=P, key="second"),
    ],
    "sale counted twice": [reserve(P, 2, 3), dispense(P, 4, 5, "8", "4", holder=P)],
    "reversal that restores nothing": [
        dispense(P, 2, 3, "8", "12"),
        call("reverse", P, 4, 5, "reversed", left="12"),
    ],
    "counted before without a sale before": [
        call("dispense", P, 4, 5, "counted-before", lines={"1": "8"}),
    ],
    "grant of a cancelled prescription": [
        call("cancel", CLINIC, 2, 3, "cancelled", left="0"),
        reserve(P, 4, 5, left="0"),
    ],
    "cancellation that was forgotten": [
        reserve(P, 2, 3),
        call("cancel", CLINIC, 4, 5, "cancel-pending", holder=P),
        call("release", P, 6, 7, "released"),
        reserve(Q, 8, 9),
    ],
    "an unknown grant that is there, gone and there again": [
        call("reserve", P, 2, None),
        taken(Q, 4, 5),
        reserve(Q, 6, 7, minute=2),
        taken(Q, 8, 9, minute=3, key="third"),
    ],
    "repeats with two verdicts": [
        reserve(P, 2, 3, key="same"),
        call("reserve", P, 4, 5, "already-held", holder=P, until=30, key="same"),
    ],
    "grant of nothing": [
        call("reserve", P, 2, 3, "granted", holder=P, until=30, code="01001zzzzzzz-c", left=None)
    ],
}


def _verdict(folder: Path, calls: list[Call]) -> Verdict:
    path = folder / "history.jsonl"
    with HistoryWriter(path) as writer:
        # The order of lines is not the order of time: porcupine has to find one.
        for one in sorted(calls, key=lambda call: call.key):
            writer.write(one)
    verdict = linearizable(path)
    assert verdict.was_run, verdict.reason
    return verdict


def _with_issue(calls: list[Call]) -> list[Call]:
    return calls if any(one.operation == "issue" for one in calls) else [ISSUED, *calls]


@pytest.mark.parametrize("name", LINEARIZABLE)
def test_what_one_place_in_time_explains_holds(name: str, tmp_path: Path) -> None:
    verdict = _verdict(tmp_path, _with_issue(LINEARIZABLE[name]))
    assert verdict.holds is True, verdict.reason


@pytest.mark.parametrize("name", NOT_LINEARIZABLE)
def test_what_nothing_explains_is_found(name: str, tmp_path: Path) -> None:
    verdict = _verdict(tmp_path, _with_issue(NOT_LINEARIZABLE[name]))
    assert verdict.holds is False
    assert verdict.reason


def test_each_prescription_is_judged_by_itself_and_the_broken_one_is_drawn(
    tmp_path: Path,
) -> None:
    broken = NOT_LINEARIZABLE["double grant"]
    other = [
        msgspec.structs.replace(one, code="01001zzzzzzz-c", key=f"other {one.key}")
        for one in [ISSUED, *LINEARIZABLE["a release lets another in"]]
    ]
    verdict = _verdict(tmp_path, [ISSUED, *broken, *other])
    assert (verdict.broken, verdict.prescriptions, verdict.operations) == ((CODE,), 2, 7)
    assert verdict.picture is not None
    assert "granted" in verdict.picture.read_text()


def test_what_the_model_does_not_know_is_not_approved(tmp_path: Path) -> None:
    verdict = _verdict(tmp_path, [ISSUED, call("reserve", P, 2, 3, "granted-by-magic")])
    assert verdict.holds is not True
    assert "granted-by-magic" in verdict.reason


def test_many_at_once_and_many_unknown_are_decided(tmp_path: Path) -> None:
    racers = [taken(f"P{n}", 2, 9, key=f"race {n}") for n in range(200)]
    lost = [call("reserve", f"Q{n}", 2, None, key=f"lost {n}") for n in range(12)]
    verdict = _verdict(tmp_path, [ISSUED, reserve(P, 2, 9), *racers, *lost])
    assert verdict.holds is True, verdict.reason
    assert verdict.unanswered == 12
