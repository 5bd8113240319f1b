"""What a rule sees and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as with_default
from datetime import date, datetime

from services.contracts.terms import Drug, Treatment
from services.vietnam.dated_law import LawInForce, Rule, local_day
from services.vietnam.directory import Facility
from services.vietnam.draft import DraftLine, PrescriptionDraft


@dataclass(frozen=True)
class IssueCase:
    """A draft with everything its rules depend on. `drugs[i]` is what `lines[i]` names."""

    draft: PrescriptionDraft
    drugs: Sequence[Drug]
    facility: Facility
    law: LawInForce
    received_at: datetime
    treatment: Treatment

    @property
    def day(self) -> date:
        """The local day of prescribing."""
        return local_day(self.draft.authored_on)

    @property
    def lines(self) -> Iterator[tuple[str, DraftLine, Drug]]:
        """Each line with its path in the draft and its medicine."""
        for index, (line, drug) in enumerate(zip(self.draft.lines, self.drugs, strict=True)):
            yield f"lines[{index}]", line, drug


@dataclass(frozen=True)
class Breach:
    """One place where a rule is broken, and the values its message needs. Never personal."""

    field: str
    values: dict[str, object] = with_default(default_factory=dict)


RuleFunction = Callable[[IssueCase, Rule], Iterator[Breach]]
