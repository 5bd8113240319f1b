"""The auditor: an independent reading of what a run left behind, in linear time.

It trusts the bytes on the log, the append times and the codec, nothing else: not the registry's
judge nor its fold. What it cannot explain is a violation, so a new result or refusal of the
registry has to be read here too before a run with it passes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from infra.faults.checks.calls import check_calls
from infra.faults.checks.holds import check_holds
from infra.faults.checks.pairing import Judged, pair
from infra.faults.checks.prescriptions import keep_books
from infra.faults.checks.records import Logged, Rows, Told
from infra.faults.checks.rows import check_rows
from infra.faults.checks.violations import Violation
from infra.faults.history import Call
from services.topology import LOG


def audit(
    history: Sequence[Call],
    log: Sequence[Logged],
    outcomes: Sequence[Told],
    states: Rows | None,
    *,
    partitions: int = LOG.partitions,
) -> list[Violation]:
    """Every promise that did not hold; empty when all held.

    To be asked when nothing is under way any more: every record judged, every verdict told. The
    `log` is in partition and offset order. `states` None leaves out what the tables hold,
    `partitions` 0 where keys belong.
    """
    judged, mispaired = pair(log, outcomes, partitions)
    ledgers, misjudged = keep_books(judged)
    found = [*mispaired, *misjudged]
    by_code: defaultdict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        if one.event is not None and one.first is None:
            by_code[one.record.code].append(one)
        for outcome in one.ticked:
            by_code[outcome.prescription_code].append(one)
    for code, records in by_code.items():
        found.extend(check_holds(code, records))
    found.extend(check_calls(history, judged))
    if states is not None:
        found.extend(check_rows(states, judged, ledgers))
    return found
