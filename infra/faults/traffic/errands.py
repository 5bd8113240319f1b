"""One errand: what somebody asks of the network, as a request and as a line of the history."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

import msgspec

from infra.faults.history import Asked, Operation, digest
from services.contracts.terms import plain
from services.kernel.http.idempotency import event_id
from services.simulation.acts import (
    Act,
    Cancel,
    Claim,
    Dispense,
    Issue,
    Release,
    Reserve,
    Reverse,
    Withdraw,
    request_of,
)

Door = Literal["prescribing", "dispensing", "claims", "registry-api"]

OPERATIONS: dict[type[Act], Operation] = {
    Issue: "issue",
    Cancel: "cancel",
    Reserve: "reserve",
    Release: "release",
    Dispense: "dispense",
    Reverse: "reverse",
    Claim: "claim",
    Withdraw: "withdraw",
}


@dataclass(frozen=True)
class Errand:
    """A request as it goes over the wire. Repeats of it are this very object again."""

    door: Door
    method: Literal["GET", "POST"]
    path: str
    client_id: str
    asked: Asked
    body: bytes = b""
    content: dict[str, Any] = field(default_factory=dict, compare=False)
    cancels: Asked | None = None
    """Of a replacement: the cancellation of the old prescription that goes before it."""

    def with_other_content(self, **changed: Any) -> Errand:
        """The same key for something else."""
        return _with_content(self, self.content | changed)


def errand(act: Act, person: str, *, owing: bool = False) -> Errand:
    """The errand of an act with its key, run by one of the facility's clients."""
    request = request_of(act)
    client_id = f"{request.role}:{act.by}:{person}:L1"
    operation = OPERATIONS[type(act)]
    code = "" if isinstance(act, Issue) else act.code
    asked = Asked(
        client=client_id,
        operation=operation,
        code=code,
        key=act.key,
        event_id=event_id(client_id, operation, act.key, code) if code else None,
        facility=act.by,
        lines={line: plain(quantity) for line, quantity in _quantities(act).items()},
        names=_names(act),
        releases=isinstance(act, Dispense) and act.release_reservation,
        owing=owing,
    )
    body = request.body | ({"owing": True} if owing else {})
    cancels = None
    if isinstance(act, Issue) and act.replaces:
        old = act.replaces
        cancels = msgspec.structs.replace(
            asked,
            operation="cancel",
            code=old,
            event_id=event_id(client_id, "replace", act.key, old),
            lines={},
        )
    made = Errand(request.room, "POST", request.path, client_id, asked, cancels=cancels)
    return _with_content(made, body)


def look_up(code: str, regulator: str) -> Errand:
    """A regulator looks at a prescription."""
    client_id = f"regulator:{regulator}:watch:L1"
    asked = Asked(client=client_id, operation="lookup", code=code, facility=regulator)
    return Errand("registry-api", "GET", f"/prescriptions/{code}", client_id, asked)


def _with_content(made: Errand, content: dict[str, Any]) -> Errand:
    body = msgspec.json.encode(content)
    asked = msgspec.structs.replace(made.asked, body_sha256=digest(body))
    return replace(made, body=body, content=content, asked=asked)


def _quantities(act: Act) -> dict[str, Decimal]:
    match act:
        case Dispense(lines=given):
            return {str(one.line): one.quantity for one in given}
        case Claim(quantities=claimed):
            return {str(line): quantity for line, quantity in claimed.items()}
        case Issue(draft=draft):
            return {str(n): line.quantity for n, line in enumerate(draft.lines, start=1)}
    return {}


def _names(act: Act) -> str | None:
    match act:
        case Reverse(dispense=dispense):
            return dispense or None
        case Claim(claim_id=claim_id) | Withdraw(claim_id=claim_id):
            return claim_id
    return None
