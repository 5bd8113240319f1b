"""The rules a second time, in SQL: the engine and the SQL find the same alerts on every seed."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.evaluation.country.generator import Country
from infra.evaluation.folding import Folded, fold
from infra.evaluation.oracle.asking import RULES, ask, compare, standing
from infra.evaluation.oracle.log_file import write_log
from services.contracts.facts import FactRecorded
from services.contracts.terms import Drug
from services.surveillance.parameters import Parameters
from tests.surveillance.artificial import prescribed

SEEDS = (1, 2, 3, 4, 5)
PATIENTS = 400


def _folded(country: Country, logs: Path) -> list[Folded]:
    patients = list(country.everybody())
    write_log((fact for patient in patients for fact in patient.facts), logs)
    parameters = Parameters.load()
    return [fold(patient, parameters) for patient in patients]


def test_at_least_fifteen_rules_are_written_twice() -> None:
    assert len(RULES) >= 15


@pytest.mark.parametrize("seed", SEEDS)
def test_engine_and_sql_find_the_same_alerts(seed: int, tmp_path: Path) -> None:
    """Given a country with every scheme and every fault of transport; then, rule by rule, the same
    patients, the same first and last hit, the same number of hits."""
    folded = _folded(Country.of(seed, PATIENTS), tmp_path / "log.csv")
    engine = set(standing(folded))
    assert any(alert.is_suppressed for alert in engine)
    compared = compare(engine, ask([tmp_path / "log.csv"]))
    assert [one for one in compared if one.differing] == []
    assert all(one.engine > 0 for one in compared)


def test_a_rule_that_counts_wrongly_is_noticed(tmp_path: Path) -> None:
    """When the engine loses one alert, then the comparison names it."""
    folded = _folded(Country.of(1, 100), tmp_path / "log.csv")
    engine = set(standing(folded))
    lost = min(engine)
    compared = {one.rule: one for one in compare(engine - {lost}, ask([tmp_path / "log.csv"]))}
    assert compared[lost.rule].only_oracle == (lost,)


def test_what_is_withdrawn_or_told_twice_counts_as_the_engine_counts_it(tmp_path: Path) -> None:
    """When every fact is told twice, then the SQL finds the same."""
    patients = list(Country.of(2, 100).everybody())
    once, twice = tmp_path / "once.csv", tmp_path / "twice.csv"
    write_log((fact for patient in patients for fact in patient.facts), once)
    write_log((fact for p in patients for fact in (*p.facts, *reversed(p.facts))), twice)
    assert any(not isinstance(fact, FactRecorded) for p in patients for fact in p.facts)
    assert ask([once]) == ask([twice])


def test_medicines_of_like_names_and_no_code_have_no_group_in_common(tmp_path: Path) -> None:
    """Given two facilities on one day; then the SQL asks for a code, as the engine does."""
    alike = [
        Drug(code="MAU-1", ingredients=(f"chlor{rest}",)) for rest in ("promazine", "phenamine")
    ]
    coded = [Drug(code="MAU-2", ingredients=(n,), atc=n) for n in ("C10AA05", "C10AA07")]
    for drugs, expected in ((alike, 0), (alike[:1] * 2, 1), (coded, 1)):
        facts = [prescribed(d, practice_id=p) for d, p in zip(drugs, "AB", strict=True)]
        write_log(facts, tmp_path / "log.csv")
        found = [a for a in ask([tmp_path / "log.csv"]) if a.rule == "same-day-multi-facility"]
        assert len(found) == expected
