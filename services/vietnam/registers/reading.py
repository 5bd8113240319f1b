"""From the text of a CSV file to entries of a directory, and everything that is wrong with it."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from services.contracts.directories import Entry, Period
from services.vietnam.registers.cells import BadCell, Cells, Reason, Shared

E = TypeVar("E", bound=Entry)
ROWS_PER_STEP = 10_000
VERSION_DIGITS = 12


class DirectoryError(ValueError):
    """A file cannot be used; the text names every bad row and what to correct."""


Complain = Callable[[int, str, Reason], None]
"""Row, column, reason."""


@dataclass(frozen=True)
class Register(Generic[E]):
    """One kind of file.

    `columns` may all be given, those in `required` must; the first one is the key. `read` takes a
    row to what it adds to the entry of its key; `entry` puts together the rows of a key (row number
    and what it added), or complains. `tracks` says for each list of intervals of an entry what an
    interval of it is of: those of the same thing follow one another and never overlap.
    """

    name: str
    contract: type[E]
    columns: tuple[str, ...]
    required: frozenset[str]
    read_key: Callable[[Cells], str]
    read: Callable[[Cells], Any]
    entry: Callable[[str, Sequence[tuple[int, Any]], Complain], E]
    tracks: Mapping[str, Callable[[Any], str]]

    @property
    def key(self) -> str:
        """The column that names an entry."""
        return self.columns[0]


@dataclass
class Reading(Generic[E]):
    """What a file says. `entries` are those without any bad row, by key.

    `bad_keys` are the keys of bad rows; it holds an empty text when a bad row's key was bad too, so
    that nobody can know what the row was about.
    """

    load_id: str
    rows: int = 0
    entries: dict[str, E] = field(default_factory=dict)
    bad: list[BadCell] = field(default_factory=list)
    bad_keys: set[str] = field(default_factory=set)


def read(
    register: Register[E], content: bytes, progress: Callable[[int], None] | None = None
) -> Reading[E]:
    """Read a whole file; `progress` is told the number of rows now and then.

    A file that is no CSV of this kind at all has one bad cell, in row 0 or 1, and no entries.
    """
    reading: Reading[E] = Reading(f"{register.name}-{content_version(content)}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = content[: error.start].count(b"\n") + 1
        reading.bad.append(BadCell(where, "", "", _NOT_UTF8))
        return reading
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = next(rows, [])
    columns = [name.strip() for name in header]
    reading.bad += _header_problems(register, columns)
    if reading.bad:
        return reading
    parts = _parts(register, columns, rows, reading, progress or _nobody)
    for key, found in parts.items():
        if key in reading.bad_keys:
            continue
        problems: list[BadCell] = []

        def complain(row: int, column: str, reason: Reason, into: list[BadCell] = problems) -> None:
            into.append(BadCell(row, column, "", reason))

        entry = register.entry(key, found, complain)
        if problems:
            reading.bad += problems
            reading.bad_keys.add(key)
        else:
            reading.entries[key] = sealed(entry, reading.load_id)
    reading.bad.sort(key=lambda cell: cell.row)
    return reading


def load(register: Register[E], path: Path) -> dict[str, E]:
    """The entries of a file. Raises `DirectoryError` naming every bad row."""
    reading = read(register, path.read_bytes())
    if reading.bad:
        told = "\n".join(
            f"row {bad.row}, {bad.column}: {bad.value!r}: {bad.reason.en} / {bad.reason.vi}"
            for bad in reading.bad
        )
        raise DirectoryError(f"{path.name}:\n{told}")
    return reading.entries


def sealed(entry: E, load_id: str) -> E:
    """The entry with the version of its content, and the load it comes from."""
    bare = msgspec.structs.replace(entry, entry_version="", load_id="")
    digest = hashlib.sha256(msgspec.json.encode(bare)).hexdigest()
    return msgspec.structs.replace(bare, entry_version=digest[:VERSION_DIGITS], load_id=load_id)


def content_version(content: bytes) -> str:
    """A short hash of a file's content, whatever its line ends."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()[:VERSION_DIGITS]


def overlapping(
    register: Register[E], track: str, parts: Sequence[tuple[int, Period]], column: str
) -> Iterator[tuple[int, str, Reason]]:
    """A complaint for each interval that shares a day with one before it."""
    ordered = sorted(parts, key=lambda part: part[1].valid_from)
    for (row, before), (other, after) in pairwise(ordered):
        if before.valid_until is None or after.valid_from <= before.valid_until:
            what = f"{register.key} {track}"
            yield (
                max(row, other),
                column,
                Reason(
                    f"hai khoảng thời gian của {what} trùng ngày (dòng {min(row, other)})",
                    f"two intervals of {what} share a day (see row {min(row, other)})",
                ),
            )


def _parts(
    register: Register[E],
    columns: Sequence[str],
    rows: Iterator[list[str]],
    reading: Reading[E],
    progress: Callable[[int], None],
) -> dict[str, list[tuple[int, Any]]]:
    """What each row adds, by key; bad rows are noted instead."""
    parts: dict[str, list[tuple[int, Any]]] = {}
    shared = Shared.empty()
    number = 1
    while True:
        try:
            row = next(rows)
        except StopIteration:
            break
        except csv.Error as error:
            reading.bad.append(BadCell(number + 1, "", "", _not_csv(error)))
            reading.bad_keys.add("")
            break
        number += 1
        if not any(row):
            continue  # an empty line at the end, as spreadsheets leave it
        reading.rows += 1
        if reading.rows % ROWS_PER_STEP == 0:
            progress(reading.rows)
        bad: list[BadCell] = []
        cells = Cells(number, dict(zip(columns, row, strict=False)), shared, bad)
        key = register.read_key(cells)
        if len(row) != len(columns):
            bad.append(BadCell(number, "", "", _cell_count(len(columns), len(row))))
        part = register.read(cells)
        if bad:
            reading.bad += bad
            reading.bad_keys.add(key)
        else:
            parts.setdefault(key, []).append((number, part))
    progress(reading.rows)
    return parts


def _header_problems(register: Register[E], columns: Sequence[str]) -> Iterator[BadCell]:
    if len(columns) == 1 and ";" in columns[0]:
        yield BadCell(1, "", columns[0][:80], _SEMICOLONS)
        return
    for name in register.columns:
        if name in register.required and name not in columns:
            yield BadCell(1, name, "", Reason("hãy thêm cột này", "add this column"))
    for place, name in enumerate(columns):
        if name in columns[:place]:
            yield BadCell(1, name, name, Reason("cột có hai lần", "the column is there twice"))
        elif name not in register.columns:
            known = ", ".join(register.columns)
            yield BadCell(
                1,
                name,
                name[:80],
                Reason(
                    f"không có cột này; hãy bỏ hoặc đổi tên. Các cột: {known}",
                    f"there is no such column; remove or rename it. Columns: {known}",
                ),
            )


def _cell_count(wanted: int, found: int) -> Reason:
    return Reason(
        f"dòng phải có {wanted} ô như dòng đầu, không phải {found}",
        f"give {wanted} cells as the header has, not {found}",
    )


def _not_csv(error: csv.Error) -> Reason:
    return Reason(
        f"từ đây không còn là CSV ({error}); hãy kiểm tra dấu ngoặc kép",
        f"from here on this is no CSV ({error}); check the quotation marks",
    )


def _nobody(_rows: int) -> None:
    """Progress that nobody follows."""


_NOT_UTF8 = Reason(
    "tệp không phải UTF-8; hãy lưu lại dạng CSV UTF-8",
    "the file is not UTF-8; save it as CSV UTF-8",
)
_SEMICOLONS = Reason(
    "các ô phải cách nhau bằng dấu phẩy; hãy xuất lại tệp",
    "cells must be separated by commas; export the file again",
)
