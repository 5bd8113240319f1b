"""The story of one subject, told as it comes in: what is found, what is withdrawn, who decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.contracts.decisions import CaseDecided, CaseStep, Informed, Message, Party
from services.oversight.cases.case import Case, take_change
from services.oversight.cases.deciding import Ruling, decided, rule_on
from services.oversight.projection import Change
from tests.oversight.artificial import PATIENT, at, changed, raised, retracted, revised

A_PHARMACY, AN_AUTHORITY = "01P01", "01TTR"


def told(
    party: Party = "PHARMACY", ref: str = A_PHARMACY, message: Message = "SUSPICION"
) -> Informed:
    return Informed(party=party, ref=ref, message=message)


REFERRED_TO = told("AUTHORITY", AN_AUTHORITY)


def decision(
    case: Case, step: CaseStep, reason: str, *informed: Informed, **given: Any
) -> CaseDecided:
    content = {
        "decision_id": f"decision-{case.number}-{case.version}",
        "subject": case.subject,
        "case_number": case.number,
        "case_version": case.version,
        "step": step,
        "reason": reason,
        "informed": informed,
        "decided_by": "officer-mau-1",
        "facility_id": "01SYT",
        "decided_at": at(),
        **given,
    }
    return CaseDecided(**content)


@dataclass
class Story:
    """Each line of it is one record of the subject's partition."""

    cases: tuple[Case, ...] = ()
    offset: int = -1
    revisions: dict[int, int] = field(default_factory=dict)

    def _next(self, number: int) -> int:
        self.revisions[number] = self.revisions.get(number, 0) + 1
        return self.revisions[number]

    def _take(self, change: Change) -> Story:
        self.offset += 1
        self.cases = take_change(self.cases, changed(change, self.offset, minute=self.offset))
        return self

    def found(self, number: int = 1, **given: Any) -> Story:
        return self._take(raised(number, self._next(number), **given))

    def grew(self, number: int = 1, **given: Any) -> Story:
        return self._take(revised(number, self._next(number), **given))

    def withdrawn(self, number: int = 1, **given: Any) -> Story:
        return self._take(retracted(number, self._next(number), **given))

    def repeated(self, number: int = 1) -> Story:
        return self._take(raised(number, self.revisions[number]))

    def decides(
        self, step: CaseStep, reason: str, *informed: Informed, case: int = -1, **given: Any
    ) -> Ruling:
        self.offset += 1
        before = self.cases[case]
        wanted = decision(before, step, reason, *informed, **given)
        ruling = rule_on(before, wanted)
        if ruling == "accepted":
            after = decided(before, wanted, self.now)
            self.cases = tuple(after if one is before else one for one in self.cases)
        return ruling

    def accepts(
        self, step: CaseStep, reason: str, *informed: Informed, case: int = -1, **given: Any
    ) -> Story:
        assert self.decides(step, reason, *informed, case=case, **given) == "accepted"
        return self

    @property
    def now(self) -> datetime:
        return at(self.offset)

    @property
    def case(self) -> Case:
        (only,) = self.cases
        return only


def under_review(number: int = 1) -> Story:
    """A case somebody has begun to look into."""
    return Story().found(number).accepts("UNDER_REVIEW", "records-requested")


def referred() -> Story:
    return under_review().accepts("REFERRED", "to-inspectorate", REFERRED_TO)


__all__ = [
    "AN_AUTHORITY",
    "A_PHARMACY",
    "PATIENT",
    "REFERRED_TO",
    "Story",
    "decision",
    "referred",
    "told",
    "under_review",
]
