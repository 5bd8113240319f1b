"""Who held a prescription when, from grants and what ended them, and that no two overlap.

Read from outcomes and append times alone, without the ledger, so that the one promise the network
exists for is checked twice, in two ways.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from infra.faults.checks.pairing import Judged
from infra.faults.checks.violations import Violation

HOLDS = "holds never overlap"


@dataclass(slots=True)
class Hold:
    """One pharmacy's hold, from its grant until it ended (log time)."""

    pharmacy: str
    grant: Judged
    since: datetime
    until: datetime
    ended_by: str = "its end"


def check_holds(code: str, judged: Sequence[Judged]) -> Iterator[Violation]:
    """`judged` are, in the log's order, the first records of one prescription and the ticks that
    told of it.

    What has ended stays ended: append times may go back after a record that was past the end.
    """
    held: Hold | None = None
    for one in judged:
        outcome, at = one.outcome, one.record.at
        if held is not None and at >= held.until:
            held = None
        if one.event is None or outcome is None:
            continue
        facility = one.event.submitter.facility_id
        if outcome.result == "granted":
            if held is not None:
                yield Violation(
                    HOLDS,
                    f"{code} was granted to {facility} at {one.where} ({at.isoformat()}) while "
                    f"{held.pharmacy} held it since {held.grant.where} "
                    f"({held.since.isoformat()}) until {held.until.isoformat()}",
                )
            if outcome.held_until is None or outcome.holder != facility:
                yield Violation(
                    HOLDS,
                    f"{code} was granted to {facility} at {one.where}, and the outcome names the "
                    f"holder {outcome.holder} until {outcome.held_until}",
                )
                held = None
                continue
            held = Hold(facility, one, at, outcome.held_until)
        elif held is not None and _ends(one, held):
            held = None
        elif held is not None and outcome.result == "dispensed" and facility == held.pharmacy:
            held.until = max(held.until, outcome.held_until or held.until)  # owing lengthens it
        if held is not None and outcome.holder not in (None, held.pharmacy):
            yield Violation(
                HOLDS,
                f"{code}: the outcome of {one.where} names the holder {outcome.holder} while "
                f"{held.pharmacy} held it since {held.grant.where}",
            )


def _ends(one: Judged, held: Hold) -> bool:
    """Given back by its holder, or all is handed over, or the holder let the rest go."""
    event, outcome = one.event, one.outcome
    if event is None or outcome is None:
        return False
    if outcome.result == "released":
        return event.submitter.facility_id == held.pharmacy
    return outcome.result == "dispensed" and outcome.holder is None
