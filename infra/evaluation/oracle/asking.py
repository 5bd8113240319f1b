"""Asks the SQL what it finds in a log, and compares that with what the engine found.

The SQL gets what the log carries, with repetitions and withdrawals, and does everything else
itself: what holds, local days, classes of medicines, doses, exemptions, episodes. The numbers of
the rules stand in the SQL a second time.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb

from infra.evaluation.folding import Folded
from services.contracts.facts import Fact, FactLine, FactRecorded

HERE = Path(__file__).parent
RULES = tuple(sorted(path.stem for path in (HERE / "rules").glob("*.sql")))
"""The rules that are written a second time."""

COLUMNS = {
    "kind": "VARCHAR",
    "patient": "VARCHAR",
    "fact_id": "VARCHAR",
    "occurred_us": "BIGINT",
    "code": "VARCHAR",
    "prescriber": "VARCHAR",
    "practice": "VARCHAR",
    "practice_province": "VARCHAR",
    "practice_lat": "DOUBLE",
    "practice_lon": "DOUBLE",
    "pharmacy": "VARCHAR",
    "chain": "VARCHAR",
    "pharmacy_province": "VARCHAR",
    "pharmacy_lat": "DOUBLE",
    "pharmacy_lon": "DOUBLE",
    "in_person": "BOOLEAN",
    "treatment": "VARCHAR",
    "line": "BIGINT",
    "atc": "VARCHAR",
    "ingredients": "VARCHAR",
    "strength_thousandths": "BIGINT",
    "units": "BIGINT",
    "days": "BIGINT",
    "control": "VARCHAR",
    "form": "VARCHAR",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Alert(NamedTuple):
    """What makes two alerts the same; times in epoch milliseconds."""

    rule: str
    patient: str
    starts: int
    ends: int
    hits: int


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


def write_log(facts: Iterable[Fact], path: Path) -> None:
    """The log of some patients as CSV, one row per line of a fact."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(_rows(facts))


def ask(logs: Iterable[Path], threads: int = 1) -> set[Alert]:
    """Every alert that the SQL finds in these logs. Raises duckdb.Error when it cannot run."""
    with duckdb.connect(":memory:", config={"threads": threads}) as database:
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
        rows = database.execute("SELECT rule, patient, starts, ends, hits FROM alert").fetchall()
    return {Alert(*row) for row in rows}


def standing(folded: Iterable[Folded]) -> Iterator[Alert]:
    """The engine's alerts of the rules written twice."""
    for one in folded:
        for alert in one.alerts:
            if alert.rule in RULES:
                yield Alert(alert.rule, one.ref, alert.start, alert.end, alert.hits)


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


_NULL = r"\N"


def _rows(facts: Iterable[Fact]) -> Iterator[list[object]]:
    for fact in facts:
        at = (fact.occurred_at - _EPOCH) // _MICROSECOND
        if not isinstance(fact, FactRecorded):
            head = ["WITHDRAWN", fact.patient_ref, fact.fact_id, at, fact.prescription_code]
            yield [*head, *([_NULL] * (len(COLUMNS) - len(head)))]
            continue
        head = [
            fact.kind,
            fact.patient_ref,
            fact.fact_id,
            at,
            fact.prescription_code,
            fact.prescriber_id,
            fact.practice_id,
            fact.practice_province,
            fact.practice_latitude,
            fact.practice_longitude,
            fact.pharmacy_id,
            fact.pharmacy_chain_id,
            fact.pharmacy_province,
            fact.pharmacy_latitude,
            fact.pharmacy_longitude,
            fact.in_person,
            fact.treatment,
        ]
        for line in fact.lines:
            yield [_NULL if value is None else value for value in (*head, *_line(line))]


def _line(line: FactLine) -> list[object]:
    drug = line.drug
    strength = None if drug.strength_mg is None else int(drug.strength_mg * 1000)
    ingredients = "+".join(sorted(drug.ingredients))
    return [line.line, drug.atc, ingredients, strength, int(line.quantity), line.days_supply,
            drug.control_class, drug.form]  # fmt: skip
