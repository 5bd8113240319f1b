"""Rules about dispensing in dated batches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from services.vietnam.dated_law import Rule
from services.vietnam.draft import DraftBatch
from services.vietnam.issue_rules.case import Breach, IssueCase
from services.vietnam.treatment import is_diagnosed


def batch_order(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """Batches are numbered from 1, end no earlier than they start, and follow one another."""
    batches = case.draft.batches
    for index, batch in enumerate(batches):
        if batch.number != index + 1:
            yield Breach(f"batches[{index}].number")
        if batch.end_on < batch.start_on:
            yield Breach(f"batches[{index}].end_on")
        earliest = batches[index - 1].end_on + timedelta(days=1) if index else case.day
        if batch.start_on < earliest:
            yield Breach(f"batches[{index}].start_on")


def n_tranche(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """Narcotics for cancer: at most 3 consecutive batches of at most 10 days, 30 days in all.

    Up to the acute limit of 7 days no batch is needed.
    """
    draft = case.draft
    if draft.prescription_type != "n" or not is_diagnosed(
        draft, case.law, *rule.names("diagnoses")
    ):
        return
    if draft.batches:
        yield from _of_batches(case, rule)
    else:
        acute = rule.number("acute_days")
        if any(line.days_supply is None or line.days_supply > acute for line in draft.lines):
            yield Breach("batches")


def _of_batches(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    draft = case.draft
    if len(draft.batches) > rule.number("batches"):
        yield Breach("batches")
    for index, batch in enumerate(draft.batches):
        if _days(batch) > rule.number("batch_days"):
            yield Breach(f"batches[{index}].end_on")
    for index, (before, batch) in enumerate(pairwise(draft.batches), start=1):
        if batch.start_on > before.end_on + timedelta(days=1):
            yield Breach(f"batches[{index}].start_on")
    total = min(sum(_days(batch) for batch in draft.batches), rule.number("total_days"))
    for path, line, _ in case.lines:
        if line.days_supply is not None and line.days_supply > total:
            yield Breach(f"{path}.days_supply")


def _days(batch: DraftBatch) -> int:
    return (batch.end_on - batch.start_on).days + 1
