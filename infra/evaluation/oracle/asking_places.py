"""Asks the SQL about prescribers and pharmacies: those rules that compare with a limit, not with
peers, a second time over the final log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import duckdb

from infra.evaluation.oracle.log_file import COLUMNS

HERE = Path(__file__).parent
PLACE_RULES = tuple(sorted(path.stem for path in (HERE / "places").glob("*.sql")))
"""The rules that are written a second time."""


class Month(NamedTuple):
    """A subject's month that shows a rule's pattern."""

    rule: str
    subject: str
    month: int


class ComparedMonths(NamedTuple):
    """Months of the engine, of the SQL, and those that only one of them has."""

    rule: str
    engine: int
    oracle: int
    only_engine: tuple[Month, ...]
    only_oracle: tuple[Month, ...]

    @property
    def differing(self) -> int:
        """How many are not the same."""
        return len(self.only_engine) + len(self.only_oracle)


def ask_places(logs: Iterable[Path], months: Iterable[int], threads: int = 1) -> set[Month]:
    """Everything that the SQL finds in these months. Raises duckdb.Error when it cannot run."""
    reviewed, found = set(months), set[Month]()
    with duckdb.connect(":memory:", config={"threads": threads}) as database:
        database.execute("SET enable_progress_bar = false")
        database.execute(
            "CREATE TABLE told AS SELECT * FROM read_csv($1, header=false, columns=$2, "
            "nullstr='\\N', quote='\"')",
            [[str(path) for path in logs], COLUMNS],
        )
        for script in ("tables.sql", "places.sql"):
            database.execute((HERE / script).read_text("utf-8"))
        for rule in PLACE_RULES:
            query = (HERE / "places" / f"{rule}.sql").read_text("utf-8")
            rows = database.execute(query).fetchall()
            found |= {Month(rule, subject, month) for subject, month in rows if month in reviewed}
    return found


def compare_months(engine: set[Month], oracle: set[Month]) -> list[ComparedMonths]:
    """Rule by rule."""
    counts = Counter(one.rule for one in engine), Counter(one.rule for one in oracle)
    only, others = sorted(engine - oracle), sorted(oracle - engine)
    return [
        ComparedMonths(
            rule,
            counts[0][rule],
            counts[1][rule],
            tuple(one for one in only if one.rule == rule),
            tuple(one for one in others if one.rule == rule),
        )
        for rule in PLACE_RULES
    ]
