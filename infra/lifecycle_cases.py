"""Representative states of a prescription, and what may be submitted about each.

Everything is submitted at one moment, two hours after the prescription was written; a state is told
by the submissions that lead to it. A state kind that the table does not show fails a test
(`tests/registry/test_lifecycle.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from infra.lifecycle_acts import (
    ME,
    NEWER,
    OTHER,
    PART,
    PAYER_2,
    STRANGER,
    WHOLE,
    Step,
    cancel,
    claim,
    dispense,
    issue,
    release,
    reserve,
    reverse,
    tick,
    window,
    withdraw,
)
from services.contracts.submissions import Submission, TimeTicked
from services.registry.prescription import Prescription, status

NOW, NEXT_DAY = 120.0, 120.0 + 24 * 60
"""Minutes after the prescription was written at which everything is submitted, or ticks."""

Kind = Literal[
    "unknown",
    "cancelled-before-arrival",
    "dispensed-before-arrival",
    "active",
    "reserved",
    "owing",
    "cancellation-waits",
    "partly-dispensed",
    "completed",
    "completed-cancellation-waits",
    "expired",
    "cancelled",
    "replaced",
    "claimed",
    "claim-waits",
    "in-batches",
]
"""What there is to tell apart, the most specific word for each state."""


def kind_of(state: Prescription, at: datetime) -> Kind:
    """The kind of a state that is settled at `at`."""
    word, cancellation = status(state, at), state.cancellation
    standings = {claim.standing for claim in state.claims if claim.is_open}
    waits = cancellation is not None and cancellation.applied_at is None
    if state.issued is None:
        if state.dispenses:
            return "dispensed-before-arrival"
        return "cancelled-before-arrival" if waits else "unknown"
    if word in ("cancelled", "replaced"):
        return "replaced" if word == "replaced" else "cancelled"
    if "pending" in standings:
        return "claim-waits"
    if "payable" in standings:
        return "claimed"
    if waits:
        return "completed-cancellation-waits" if word == "completed" else "cancellation-waits"
    if state.reservation is not None:
        return "owing" if state.reservation.owing else "reserved"
    if word in ("completed", "expired"):
        return "completed" if word == "completed" else "expired"
    if state.batches:
        return "in-batches"
    return "partly-dispensed" if word == "partly-dispensed" else "active"


Act = Callable[[Prescription], Submission | TimeTicked]


class Row(NamedTuple):
    """A state, in words and by how it came to be."""

    kind: Kind
    title: str
    steps: tuple[Step, ...]


class Column(NamedTuple):
    """Something submitted about a state; `group` names the table it stands in."""

    group: str
    title: str
    act: Act
    minute: float = NOW


def the_rest(state: Prescription) -> Submission | TimeTicked:
    """Everything that is left, or all of it once more."""
    left = sum((line.remaining for line in state.lines), Decimal(0))
    return dispense(NOW, left or WHOLE)[1]


BATCHES = (window(1, 0, 200), window(2, 150, 600))

ROWS: tuple[Row, ...] = (
    Row("unknown", "nothing under this code", ()),
    Row("cancelled-before-arrival", "cancelled before it arrived", (cancel(60),)),
    Row("dispensed-before-arrival", "dispensed before it arrived", (dispense(90),)),
    Row(
        "dispensed-before-arrival",
        "dispensed, and the prescription never came",
        (dispense(10), tick(80)),
    ),
    Row("active", "active", (issue(),)),
    Row("active", "the other's hold ended, nothing told yet", (issue(), reserve(60, OTHER))),
    Row("reserved", "reserved by me", (issue(), reserve(110))),
    Row("reserved", "reserved by another", (issue(), reserve(110, OTHER))),
    Row("owing", "I owe the rest", (issue(), reserve(100), dispense(110, PART, owing=True))),
    Row(
        "owing",
        "another owes the rest",
        (issue(), reserve(100, OTHER), dispense(110, PART, OTHER, owing=True)),
    ),
    Row("cancellation-waits", "cancelled while I hold", (issue(), reserve(110), cancel(115))),
    Row(
        "cancellation-waits",
        "cancelled while another holds",
        (issue(), reserve(110, OTHER), cancel(115)),
    ),
    Row(
        "cancelled",
        "cancelled while held, the hold ended, nothing told yet",
        (issue(), reserve(60), cancel(70)),
    ),
    Row("partly-dispensed", "partly dispensed by me", (issue(), dispense(60, PART))),
    Row("partly-dispensed", "partly dispensed by another", (issue(), dispense(60, PART, OTHER))),
    Row("completed", "dispensed by me", (issue(), dispense(60))),
    Row("completed", "dispensed by another", (issue(), dispense(60, WHOLE, OTHER))),
    Row(
        "completed-cancellation-waits",
        "dispensed by me, cancelled too late",
        (issue(), reserve(60), cancel(65), dispense(70)),
    ),
    Row("expired", "expired, nothing told yet", (issue(until=100),)),
    Row("expired", "expired, partly dispensed", (issue(until=100), dispense(60, PART), tick(110))),
    Row("cancelled", "cancelled", (issue(), cancel(60))),
    Row(
        "cancelled",
        "the rest cancelled, partly dispensed by me",
        (issue(), reserve(60), cancel(65), dispense(70, PART), release(75)),
    ),
    Row("replaced", "replaced", (issue(), cancel(60, newer=NEWER))),
    Row("claimed", "dispensed and claimed by me", (issue(), dispense(60), claim(70))),
    Row("claim-waits", "my claim waits for my dispense", (issue(), claim(70))),
    Row("active", "my claim waited in vain", (issue(), claim(10), tick(80))),
    Row("in-batches", "in batches, the first is open", (issue(batches=BATCHES),)),
    Row(
        "in-batches",
        "in batches, the first is collected",
        (issue(batches=BATCHES), dispense(60, Decimal(10))),
    ),
    Row(
        "in-batches",
        "in batches, between two",
        (issue(batches=(window(1, 0, 100), window(2, 200, 600))),),
    ),
)

CLINICS, COUNTERS, HANDING_OVER, PAYERS, TIME = (
    "Clinics",
    "Reservations",
    "Handing over",
    "Claims",
    "Time",
)

COLUMNS: tuple[Column, ...] = (
    Column(CLINICS, "a clinic issues under the code", lambda _: issue(NOW)[1]),
    Column(CLINICS, "its clinic cancels", lambda _: cancel(NOW)[1]),
    Column(CLINICS, "its clinic replaces it", lambda _: cancel(NOW, newer=NEWER)[1]),
    Column(CLINICS, "another clinic cancels", lambda _: cancel(NOW, STRANGER)[1]),
    Column(COUNTERS, "I reserve", lambda _: reserve(NOW)[1]),
    Column(COUNTERS, "I reserve without a licence", lambda _: reserve(NOW, ME, "INACTIVE")[1]),
    Column(COUNTERS, "I release", lambda _: release(NOW)[1]),
    Column(HANDING_OVER, "I hand over the rest", the_rest),
    Column(HANDING_OVER, "I hand over a part", lambda _: dispense(NOW, PART)[1]),
    Column(HANDING_OVER, "… and owe the rest", lambda _: dispense(NOW, PART, owing=True)[1]),
    Column(HANDING_OVER, "I take my last sale back", lambda _: reverse(NOW)[1]),
    Column(PAYERS, "I claim a part", lambda _: claim(NOW, 5, claim_id="2")[1]),
    Column(PAYERS, "… of another payer", lambda _: claim(NOW, 5, PAYER_2, "2")[1]),
    Column(PAYERS, "I withdraw my claim", lambda _: withdraw(NOW)[1]),
    Column(TIME, "a tick", lambda _: tick(NOW)[1]),
    Column(TIME, "a tick the day after", lambda _: tick(NEXT_DAY)[1], NEXT_DAY),
)


def groups() -> Iterable[str]:
    """The tables, in order."""
    return dict.fromkeys(column.group for column in COLUMNS)
