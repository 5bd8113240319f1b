"""Checks of a run: a plain auditor over the log, and linearizability by a checker not ours.

history = list(read(file))
log, outcomes = read_log(bootstrap, codec), read_outcomes(bootstrap, codec)
violations = audit(history, log, outcomes, await read_rows(database))
verdict = linearizable(file)
"""

from infra.faults.checks.audit import audit
from infra.faults.checks.cut_log import check_cut
from infra.faults.checks.letters import check_letters
from infra.faults.checks.linearizable import Verdict, linearizable
from infra.faults.checks.records import (
    Logged,
    Rows,
    Told,
    at_the_same_place,
    read_letters,
    read_log,
    read_outcomes,
    read_rows,
)
from infra.faults.checks.violations import Violation

__all__ = [
    "Logged",
    "Rows",
    "Told",
    "Verdict",
    "Violation",
    "at_the_same_place",
    "audit",
    "check_cut",
    "check_letters",
    "linearizable",
    "read_letters",
    "read_log",
    "read_outcomes",
    "read_rows",
]
