"""The plans of all look-ups, in the quick form; `python -m infra.query_plans` is the large one."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from infra.query_plans import report
from infra.query_plans.__main__ import run
from infra.query_plans.filling import TABLES, wholes
from infra.query_plans.plans import examine, read
from infra.query_plans.questions import Found, Question, questions
from services.registry import store
from services.registry.store.statements import READS, named
from tests.architecture.test_house import SQL

ROWS = 20_000
SCHEMA = "registry_plans"
STORE = Path(store.__file__).parent

A_MOMENT = datetime(2026, 11, 16, tzinfo=UTC)
FOUND = Found(
    codes=["c"],
    events=[("c", "e")],
    content=b"",
    patient="p",
    clinic="C",
    pharmacy="P",
    payer="V",
    day=(A_MOMENT, A_MOMENT),
    last=A_MOMENT,
    positions={0: 10},
)


def test_every_statement_that_reads_is_asked() -> None:
    assert {question.statement for question in questions(FOUND)} == set(READS)


def test_every_statement_that_reads_is_in_the_one_list_and_used() -> None:
    used: set[str] = set()
    for path in sorted(STORE.glob("*.py")):
        text = path.read_text()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not SQL.match(node.value) or not node.value.lstrip().startswith("SELECT"), (
                    f"{path.name}:{node.lineno} belongs into reads.sql"
                )
        used |= set(re.findall(r'READS\["(\w+)"\]', text))
    assert used == set(READS)


def test_statements_are_told_apart_by_their_names() -> None:
    text = "-- of a file\n-- name: one\nSELECT 1;\n\n-- name: two\n-- why\nSELECT 2;\n"
    assert named(text) == {"one": "SELECT 1", "two": "-- why\nSELECT 2"}


def test_an_index_that_is_read_along_is_told() -> None:
    """Given a plan that answers with no row after a thousand pages."""
    scan = {"Node Type": "Index Scan", "Relation Name": "record_07", "Index Name": "record_07_idx"}
    counted = {"Actual Rows": 0, "Actual Loops": 1, "Plan Rows": 1}
    pages = {"Shared Hit Blocks": 900, "Shared Read Blocks": 100}
    explained = {"Plan": scan | counted | pages, "Execution Time": 1.0}
    parts = {"record_07": "record", "record_07_idx": "record_pkey"}
    found = read(Question("history", "its history", [], 10), "custom", explained, parts)
    assert found.nodes == ("Index Scan record (record_pkey)",)
    assert found.wrong == ("reads 1000 pages for 10 rows at most",)


@pytest.mark.network
async def test_no_look_up_reads_more_than_its_answer(
    postgres_url: Callable[[str], str], tmp_path: Path
) -> None:
    found = await run(postgres_url("registry"), ROWS, 0.0, schema=SCHEMA)
    database = await asyncpg.connect(
        postgres_url("registry"), server_settings={"search_path": SCHEMA}
    )
    try:
        assert found.wrong == []
        report.write(found, tmp_path / "page.md")
        page = (tmp_path / "page.md").read_text()
        for name in READS:
            assert f"| {name} |" in page
        for table in TABLES:
            assert re.search(rf"\| {table} \| [1-9]", page)

        alone = Question("history", "without its index", ["c", -1, 10], 10)
        await database.execute("DROP INDEX record_pkey")
        parts = await wholes(database)
        wrong = (await examine(database, alone, "custom", parts)).wrong
        assert wrong[0] == "scans all of record"
        assert "instead of 10 at most" in wrong[1]
    finally:
        await database.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
        await database.close()
