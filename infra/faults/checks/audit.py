"""The auditor: an independent reading of what a run left behind, in linear time."""

from __future__ import annotations

from collections.abc import Sequence

from infra.faults.checks.records import Logged, Rows, Told
from infra.faults.checks.violations import Violation
from infra.faults.history import Call

__all__ = ["Violation", "audit"]


def audit(
    history: Sequence[Call],
    log: Sequence[Logged],
    outcomes: Sequence[Told],
    states: Rows | None,
) -> list[Violation]:
    """Every promise that did not hold; empty when all held.

    To be asked when nothing is under way any more: every record judged, every verdict told. The
    `log` is in partition and offset order. `states` None leaves out what the tables hold.
    """
    raise NotImplementedError
