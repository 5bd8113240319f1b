"""What a plan says: its nodes, the rows it looked at, its buffers; and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import asyncpg
import msgspec

from infra.query_plans.filling import TABLES
from infra.query_plans.questions import Question
from services.registry.store.statements import READS

ESTIMATE_MAX = 100_000
"""A plan that expects more rows than this from a large table would be chosen for a scan of it."""

PAGES_MIN, PAGES_PER_ROW = 100, 10
"""A row found by an index costs a page per level of the index and one of the table. More than this
is an index that is read along instead of being looked into."""

Mode = Literal["custom", "generic"]
MODES: tuple[Mode, ...] = ("custom", "generic")
"""Postgres plans a prepared statement for its arguments, or once for all of them: both must do."""


@dataclass(frozen=True, slots=True)
class Examined:
    """The answer to one question: `nodes` name what was scanned and how, `looked_at` counts rows of
    large tables (also those filtered out), `milliseconds` is the execution."""

    question: Question
    mode: Mode
    nodes: tuple[str, ...]
    rows: int
    looked_at: int
    milliseconds: float
    hit: int
    read: int
    wrong: tuple[str, ...]


async def examine(
    database: asyncpg.Connection, question: Question, mode: Mode, parts: Mapping[str, str]
) -> Examined:
    """Ask, as a prepared statement with this kind of plan; `parts` names what each is a part of."""
    arguments = ", ".join([await _literal(database, one) for one in question.arguments])
    await database.execute(f"SET plan_cache_mode = force_{mode}_plan")
    await database.execute(f"PREPARE asked AS {READS[question.statement]}")
    try:
        [row] = await database.fetch(
            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE asked"
            + (f"({arguments})" if arguments else "")
        )
    finally:
        await database.execute("DEALLOCATE asked")
    return read(question, mode, msgspec.json.decode(row[0])[0], parts)


def read(
    question: Question, mode: Mode, explained: dict[str, Any], parts: Mapping[str, str]
) -> Examined:
    """What EXPLAIN told; parts of a table count as the table."""
    top = explained["Plan"]
    scans = [_whole(node, parts) for node in _nodes(top) if node.get("Relation Name")]
    pages = top["Shared Hit Blocks"] + top["Shared Read Blocks"]
    large = [node for node in scans if node["Relation Name"] in TABLES]
    looked_at = sum(_looked_at(node) for node in large)
    return Examined(
        question=question,
        mode=mode,
        nodes=tuple(dict.fromkeys(_named(node) for node in scans)),
        rows=round(top["Actual Rows"] * top["Actual Loops"]),
        looked_at=looked_at,
        milliseconds=explained["Execution Time"],
        hit=top["Shared Hit Blocks"],
        read=top["Shared Read Blocks"],
        wrong=tuple(_wrong(question, large, looked_at, pages)),
    )


def _wrong(
    question: Question, large: Sequence[dict[str, Any]], looked_at: int, pages: int
) -> Iterator[str]:
    for node in large:
        if node["Node Type"] == "Seq Scan":
            yield f"scans all of {node['Relation Name']}"
        if not _is_cut_short(node) and node["Plan Rows"] > ESTIMATE_MAX:
            yield f"expects {node['Plan Rows']} rows of {node['Relation Name']}"
    if looked_at > question.rows_max:
        yield f"looks at {looked_at} rows instead of {question.rows_max} at most"
    if pages > PAGES_MIN + PAGES_PER_ROW * question.rows_max:
        yield f"reads {pages} pages for {question.rows_max} rows at most"


def _is_cut_short(node: dict[str, Any]) -> bool:
    """Below a LIMIT an index hands out rows in order until there are enough."""
    return bool(node.get("below limit"))


def _nodes(node: dict[str, Any], below_limit: bool = False) -> Iterator[dict[str, Any]]:
    """The nodes of a plan, each with whether a LIMIT above it can stop it."""
    yield {**node, "below limit": below_limit}
    stops = (below_limit or node["Node Type"] == "Limit") and node["Node Type"] != "Sort"
    for inner in node.get("Plans", ()):
        yield from _nodes(inner, stops)


def _whole(node: dict[str, Any], parts: Mapping[str, str]) -> dict[str, Any]:
    names = {
        kind: parts.get(node[kind], node[kind])
        for kind in ("Relation Name", "Index Name")
        if kind in node
    }
    return node | names


def _named(node: dict[str, Any]) -> str:
    index = node.get("Index Name")
    return f"{node['Node Type']} {node['Relation Name']}" + (f" ({index})" if index else "")


def _looked_at(node: dict[str, Any]) -> int:
    counted = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    return round(sum(float(node.get(name, 0)) for name in counted) * float(node["Actual Loops"]))


async def _literal(database: asyncpg.Connection, value: Any) -> str:
    """A value as the text of a literal whose type the statement decides; Postgres quotes it."""
    if isinstance(value, list):
        texts = [_text(one) for one in value]
        return str(await database.fetchval("SELECT quote_literal($1::text[]::text)", texts))
    return str(await database.fetchval("SELECT quote_literal($1::text)", _text(value)))


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    return value.isoformat() if isinstance(value, datetime) else str(value)
