"""What the directory said of a pharmacy, as it was stamped into the record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from infra.faults.checks.stages.shapes import Finding
from services.contracts.terms import Drug, Submitter


def breaches(submitter: Submitter, drugs: Iterable[tuple[int, Drug]]) -> Iterator[Finding]:
    """Why it may not hand these medicines over; `drugs` with the lines they are of."""
    if submitter.licence_status == "INACTIVE":
        yield "pharmacy-unlicensed", None
    for line, drug in drugs:
        known = bool(submitter.permitted_classes) and drug.control_class != "UNKNOWN"
        if known and drug.control_class not in submitter.permitted_classes:
            yield "class-not-permitted", line
