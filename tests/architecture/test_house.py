"""The rules of the house that an import graph does not show."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from services.topology import TOPICS

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ROOT / "services"
OURS = sorted([*SERVICES.rglob("*.py"), *(ROOT / "infra").rglob("*.py")])
ALL = sorted([*OURS, *(ROOT / "tests").rglob("*.py")])

WRITERS = ("prescribing", "dispensing", "claims")
FOLDERS = ("registry", "surveillance")
BANNED_NAMES = {"utils", "util", "common", "helpers", "misc", "base", "core", "manager"}
FILE_LINES_MAX, FUNCTION_LINES_MAX = 300, 70
TEST_FILE_LINES_MAX = 400
"""Tests are read case by case."""

KERNEL = {
    "": {"clock", "secret_files", "settings", "telemetry"},
    "folding": {
        "beside",
        "comparing",
        "dead_letters",
        "fetching",
        "links",
        "log_reader",
        "mechanism",
        "membership",
        "process",
        "rebuild",
        "refolding",
        "republishing",
        "stopped",
        "telling",
        "told",
        "worker",
    },
    "http": {
        "claims",
        "docs",
        "edge",
        "error_handlers",
        "field_errors",
        "health",
        "idempotency",
        "jwks",
        "limits",
        "load",
        "peers",
        "problems",
        "strict_json",
        "tokens",
        "web",
    },
    "log": {
        "assigned",
        "avro_reading",
        "avro_shape",
        "avro_values",
        "avro_writing",
        "awaiting",
        "codec",
        "event_log",
        "following",
        "generated",
        "hearing",
        "language",
        "log_record",
    },
    "store": {"database", "migrations"},
    "writing": {"answering", "envelope", "verdicts"},
}
"""A new file of the kernel needs an entry in DECISIONS.md and here."""

SQL_HOMES = {
    "kernel/folding/beside.py",
    "kernel/folding/comparing.py",
    "kernel/folding/rebuild.py",
    "kernel/folding/refolding.py",
    "kernel/folding/mechanism.py",
    "kernel/folding/told.py",
    "kernel/store/migrations.py",
    "kernel/store/database.py",
}
SQL = re.compile(
    r"^\s*(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+TABLE)\b",
    re.IGNORECASE | re.DOTALL,
)
CLOCK_OR_CHANCE = re.compile(
    r"\b(datetime\.now|datetime\.utcnow|date\.today|time\.time|time\.monotonic|time\.perf_counter"
    r"|uuid\.?uuid[147]|uuid[147]\(|secrets\.|random\.|os\.urandom)"
)


def _inside(path: Path) -> str:
    return path.relative_to(SERVICES).as_posix()


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    """String constants of a module that are not docstrings."""
    tree = _tree(path)
    docs = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


class _WithoutStrings(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant("") if isinstance(node.value, str) else node


@cache
def _code(path: Path) -> str:
    """The module without strings and comments."""
    return ast.unparse(_WithoutStrings().visit(ast.parse(path.read_text())))


@pytest.mark.parametrize("room", WRITERS)
def test_writers_share_one_plan(room: str) -> None:
    files = {path.name for path in (SERVICES / room).glob("*.py")}
    plan = {"__init__.py", "__main__.py", "api.py", "requests.py", "settings.py", "submissions.py"}
    assert plan <= files


@pytest.mark.parametrize("room", FOLDERS)
def test_folders_share_one_plan(room: str) -> None:
    files = {path.name for path in (SERVICES / room).glob("*.py")}
    assert {"__init__.py", "__main__.py", "folder.py", "settings.py"} <= files
    assert "store.py" in files or (SERVICES / room / "store" / "__init__.py").exists()
    assert (SERVICES / room / "migrations" / f"0001_{room}.sql").exists()


def test_the_kernel_is_a_closed_list() -> None:
    kernel = SERVICES / "kernel"
    for folder, files in KERNEL.items():
        assert {path.stem for path in (kernel / folder).glob("*.py")} - {"__init__"} == files
    assert {path.name for path in kernel.iterdir() if (path / "__init__.py").exists()} == {
        folder for folder in KERNEL if folder
    }


def test_topics_are_named_in_the_topology_only() -> None:
    names = {topic.name for topic in TOPICS}
    elsewhere = [
        f"{_inside(path)}:{line}"
        for path in SERVICES.rglob("*.py")
        if path.name != "topology.py"
        for line, text in _texts(path)
        if text in names
    ]
    assert elsewhere == []


def test_every_event_has_one_writer_and_known_readers() -> None:
    rooms = {path.name for path in SERVICES.iterdir() if (path / "__init__.py").exists()}
    for topic in TOPICS:
        for writers in topic.written_by.values():
            assert set(writers.split(", ")) <= rooms
        assert set(topic.readers) <= rooms
    events = [event for topic in TOPICS for event in topic.events]
    assert len(events) == len(set(events))


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_rooms_touch_the_topics_the_topology_gives_them(topic) -> None:
    """Who names a topic's constant is one of its writers or readers."""
    constant = topic.name.removeprefix("rx.").upper().replace("-", "_")
    allowed = {*topic.readers, "kernel"}
    for writers in topic.written_by.values():
        allowed |= set(writers.split(", "))
    using = {
        _inside(path).split("/")[0]
        for path in SERVICES.rglob("*.py")
        if re.search(rf"from services\.topology import [^\n]*\b{constant}\b", path.read_text())
    }
    assert using <= allowed


def _is_store(path: Path) -> bool:
    """A room's store is a file, or a folder when one file would be too long."""
    place = path.relative_to(SERVICES).parts
    return path.name == "store.py" or (len(place) == 3 and place[1] == "store")


def test_sql_is_in_stores_only() -> None:
    elsewhere = [
        f"{_inside(path)}:{line}"
        for path in SERVICES.rglob("*.py")
        if not _is_store(path) and _inside(path) not in SQL_HOMES
        for line, text in _texts(path)
        if SQL.match(text)
    ]
    assert elsewhere == []


def test_clock_and_chance_are_in_the_kernels_clock_only() -> None:
    elsewhere = []
    for path in SERVICES.rglob("*.py"):
        if _inside(path) == "kernel/clock.py":
            continue
        code = _code(path)
        if path.parent.name == "simulation":  # a seeded generator is data, not chance
            code = code.replace("random.Random", "")
        elsewhere += [f"{_inside(path)}: {match[0]}" for match in CLOCK_OR_CHANCE.finditer(code)]
    assert elsewhere == []


def test_the_environment_is_read_in_settings_only() -> None:
    for path in SERVICES.rglob("*.py"):
        if path.name not in ("settings.py",):
            assert "os.environ" not in _code(path), _inside(path)
            assert "getenv" not in _code(path), _inside(path)


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_and_functions_stay_readable(path: Path) -> None:
    text = path.read_text()
    assert path.stem not in BANNED_NAMES
    most = TEST_FILE_LINES_MAX if path.is_relative_to(ROOT / "tests") else FILE_LINES_MAX
    assert len(text.splitlines()) <= most
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            nested = isinstance(node, ast.FunctionDef) and node.name == "routes"
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= FUNCTION_LINES_MAX or nested, f"{node.name} has {lines} lines"


def test_imports_respect_the_house() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout
