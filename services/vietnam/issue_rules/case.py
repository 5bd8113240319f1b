"""What a rule sees and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as with_default
from datetime import date, datetime
from functools import cached_property
from typing import Literal, Protocol

from services.contracts.terms import Drug, LicenceStatus, Treatment
from services.vietnam.dated_law import LawInForce, Rule, local_day
from services.vietnam.draft import DraftLine, PrescriptionDraft
from services.vietnam.treatment import treatment_basis


class IssuingFacility(Protocol):
    """What the rules ask of the directory about the place that issues."""

    @property
    def facility_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def has_beds(self) -> bool: ...
    def licence_status(self, day: date) -> LicenceStatus:
        """Of a day of Vietnam's calendar; UNKNOWN when the directory does not say."""
        ...


class Practitioner(Protocol):
    """What the rules ask of the directory about the prescriber, at the facility on that day."""

    @property
    def scope(self) -> Collection[str]:
        """The controlled classes the person may prescribe there; `NARCOTIC` when the facility's
        list of sample signatures has the person."""
        ...

    @property
    def practises_here(self) -> bool:
        """Whether the facility listed the person as one of its prescribers."""
        ...

    def status(self, day: date) -> LicenceStatus:
        """Of the licence to practise; UNKNOWN when the directory does not say."""
        ...


@dataclass(frozen=True)
class IssueCase:
    """A draft with everything its rules depend on.

    `drugs[i]` is the catalogue's answer for `draft.lines[i]`; `practitioner` is the prescriber as
    the directory knows them, None when it does not; `received_at` is when the draft came in.
    Raises ValueError when the drugs do not match the lines.
    """

    draft: PrescriptionDraft
    drugs: Sequence[Drug]
    facility: IssuingFacility
    practitioner: Practitioner | None
    law: LawInForce
    received_at: datetime

    def __post_init__(self) -> None:
        if len(self.drugs) != len(self.draft.lines):
            lines, drugs = len(self.draft.lines), len(self.drugs)
            raise ValueError(f"give one drug per line: {lines}, not {drugs}")

    @cached_property
    def day(self) -> date:
        """The local day of prescribing."""
        return local_day(self.draft.authored_on)

    @cached_property
    def treatment(self) -> Treatment:
        """What the diagnoses stand for."""
        return treatment_basis(self.draft, self.law)

    @property
    def prescriber_status(self) -> LicenceStatus:
        """The prescriber's licence on the day of prescribing."""
        return "UNKNOWN" if self.practitioner is None else self.practitioner.status(self.day)

    @property
    def lines(self) -> Iterator[tuple[str, DraftLine, Drug]]:
        """Each line with its path in the draft and its medicine."""
        for index, (line, drug) in enumerate(zip(self.draft.lines, self.drugs, strict=True)):
            yield f"lines[{index}]", line, drug


Detail = Literal[
    "class",
    "facility",
    "letter",
    "limit",
    "named",
    "reason_en",
    "reason_vi",
    "skew_minutes",
    "stated",
    "type",
    "words",
]
"""All that a breach may tell besides its place. They end on the log in clear, so nothing here may
be about the person: codes of facilities and types, classes of medicines, days prescribed."""


@dataclass(frozen=True)
class Breach:
    """One place where a rule is broken, and the values its message needs. Never personal."""

    field: str
    details: Mapping[Detail, object] = with_default(default_factory=dict)


RuleFunction = Callable[[IssueCase, Rule], Iterator[Breach]]
