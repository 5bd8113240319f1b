"""The history of calls: who asked for what, when, and what the answer said.

JSON lines, one object per finished or abandoned call, in the order in which they ended. All times
are seconds of one monotonic clock per run (the machine's, so every process of a run shares it).

Calls with the same client, operation, prescription and key are about one submission: repeats of
a request, and questions for a late verdict at its Location. `outcome` says what the caller knows:

    ok        201, or 200 of a look-up: it holds
    refused   409, or 422 for the same key with other content: it does not, and that is final
    late      202 whose verdict nobody read: it is on the log
    failed    400, 401, 403, 404, 413, 422, 429: nothing was submitted
    unknown   503, any other 5xx, timeout, reset: anything may have happened, now or later
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Self

import msgspec

Operation = Literal[
    "issue",
    "cancel",
    "reserve",
    "release",
    "dispense",
    "reverse",
    "claim",
    "withdraw",
    "tick",
    "lookup",
]
Outcome = Literal["ok", "refused", "late", "failed", "unknown"]

FRESH_EACH_TIME = ("request_id",)
"""Members of an answer that differ between repeats on purpose."""


class Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a call asks for. `lines` maps a line's number to the quantity prescribed, handed over
    or claimed; `names` is the event id that a reversal names or the claim's own id."""

    client: str
    operation: Operation
    code: str
    key: str = ""
    event_id: str | None = None
    body_sha256: str = ""
    facility: str = ""
    lines: dict[str, str] = {}
    names: str | None = None
    releases: bool = False
    owing: bool = False


class Call(Asked, frozen=True, kw_only=True, omit_defaults=True):
    """A call and its answer. `returned_at` None: given up while nothing had come back.

    `recorded_at` (ISO 8601) is the append time the answer names, of a look-up the moment it
    speaks of; `partition` and `offset` are the place of the record the answer names.
    `is_question` marks a question for a late verdict: it submits nothing.
    """

    called_at: float
    returned_at: float | None = None
    status: int | None = None
    outcome: Outcome
    result: str = ""
    verdict: str = ""
    prescription_status: str = ""
    holder: str | None = None
    held_until: str | None = None
    valid_until: str | None = None
    remaining: dict[str, str] = {}
    recorded_at: str | None = None
    partition: int | None = None
    offset: int | None = None
    answer_sha256: str = ""
    is_question: bool = False

    @property
    def submission(self) -> tuple[str, str, str, str]:
        """Names what the call is about; calls that share it are repeats of each other."""
        return self.client, self.operation, self.code, self.key

    @property
    def is_answered(self) -> bool:
        """The caller knows the verdict."""
        return self.outcome in ("ok", "refused")


def clock() -> float:
    """The one clock of a history."""
    return time.monotonic()


def digest(body: bytes) -> str:
    """SHA-256 of what was sent."""
    return hashlib.sha256(body).hexdigest()


def answered(
    asked: Asked,
    called_at: float,
    returned_at: float,
    status: int,
    body: bytes,
    *,
    is_question: bool = False,
) -> Call:
    """The call whose answer came."""
    try:
        told = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:  # a proxy's page, an answer that was cut
        told = {}
    digested = _answer_digest(told, body)
    if asked.operation == "lookup" and status == 404:
        outcome: Outcome = "ok"  # a sentence about the prescription: there is none,
        told = {}  # and the `status` of a problem (RFC 9457) is no status of a prescription
    elif is_question and status == 404:
        outcome = "late"  # no verdict yet
    else:
        outcome = _outcome(status, str(told.get("result", "")))
    known = _told(asked, told) if outcome in ("ok", "refused") else {}
    identity = {"event_id": told["event_id"]} if told.get("event_id") else {}
    code = str(told.get("prescription_code") or asked.code)
    return msgspec.convert(
        msgspec.to_builtins(asked)
        | {
            "code": code,
            "called_at": called_at,
            "returned_at": returned_at,
            "status": status,
            "outcome": outcome,
            "answer_sha256": digested,
            "is_question": is_question,
        }
        | identity
        | known,
        Call,
    )


def abandoned(asked: Asked, called_at: float) -> Call:
    """The call that broke off: a reset, a timeout, a caller that died."""
    fields = msgspec.to_builtins(asked) | {"called_at": called_at, "outcome": "unknown"}
    return msgspec.convert(fields, Call)


def _outcome(status: int, result: str) -> Outcome:
    if status in (200, 201):
        return "ok"
    if status == 202:
        return "late"
    if status == 409 or result == "same-id-other-content":
        return "refused"
    return "unknown" if status >= 500 or status == 408 else "failed"


def _told(asked: Asked, told: Mapping[str, Any]) -> dict[str, Any]:
    if asked.operation == "lookup":
        return _seen(told)
    place = told.get("log") or {}
    return {
        "result": told.get("result", ""),
        "verdict": told.get("verdict", ""),
        "prescription_status": told.get("prescription_status", ""),
        "holder": told.get("holder"),
        "held_until": told.get("held_until"),
        "valid_until": told.get("valid_until"),
        "remaining": _quantities(told.get("remaining") or [], "quantity"),
        "recorded_at": place.get("recorded_at"),
        "partition": place.get("partition"),
        "offset": place.get("offset"),
    }


def _seen(told: Mapping[str, Any]) -> dict[str, Any]:
    held = told.get("reservation") or {}
    return {
        "result": told.get("status", "missing"),
        "prescription_status": told.get("status", ""),
        "holder": held.get("pharmacy_id"),
        "held_until": held.get("until"),
        "valid_until": told.get("valid_until"),
        "remaining": _quantities(told.get("lines") or [], "remaining"),
        "recorded_at": told.get("as_of"),
    }


def _quantities(lines: list[dict[str, Any]], field: str) -> dict[str, str]:
    return {str(line["line"]): str(line[field]) for line in lines if field in line}


def _answer_digest(told: Mapping[str, Any], body: bytes) -> str:
    """SHA-256 of an answer, members in the order they came, those that are fresh left out."""
    if not told:
        return digest(body)
    kept = {name: value for name, value in told.items() if name not in FRESH_EACH_TIME}
    return digest(msgspec.json.encode(kept))


class HistoryWriter:
    """Appends calls to a file; a line is written whole, so a killed run leaves at most one torn
    line at the end, which the reader drops."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        os.close(self._file)

    def write(self, call: Call) -> None:
        os.write(self._file, msgspec.json.encode(call) + b"\n")


def read(path: Path) -> Iterator[Call]:
    """The calls of a history, in the order in which they ended."""
    decode = msgspec.json.Decoder(Call).decode
    with path.open("rb") as lines:
        for line in lines:
            if line.endswith(b"\n"):
                yield decode(line)
