"""Asks the SQL what it finds in a log, and compares that with what the engine found.

The SQL gets what the log carries, with repetitions and withdrawals, and does everything else
itself: what holds, local days, classes of medicines, doses, exemptions, episodes. The numbers of
the rules stand in the SQL a second time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb

from infra.evaluation.folding import Folded
from infra.evaluation.oracle.log_file import COLUMNS

HERE = Path(__file__).parent
RULES = tuple(sorted(path.stem for path in (HERE / "rules").glob("*.sql")))
"""The rules that are written a second time."""


class Alert(NamedTuple):
    """What makes two alerts the same; times in epoch milliseconds."""

    rule: str
    patient: str
    starts: int
    ends: int
    hits: int
    is_suppressed: bool


class Compared(NamedTuple):
    """Alerts of the engine, of the SQL, and those that only one of them has."""

    rule: str
    engine: int
    oracle: int
    only_engine: tuple[Alert, ...]
    only_oracle: tuple[Alert, ...]

    @property
    def differing(self) -> int:
        """How many are not the same."""
        return len(self.only_engine) + len(self.only_oracle)


def ask(logs: Iterable[Path], threads: int = 1) -> set[Alert]:
    """Every alert that the SQL finds in these logs, also those that are only on record.

    Raises duckdb.Error when it cannot run.
    """
    with duckdb.connect(":memory:", config={"threads": threads}) as database:
        database.execute("SET enable_progress_bar = false")
        names = [str(path) for path in logs]
        database.execute(
            "CREATE TABLE told AS SELECT * FROM read_csv($1, header=false, columns=$2, "
            "nullstr='\\N', quote='\"')",
            [names, COLUMNS],
        )
        database.execute((HERE / "tables.sql").read_text("utf-8"))
        for rule in RULES:
            query = (HERE / "rules" / f"{rule}.sql").read_text("utf-8")
            database.execute(f"INSERT INTO hit SELECT '{rule}', * FROM (\n{query}\n)")
        database.execute((HERE / "episodes.sql").read_text("utf-8"))
        rows = database.execute("SELECT * FROM alert").fetchall()
    return {Alert(*row) for row in rows}


def standing(folded: Iterable[Folded]) -> Iterator[Alert]:
    """The engine's alerts of the rules written twice, also those that are only on record."""
    for one in folded:
        for alert in (*one.alerts, *one.suppressed):
            if alert.rule in RULES:
                yield Alert(
                    alert.rule, one.ref, alert.start, alert.end, alert.hits, alert.is_suppressed
                )


def compare(engine: set[Alert], oracle: set[Alert]) -> list[Compared]:
    """Rule by rule."""
    counts = Counter(alert.rule for alert in engine), Counter(alert.rule for alert in oracle)
    only: dict[str, list[Alert]] = defaultdict(list)
    others: dict[str, list[Alert]] = defaultdict(list)
    for alert in sorted(engine - oracle):
        only[alert.rule].append(alert)
    for alert in sorted(oracle - engine):
        others[alert.rule].append(alert)
    return [
        Compared(rule, counts[0][rule], counts[1][rule], tuple(only[rule]), tuple(others[rule]))
        for rule in RULES
    ]
