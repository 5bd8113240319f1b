"""What a run is shown as: goals, the derived year, the page and its plots."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import structs

from infra.bench import page, report, showing
from infra.bench.command import planned
from infra.bench.goals import GOALS
from infra.bench.latency.calls import Call
from infra.bench.latency.figures import figures, windows
from infra.bench.latency.ladder import FULL, Latency, Overload, Step
from infra.bench.machine import Machine
from infra.bench.measured import Measured
from infra.bench.report import Report
from infra.bench.run import QUICK, Plan
from infra.bench.scale import scale
from infra.bench.year import records_per_prescription, year
from infra.local.environment import PROJECT
from infra.problem import Problem

NAMES = (
    *("decode", "faust-table", "quixstreams", "registry", "rebuild", "surveillance"),
    *("registry-of-100000", "registry-of-1000000"),
)
TITLES = {name: name.title() for name in NAMES}
SECONDS = {"decode": 0.1, "faust-table": 5.0, "quixstreams": 0.6, "registry": 0.25}


def measured(name: str) -> Measured:
    return Measured(
        records=10_000,
        seconds=SECONDS.get(name, 0.5),
        cpu_seconds=0.2,
        memory_bytes=100 * 2**20,
        memory=[(0.1, 90 * 2**20), (0.2, 100 * 2**20)],
        server_cpu_seconds={"kafka": 0.05, "postgres": 0.1},
        disk_bytes={"postgres-tables": 10_000_000, "rx.log": 3_000_000},
    )


def step(rate: float, waited_s: float) -> Step:
    calls = [Call(n / rate, n / rate, n / rate + waited_s, 201, f"c{n}") for n in range(1000)]
    cores = {"dispensing": 0.5, "kafka": 0.2}
    return Step(rate=rate, seconds=10, figures=figures(calls), generator_cores=0.3, cores=cores)


def overload() -> Overload:
    loud = [Call(n / 100, n / 100, n / 100 + 1.5, 429, f"c{n}") for n in range(100)]
    calm = [Call(1 + n / 10, 1 + n / 10, 1.1 + n / 10, 201, f"d{n}") for n in range(100)]
    return Overload(
        rate=1000,
        seconds=1,
        figures=figures(loud),
        calm_rate=125,
        calm_seconds=10,
        calm=figures(calm),
        recovered_after_s=0.0,
        windows=windows([*loud, *calm]),
    )


@pytest.fixture(scope="module")
def whole() -> Report:
    rounds = {name: [measured(name)] * 2 for name in TITLES}
    return Report(
        date=datetime(2026, 11, 16, 1, 0, tzinfo=UTC),
        seed=7,
        records=10_000,
        record_bytes_mean=310.0,
        machine=Machine(
            system="Linux",
            cpu="A processor",
            cores=2,
            memory_bytes=8 * 2**30,
            load=0.1,
            versions={"Python": "3.11"},
        ),
        lines=report.lines(TITLES, rounds, measure="decode"),
        wrong=[],
        latency=Latency(
            steps=[step(100, 0.01), step(500, 0.02), step(1000, 3.0)],
            knee=500,
            not_held=1000,
            overload=overload(),
            wrong=[],
        ),
        options="--quick",
    )


def test_a_kept_run_is_read_as_it_was(whole: Report, tmp_path: Path) -> None:
    assert report.read(report.write(whole, tmp_path)) == whole


def test_every_goal_is_measured_by_a_whole_run(whole: Report) -> None:
    reached = {goal.what: goal.reached(whole) for goal in GOALS}
    assert None not in reached.values()
    assert reached["registry, full judge, into Postgres"] is True
    assert reached["the registry beside quixstreams"] is True
    assert reached["a record in the largest registry"] is False
    assert reached["verdict at 500 a second, p50"] is False


def test_what_was_not_measured_reaches_no_goal(whole: Report) -> None:
    folds_only = Report(
        **{**{f: getattr(whole, f) for f in whole.__struct_fields__}, "latency": None}
    )
    told = {row[0] for row in showing.goals(folds_only).rows}
    assert not any("verdict" in what for what in told)
    assert len(told) == 7


def test_a_rate_above_what_was_held_is_not_reached(whole: Report) -> None:
    """Given calls that were not held at 300 a second, so that 500 were not tried."""
    assert whole.latency is not None
    steps = [step(100, 0.01), step(300, 3.0)]
    latency = structs.replace(whole.latency, steps=steps, knee=100, not_held=300)
    rows = {row[0]: row for row in showing.goals(structs.replace(whole, latency=latency)).rows}
    assert rows["verdict at 500 a second, p50"][2:] == ("not held", "NO")


def test_a_year_is_derived_from_the_run(whole: Report) -> None:
    rows = {row.what: row for row in year(whole)}
    records = 300e6 * records_per_prescription()
    assert rows["records of the log"].figure == f"{records / 1e9:.2f} billion"
    hours = (20 + 5 + 10) * 1e-6 * records / 3600
    assert rows["folding the registry"].figure == f"{hours:,.0f} processor hours"
    assert rows["the registry's tables and indexes"].figure == f"{2000 * records / 1e12:.2f} TB"
    assert "submissions through HTTP, folding included" in rows


def test_what_more_needs_is_derived_from_the_run(whole: Report) -> None:
    """40,000 records a second and 20,000 facts a second were measured, of each as many."""
    needs = {row.what: row.figure for row in scale(whole, 100_000)}
    assert needs["workers of the registry"] == "5"
    assert needs["workers of surveillance"] == "10"
    assert needs["partitions"] == "30"
    assert needs["the registry's Postgres"] == "2.0 processors in 1"
    assert scale(structs.replace(whole, lines=[]), 1_000) == []


def test_the_page_shows_every_table_and_plot(whole: Report, tmp_path: Path) -> None:
    written = page.write(whole, tmp_path)
    said = written.read_text("utf-8")
    for cells in (*showing.tables(whole), showing.needs(whole), showing.a_year(whole)):
        assert f"## {cells.title}" in said
        assert all(len(row) == len(cells.heads) for row in cells.rows)
    for plot in ("rates", "memory", "latency", "overload"):
        assert f"]({plot}.png)" in said
        assert (tmp_path / f"{plot}.png").stat().st_size > 1000
    assert "rxlog bench --quick" in said
    assert "A processor" in said


def test_a_run_of_calls_alone_has_a_page(whole: Report, tmp_path: Path) -> None:
    said = page.write(structs.replace(whole, lines=[]), tmp_path).read_text("utf-8")
    assert "Folding a log" not in said
    assert "latency.png" in said


def test_a_run_is_published_with_its_json(whole: Report, tmp_path: Path) -> None:
    kept = report.write(whole, tmp_path / "run")
    written = page.publish(kept, tmp_path / "project")
    said = written.read_text("utf-8")
    assert "](docs/performance/latency.png)" in said
    assert report.read(tmp_path / "project" / page.PUBLISHED / report.FILE) == whole


def test_wrong_results_are_not_published(whole: Report, tmp_path: Path) -> None:
    kept = report.write(structs.replace(whole, wrong=["the states differ"]), tmp_path)
    with pytest.raises(Problem, match="wrong results"):
        page.publish(kept, tmp_path / "project")
    assert not (tmp_path / "project").exists()


def test_the_published_page_is_that_of_the_published_run() -> None:
    kept = PROJECT / page.PUBLISHED / report.FILE
    written = PROJECT / page.NAME
    assert kept.exists() == written.exists()
    if kept.exists():
        drawn = sorted((PROJECT / page.PUBLISHED).glob("*.png"))
        names = [f"{page.PUBLISHED.as_posix()}/{plot.name}" for plot in drawn]
        assert written.read_text("utf-8") == page.text(report.read(kept), names)


def test_both_parts_are_measured_unless_one_is_named() -> None:
    assert planned() == Plan()
    assert (planned(latency=True).folds, planned(latency=True).climb) == (False, FULL)
    assert (planned(folds=True).folds, planned(folds=True).climb) == (True, None)
    assert planned(latency=True, folds=True) == planned()


def test_how_the_command_was_called_is_remembered() -> None:
    plan = planned(quick=True, folds=True, records=5_000, grown_to=1_000_000, seed=3)
    assert plan.options == "--quick --folds --records 5000 --grown-to 1000000 --seed 3"
    assert (plan.records, plan.prefix, plan.rounds) == (5_000, QUICK.prefix, QUICK.rounds)
