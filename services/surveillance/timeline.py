"""One patient's exact timeline: what happened, in the order it happened, in a compact form.

`insert` and `withdraw` are idempotent and commute: whatever the order, repetition or lateness in
which facts and withdrawals come, the timeline ends the same (`PatientState` says what else it
holds, and which part of that remembers the order). Rules read `Entry` and `Medicine` only.

How it stays small. `since_day` is the first day kept, 24 months before the newest fact; it never
moves back. A fact from before it goes into the late lane (`late/`). "Newest" goes by what the
broker confirms, the earlier of the stated time and that of recording, so one mistyped year cannot
push a life out. Of more than `FACTS_MAX` facts in 24 months the newest are kept.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from services.contracts.facts import FactLine, FactRecorded, FactWithdrawn
from services.contracts.terms import Severity
from services.surveillance.drug_classes import OPIOID, DrugClasses

HORIZON_DAYS = 730
"""24 months: nothing older than this before the patient's newest fact is kept or looked at."""

FACTS_MAX = 1000
"""More than one a day for the whole horizon: no patient, but a reference that is being misused."""


class Horizon(NamedTuple):
    """What is kept: so many days before the newest fact, so many facts at most."""

    days: int = HORIZON_DAYS
    facts: int = FACTS_MAX


_LIVE = Horizon()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_MILLISECOND = timedelta(milliseconds=1)
_DAY_MS = 86_400_000
_LOCAL_OFFSET_MS = 7 * 3_600_000  # Asia/Ho_Chi_Minh: UTC+7, no daylight saving time


class Medicine(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One medicine of a fact.

    `key` is what makes two products the same medicine: the ATC code of level 5, or the set of
    ingredients where there is none, or empty when neither is known. `classes` are bits of
    `drug_classes.BITS`. `days` is the days' supply, None when unknown: no rule guesses it.
    `mme_milli` are thousandths of morphine milligram equivalents a day, None when not known.
    """

    key: str
    classes: int
    days: int | None
    mme_milli: int | None = None


class Entry(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One fact. `at` is its event time in epoch milliseconds, `day` its local day since 1970.

    `medicines` are those handed over or prescribed; `classes` are the classes of all of them.
    """

    at: int
    day: int
    fact_id: str
    dispensed: bool
    classes: int
    code: str
    practice: str
    pharmacy: str
    chain: str
    in_person: bool
    province: str
    latitude: float | None
    longitude: float | None
    treatment: str
    medicines: tuple[Medicine, ...]
    prescriber: str = ""

    @property
    def facility(self) -> str:
        """Where it happened: the pharmacy of a dispense, the practice of a prescription."""
        return self.pharmacy if self.dispensed else self.practice

    @property
    def supplier(self) -> str:
        """The pharmacy, or its chain: branches of one chain see one another's sales."""
        return self.chain or self.pharmacy


Timeline = tuple[Entry, ...]
"""Facts that hold, sorted by event time, then by id."""


class Proof(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One fact an alert rests on, as published; outlives the fact's withdrawal."""

    fact_id: str
    code: str
    at: int
    facility: str
    note: str


class OpenAlert(msgspec.Struct, frozen=True, gc=False):
    """An alert as last published: all that its next revision or its retraction needs."""

    rule: str
    rule_version: str
    severity: Severity
    revision: int
    start: int
    end: int
    settles_on: int
    evidence: tuple[Proof, ...]
    figures: dict[str, str]


class Retracted(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The last revision of an alert that was taken back, should it be raised again."""

    revision: int
    settles_on: int


class PatientState(msgspec.Struct, frozen=True, gc=False):
    """Everything surveillance keeps of one patient.

    `timeline`, `withdrawn` (fact id -> last day it matters) and `since_day` depend on which facts
    came, not on their order; so do the identity and content of `alerts`. Revision numbers and
    `retracted` tell what was published on the way. An alert leaves `alerts` on retraction, or
    silently once `since_day` reaches its `settles_on`: from then on it stands as published.
    `rules_hit` names the rules that found anything when they last looked at the whole timeline.
    """

    patient_ref: str
    since_day: int = 0
    timeline: Timeline = ()
    withdrawn: dict[str, int] = {}
    alerts: dict[str, OpenAlert] = {}
    retracted: dict[str, Retracted] = {}
    rules_hit: tuple[str, ...] = ()


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(PatientState)


def encode(state: PatientState) -> bytes:
    """The state as JSON; equal states give equal bytes."""
    return _encoder.encode(state)


def decode(content: bytes) -> PatientState:
    """The state from `encode`; raises msgspec.ValidationError if it is anything else."""
    return _decoder.decode(content)


def epoch_ms(moment: datetime) -> int:
    """Milliseconds since 1970; raises TypeError for a moment without time zone."""
    return (moment - _EPOCH) // _MILLISECOND


def moment(at: int) -> datetime:
    """The moment in UTC of epoch milliseconds."""
    return _EPOCH + at * _MILLISECOND


def local_day(at: int) -> int:
    """The local calendar day of epoch milliseconds, counted from 1 January 1970."""
    return (at + _LOCAL_OFFSET_MS) // _DAY_MS


def day_number(on: date) -> int:
    """The number `local_day` gives a calendar day."""
    return on.toordinal() - _EPOCH_ORDINAL


def calendar_date(day: int) -> date:
    """The calendar day of a `local_day` number."""
    return date.fromordinal(day + _EPOCH_ORDINAL)


def insert(
    state: PatientState, fact: FactRecorded, classes: DrugClasses, horizon: Horizon = _LIVE
) -> tuple[PatientState, Entry | None]:
    """Add a fact. The entry is None when that changes nothing: the fact is known, withdrawn, of
    an unknown kind, or from before `since_day`."""
    if fact.kind == "UNKNOWN" or _known(state.timeline, fact.fact_id) is not None:
        return state, None
    entry = _entry(fact, classes)
    confirmed_day = min(entry.day, local_day(epoch_ms(fact.recorded_at)))
    since_day = max(state.since_day, confirmed_day - horizon.days)
    timeline, withdrawn, taken = state.timeline, state.withdrawn, None
    if fact.fact_id in withdrawn:
        withdrawn = {**withdrawn, fact.fact_id: max(withdrawn[fact.fact_id], entry.day)}
    elif entry.day >= since_day:
        place = bisect_left(timeline, (entry.at, entry.fact_id), key=_order)
        timeline, taken = (*timeline[:place], entry, *timeline[place:]), entry
        if len(timeline) > horizon.facts:
            timeline = timeline[-horizon.facts :]
            since_day = max(since_day, timeline[0].day)
    if since_day > state.since_day:
        timeline = _from_day(timeline, since_day)
        withdrawn = {fact_id: day for fact_id, day in withdrawn.items() if day >= since_day}
    return replace(state, since_day=since_day, timeline=timeline, withdrawn=withdrawn), taken


def withdraw(state: PatientState, withdrawal: FactWithdrawn) -> tuple[PatientState, Entry | None]:
    """Take a fact out, for good: it stays out if it is told again or only comes later. The entry
    is what was taken out, None when the timeline stays as it is."""
    fact_id = withdrawal.fact_id
    gone = _known(state.timeline, fact_id)
    matters_until = local_day(epoch_ms(withdrawal.recorded_at))
    if gone is not None:
        matters_until = max(matters_until, gone.day)
    if matters_until < state.since_day or state.withdrawn.get(fact_id, -1) >= matters_until:
        return state, None
    timeline = state.timeline
    if gone is not None:
        timeline = tuple(entry for entry in timeline if entry is not gone)
    withdrawn = {**state.withdrawn, fact_id: matters_until}
    return replace(state, timeline=timeline, withdrawn=withdrawn), gone


def near(timeline: Timeline, first_day: int, last_day: int) -> Timeline:
    """The facts of the days from `first_day` to `last_day`, both included."""
    if not timeline or first_day > timeline[-1].day:
        return ()
    end = len(timeline)
    if last_day < timeline[-1].day:
        end = bisect_left(timeline, last_day + 1, key=_day)
    return timeline[bisect_left(timeline, first_day, key=_day) : end]


def _known(timeline: Timeline, fact_id: str) -> Entry | None:
    for entry in timeline:
        if entry.fact_id == fact_id:
            return entry
    return None


def _from_day(timeline: Timeline, day: int) -> Timeline:
    place = bisect_left(timeline, day, key=_day)
    return timeline[place:] if place else timeline


def _order(entry: Entry) -> tuple[int, str]:
    return entry.at, entry.fact_id


def _day(entry: Entry) -> int:
    return entry.day


def _entry(fact: FactRecorded, classes: DrugClasses) -> Entry:
    at = epoch_ms(fact.occurred_at)
    day = local_day(at)
    dispensed = fact.kind == "DISPENSED"
    ordinal = day + _EPOCH_ORDINAL
    medicines = tuple([_medicine(line, classes, ordinal) for line in fact.lines])
    all_classes = 0
    for medicine in medicines:
        all_classes |= medicine.classes
    return Entry(
        at=at,
        day=day,
        fact_id=fact.fact_id,
        dispensed=dispensed,
        classes=all_classes,
        code=fact.prescription_code,
        practice=fact.practice_id,
        pharmacy=fact.pharmacy_id or "",
        chain=fact.pharmacy_chain_id,
        in_person=fact.in_person,
        province=fact.pharmacy_province if dispensed else fact.practice_province,
        latitude=fact.pharmacy_latitude if dispensed else fact.practice_latitude,
        longitude=fact.pharmacy_longitude if dispensed else fact.practice_longitude,
        treatment=fact.treatment,
        medicines=medicines,
        prescriber=fact.prescriber_id,
    )


def _medicine(line: FactLine, classes: DrugClasses, ordinal: int) -> Medicine:
    drug, days = line.drug, line.days_supply
    atc = drug.atc.strip().upper()
    key = atc if len(atc) == 7 else "+".join(sorted(drug.ingredients))
    bits = classes.bits(drug, ordinal)
    mme_milli = classes.mme.milli_per_day(line, ordinal) if bits & OPIOID else None
    return Medicine(key, bits, days if days and days > 0 else None, mme_milli)
