"""Compares two folds of one log, row by row, and names what differs."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import asyncpg

PREFETCH_ROWS = 2000
NAMED_MAX = 5


@dataclass(frozen=True, slots=True)
class Dump:
    """A table that the log brings about, by its key; `text` are the columns of the key that hold
    text. Its rows are compared in the order of the key, text by code point."""

    name: str
    key: tuple[str, ...]
    text: tuple[str, ...] = ()

    @property
    def query(self) -> str:
        """The whole table in an order that does not depend on how it came there."""
        order = (f'"{c}" COLLATE "C"' if c in self.text else f'"{c}"' for c in self.key)
        return f"SELECT * FROM {self.name} ORDER BY {', '.join(order)}"


@dataclass
class Compared:
    """What the comparison of one table came to; digests are SHA-256 over all rows."""

    name: str
    rows: int = 0
    rebuilt_rows: int = 0
    digest: str = ""
    rebuilt_digest: str = ""
    differing: int = 0
    first: list[str] = field(default_factory=list)

    @property
    def same(self) -> bool:
        return self.differing == 0

    def lines(self) -> list[str]:
        """What a person reads: one line, and a line for each of the first differing keys."""
        verdict = "same" if self.same else f"DIFFERENT in {self.differing} rows"
        digests = f"live {self.digest[:16]}  rebuilt {self.rebuilt_digest[:16]}"
        return [
            f"{self.name:<14} {self.rows:>10} rows  {digests}  {verdict}",
            *(f"    {line}" for line in self.first),
        ]

    def note(self, dump: Dump, key: tuple[Any, ...], what: str) -> None:
        """One more row differs."""
        self.differing += 1
        if len(self.first) < NAMED_MAX:
            named = ", ".join(f"{c} {v}" for c, v in zip(dump.key, key, strict=True))
            self.first.append(f"{named}: {what}")
        elif len(self.first) == NAMED_MAX:
            self.first.append("and others")


async def compare(live: asyncpg.Connection, rebuilt: asyncpg.Connection, dump: Dump) -> Compared:
    """Compare one table of two schemas; both connections are inside a transaction."""
    found, digest, rebuilt_digest = Compared(dump.name), hashlib.sha256(), hashlib.sha256()
    async for one, other in _paired(_rows(live, dump), _rows(rebuilt, dump)):
        if one is not None:
            found.rows += 1
            digest.update(one.text)
        if other is not None:
            found.rebuilt_rows += 1
            rebuilt_digest.update(other.text)
        if other is None and one is not None:
            found.note(dump, one.key, "only in the live one")
        elif one is None and other is not None:
            found.note(dump, other.key, "only in the rebuilt one")
        elif one is not None and other is not None and one.text != other.text:
            found.note(dump, one.key, f"not the same {', '.join(one.differing(other))}")
    found.digest, found.rebuilt_digest = digest.hexdigest(), rebuilt_digest.hexdigest()
    return found


@dataclass(frozen=True, slots=True)
class _Row:
    key: tuple[Any, ...]
    text: bytes
    row: asyncpg.Record

    def differing(self, other: _Row) -> list[str]:
        """The columns that are not the same."""
        return [name for name, value in self.row.items() if other.row[name] != value]


async def _rows(connection: asyncpg.Connection, dump: Dump) -> AsyncIterator[_Row]:
    async for row in connection.cursor(dump.query, prefetch=PREFETCH_ROWS):
        key = tuple(row[column] for column in dump.key)
        yield _Row(key, repr(tuple(row)).encode() + b"\n", row)


async def _paired(
    ours: AsyncIterator[_Row], theirs: AsyncIterator[_Row]
) -> AsyncIterator[tuple[_Row | None, _Row | None]]:
    """Rows of the same key together, others alone, in order."""
    one, other = await anext(ours, None), await anext(theirs, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one.key < other.key):
            yield one, None
            one = await anext(ours, None)
        elif one is None or other.key < one.key:
            yield None, other
            other = await anext(theirs, None)
        else:
            yield one, other
            one, other = await anext(ours, None), await anext(theirs, None)
