"""What the registry's tables hold beside the outcomes and the ledgers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from infra.faults.checks.ledger import Ledger
from infra.faults.checks.pairing import Judged
from infra.faults.checks.records import Rows
from infra.faults.checks.violations import Violation

TABLES = "the tables say what the log says"


def check_rows(
    rows: Rows, judged: Sequence[Judged], ledgers: Mapping[str, Ledger]
) -> Iterator[Violation]:
    """Records, totals, positions and states, each compared whole."""
    yield from _check_records(rows, judged)
    yield from _check_positions(rows, judged)
    for code, ledger in ledgers.items():
        row = rows.prescriptions.get(code)
        if (row is not None) != ledger.is_kept:
            yield Violation(
                TABLES,
                f"{code} is {'in' if row is not None else 'not in'} the registry, and by the log "
                f"{'something' if ledger.is_kept else 'nothing'} of it was accepted",
            )
        elif row is not None:
            for name, held, is_so in _compared(row, ledger):
                if held != is_so:
                    yield Violation(
                        TABLES, f"{code}: the registry holds {name} {held}, by the log {is_so}"
                    )
    for code in sorted(set(rows.prescriptions) - set(ledgers)):
        yield Violation(TABLES, f"{code} is in the registry, and the log has no record of it")


def _check_records(rows: Rows, judged: Sequence[Judged]) -> Iterator[Violation]:
    stored = dict(rows.records)
    totals: Counter[tuple[str, str, str]] = Counter()
    for one in judged:
        outcomes = one.ticked or ([one.outcome] if one.outcome is not None else [])
        for outcome in outcomes:
            totals[outcome.submission, outcome.verdict, outcome.result] += 1
            code = outcome.prescription_code
            kept = stored.pop((*one.record.place, code), None)
            if kept != outcome:
                yield Violation(
                    TABLES,
                    f"{one.where} of {code} was told {outcome.result}, the registry keeps "
                    f"{kept.result if kept else 'no such record'}",
                )
    for (partition, offset, _), kept in sorted(stored.items()):
        yield Violation(
            TABLES,
            f"the registry keeps {kept.result} of {kept.prescription_code} for "
            f"{partition}/{offset}, and no outcome was told of it",
        )
    for name in sorted(set(totals) | set(rows.tally)):
        if totals[name] != rows.tally[name]:
            yield Violation(
                TABLES,
                f"the totals count {rows.tally[name]} of {' '.join(name)}, the outcomes are "
                f"{totals[name]}",
            )


def _check_positions(rows: Rows, judged: Sequence[Judged]) -> Iterator[Violation]:
    ends: dict[int, int] = {}
    for one in judged:
        ends[one.record.partition] = one.record.offset + 1
    for partition, end in ends.items():
        applied = rows.applied.get(partition, 0)
        if applied != end:
            yield Violation(
                TABLES,
                f"partition {partition} of the log ends at {end}, and {applied} records of it "
                "are applied",
            )


def _compared(row: Mapping[str, Any], ledger: Ledger) -> Iterator[tuple[str, object, object]]:
    issued, hold, cancellation = row.get("issued"), row.get("reservation"), ledger.cancellation
    yield (
        "the issue by event",
        issued and issued["event_id"],
        ledger.issued and ledger.issued.event_id,
    )
    yield (
        "the hold of",
        hold and (hold["pharmacy_id"], _moment(hold["until"])),
        ledger.hold and (ledger.hold.pharmacy, ledger.hold.until),
    )
    early = [one for one in (row.get("cancellation"), *row.get("other_cancellations", ())) if one]
    ours = [cancellation] if cancellation else ledger.early
    yield (
        "cancellations (of, replaced by, applied)",
        [
            (one["facility_id"], one.get("replaced_by"), one.get("applied_at") is not None)
            for one in early
        ],
        [(one.facility, one.replaced_by, one.applied_at is not None) for one in ours],
    )
    yield (
        "lines (prescribed, dispensed, claimed)",
        {line["line"]: _figures(line) for line in row.get("lines", ())},
        {
            number: (line.prescribed, line.dispensed, line.claimed)
            for number, line in ledger.lines.items()
        },
    )
    yield "the end of its validity", row.get("expired_at") is not None, ledger.has_expired
    yield (
        "sales (reversed, waiting)",
        {
            sale["event_id"]: (
                sale.get("reversed_by") is not None,
                sale.get("provisional_until") is not None,
            )
            for sale in row.get("dispenses", ())
        },
        {
            sale.known_as[0]: (sale.is_reversed, sale.waits_until is not None)
            for sale in ledger.sales
        },
    )
    yield (
        "claims (withdrawn, standing)",
        [
            (
                claim["claim_id"],
                claim["facility_id"],
                claim.get("withdrawn_by") is not None,
                claim.get("standing", "payable"),
            )
            for claim in row.get("claims", ())
        ],
        [
            (claim.event.claim_id, claim.facility, claim.is_withdrawn, claim.standing)
            for claim in ledger.claims
        ],
    )


def _figures(line: Mapping[str, Any]) -> tuple[Decimal, Decimal, Decimal]:
    return (
        Decimal(line["quantity"]),
        Decimal(line.get("dispensed", "0")),
        Decimal(line.get("claimed", "0")),
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
