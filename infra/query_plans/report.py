"""The page with every statement's plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import asyncpg

from infra.bench.machine import Machine
from infra.local.environment import PROJECT
from infra.query_plans.plans import Examined

PAGE = PROJECT / "docs" / "query-plans.md"
GIB = 1024**3

HEAD = """# Query plans

Every statement with which the registry reads (`services/registry/store/reads.sql`), asked of a
registry of {rows:,} prescriptions with {records:,} records, with the hardest arguments in it: the
busiest facilities, deep pages, long absences. Written by `python -m infra.query_plans --rows
{rows}`; the run fails when a statement scans a whole large table or looks at more of its rows than
the answer needs.

{date:%Y-%m-%d}, Postgres {postgres}, {cpu} ({cores} cores, {memory:.0f} GiB), other work on the
machine meanwhile (load {load:.0f}): the plans and the rows are exact, the times are not.
"""

ANSWERS = """
## Answers
"Looked at" counts rows of `prescription`, `record` and `concern`, also those filtered out;
"buffers" are 8 KiB pages found in memory + read. Times are of one execution with what happened to
be in memory. Postgres plans a prepared statement for its arguments or once for all; where the two
differ, both are shown.

| statement | asked | plan | rows | looked at | buffers | ms |
|---|---|---|---|---|---|---|
"""

TABLES = """
## Tables
| table or index | rows | GiB |
|---|---|---|
"""


@dataclass(frozen=True)
class Report:
    """What a run found; `sizes` are (name, rows, bytes)."""

    date: datetime
    rows: int
    machine: Machine
    answers: Sequence[Examined]
    sizes: Sequence[asyncpg.Record]

    @property
    def wrong(self) -> list[str]:
        """What must not be, in sentences."""
        return [
            f"{one.question.statement} ({one.question.asked}, {one.mode} plan) {what}."
            for one in self.answers
            for what in one.wrong
        ]


def write(report: Report, path: Path = PAGE) -> None:
    """Write the page."""
    path.write_text("".join(_page(report)), encoding="utf-8")


def _page(report: Report) -> Iterator[str]:
    machine = report.machine
    yield HEAD.format(
        rows=report.rows,
        records=report.rows * 3,
        date=report.date,
        postgres=machine.versions["Postgres"],
        cpu=machine.cpu,
        cores=machine.cores,
        memory=machine.memory_bytes / GIB,
        load=machine.load,
    )
    yield ANSWERS
    for custom, generic in zip(report.answers[::2], report.answers[1::2], strict=True):
        yield _line(custom)
        if generic.nodes != custom.nodes:
            yield _line(generic)
    yield TABLES
    for name, rows, size in report.sizes:
        yield f"| {name} | {rows:,} | {size / GIB:.2f} |\n"


def _line(one: Examined) -> str:
    question = one.question
    asked = question.asked if one.mode == "custom" else f"{question.asked}: planned once for all"
    plan = "<br>".join(one.nodes) or "-"
    return (
        f"| {question.statement} | {asked} | {plan} | {one.rows:,} | {one.looked_at:,} |"
        f" {one.hit:,} + {one.read:,} | {one.milliseconds:.1f} |\n"
    )
