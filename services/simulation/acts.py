"""What clinics, pharmacies and payers do. One act is one record of the log (a replacement: two).

An act says who does it and what; `request_of` turns it into the HTTP request of the room concerned.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, assert_never

from services.vietnam.draft import PrescriptionDraft

Room = Literal["prescribing", "dispensing", "claims"]
Role = Literal["clinic", "pharmacy", "payer"]


@dataclass(frozen=True, kw_only=True)
class Issue:
    """A clinic issues a prescription; with `replaces`, instead of an earlier one."""

    by: str
    draft: PrescriptionDraft
    replaces: str = ""
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Cancel:
    """A clinic cancels a prescription of its own."""

    by: str
    code: str
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Reserve:
    """A pharmacy asks to be the only one to dispense."""

    by: str
    code: str
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Release:
    """A pharmacy gives its reservation back."""

    by: str
    code: str
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Given:
    """One medicine handed over."""

    line: int
    drug_code: str
    quantity: Decimal
    days_supply: int | None = None
    drug_name: str = ""
    substituted: bool = False


@dataclass(frozen=True, kw_only=True)
class Dispense:
    """A pharmacy hands medicines over. `occurred_at` None: just now; else reported later."""

    by: str
    code: str
    lines: tuple[Given, ...]
    occurred_at: datetime | None = None
    offline: bool = False
    collected_by_patient: bool = True
    release_reservation: bool = False
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Reverse:
    """A pharmacy takes a dispense back; `dispense` is its event id, empty for the last one."""

    by: str
    code: str
    dispense: str = ""
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Reimbursement is asked of a payer; `quantities` by line."""

    by: str
    code: str
    claim_id: str
    payer: str
    quantities: dict[int, Decimal]
    role: Literal["pharmacy", "payer"] = "pharmacy"
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Withdraw:
    """A claim is taken back by the pharmacy that made it."""

    by: str
    code: str
    claim_id: str
    key: str = ""


Act = Issue | Cancel | Reserve | Release | Dispense | Reverse | Claim | Withdraw
"""`key` is the Idempotency-Key: empty for a new act, set when the very same act is repeated."""


@dataclass(frozen=True)
class Answer:
    """What the network answered to an act, after any repeats that the contract asks for.

    `status` is 0 when there was no answer; `seconds` is from the first sending to the verdict.
    """

    act: Act
    status: int
    body: dict[str, Any] = field(default_factory=dict)
    content: bytes = b""
    seconds: float = 0.0

    @property
    def verdict(self) -> str:
        return str(self.body.get("verdict", ""))

    @property
    def result(self) -> str:
        return str(self.body.get("result", ""))

    @property
    def code(self) -> str:
        return str(self.body.get("prescription_code", ""))

    @property
    def event_id(self) -> str:
        return str(self.body.get("event_id", ""))

    @property
    def reasons(self) -> tuple[str, ...]:
        """The codes of reasons or findings, in the order given."""
        return tuple(reason["code"] for reason in self.body.get("reasons", ()))


Script = Generator[tuple[Act, ...], tuple[Answer, ...], None]
"""A story as a generator: yields what happens next (several acts: at the same moment), is sent
the answers. It does no I/O, so it can be told against anything."""


Part = Generator[tuple[Act, ...], tuple[Answer, ...], Answer]
"""A piece of a story that ends with an answer."""


def one(act: Act) -> Part:
    """`answer = yield from one(act)`: a single act and its answer."""
    (answer,) = yield (act,)
    return answer


@dataclass(frozen=True)
class Request:
    """One POST: to which room, as whom, where, with what body."""

    room: Room
    role: Role
    path: str
    body: dict[str, Any]


def request_of(act: Act) -> Request:
    """How an act is put to the network."""
    match act:
        case Issue(draft=given, replaces=replaces):
            return _issue(given, replaces)
        case Cancel(code=code):
            body = {"reason": "prescribing-error"}
            return Request("prescribing", "clinic", f"/prescriptions/{code}/cancel", body)
        case Reserve(code=code):
            return Request("dispensing", "pharmacy", f"/prescriptions/{code}/reserve", {})
        case Release(code=code):
            body = {"reason": "patient-left"}
            return Request("dispensing", "pharmacy", f"/prescriptions/{code}/release", body)
        case Dispense():
            return _dispense(act)
        case Reverse(code=code, dispense=dispense):
            path = f"/prescriptions/{code}/dispenses/{dispense or 'last'}/reverse"
            return Request("dispensing", "pharmacy", path, {"reason": "wrong-entry"})
        case Claim():
            return _claim(act)
        case Withdraw(code=code, claim_id=claim_id):
            path = f"/prescriptions/{code}/claims/{claim_id}/withdraw"
            return Request("claims", "pharmacy", path, {"reason": "wrong-entry"})
    assert_never(act)


def _issue(given: PrescriptionDraft, replaces: str) -> Request:
    body: dict[str, Any] = given.model_dump(mode="json", exclude_none=True)
    path = "/prescriptions"
    if replaces:
        path = f"/prescriptions/{replaces}/replace"
        body = {"reason": "prescribing-error", "prescription": body}
    return Request("prescribing", "clinic", path, body)


def _receipt(act: Dispense) -> str:
    """One receipt per sale: a repeat of the request has the number of the first."""
    return f"HD{hashlib.sha256(f'{act.code}/{act.key}'.encode()).hexdigest()[:12]}"


def _dispense(act: Dispense) -> Request:
    body: dict[str, Any] = {
        "receipt_number": _receipt(act),
        "lines": [
            {
                "line": given.line,
                "drug_code": given.drug_code,
                "drug_name": given.drug_name,
                "quantity": str(given.quantity),
                "days_supply": given.days_supply,
                "substituted": given.substituted,
            }
            for given in act.lines
        ],
        "offline": act.offline,
        "collected_by_patient": act.collected_by_patient,
        "release_reservation": act.release_reservation,
    }
    if act.occurred_at is not None:
        body["occurred_at"] = act.occurred_at.isoformat()
    return Request("dispensing", "pharmacy", f"/prescriptions/{act.code}/dispenses", body)


def _claim(act: Claim) -> Request:
    body = {
        "claim_id": act.claim_id,
        "payer_id": act.payer,
        "lines": [
            {"line": line, "quantity": str(quantity), "amount": str(PRICE_VND * quantity)}
            for line, quantity in act.quantities.items()
        ],
    }
    return Request("claims", act.role, f"/prescriptions/{act.code}/claims", body)


PRICE_VND = Decimal(1_000)
"""Every unit costs the same here: prices are no part of the simulation."""
