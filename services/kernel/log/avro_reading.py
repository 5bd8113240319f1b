"""Reading Avro: straight-line Python, generated from a shape, that builds contracts from bytes.

Generated code reads several times as fast as a general reader, which asks the schema at every
value and leaves dicts to be converted. Tests hold it equal to fastavro.

In the generated code `b` is the record and `p` the place in it. Every item of an array or a map
takes at least one byte, so no count makes a loop longer than the record.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec

from services.kernel.log import avro_values as values
from services.kernel.log.avro_shape import Array, Map, Nullable, Plain, Record, Shape, Symbols
from services.kernel.log.avro_values import Kept
from services.kernel.log.generated import Source, indented

SHARED_BYTES_MAX = 1024
KEY_BYTES = 32
"""A shared record is found by its first bytes and then compared whole."""

Read = Callable[[bytes], msgspec.Struct]
ReadInside = Callable[[bytes, int], tuple[Any, int]]


@cache
def reader_of(shape: Record, start: int) -> Read:
    """A function from a whole record, whose body begins at `start`, to its contract."""
    source = _Reading()
    lines = [
        f"p = {start}",
        *source.record(shape, "v"),
        "if p != len(b): refuse('it is longer or shorter than it says')",
        "return v",
    ]
    read: Read = source.function(f"read_{shape.name}", "b", lines)
    return read


@cache
def _shared_reader_of(shape: Record) -> tuple[Kept[bytes, Any], ReadInside]:
    """A table of a shared record's values, the same for all events, and what reads the others."""
    source = _Reading()
    lines = [*source.record(shape, "v"), "return v, p"]
    read: ReadInside = source.function(f"read_{shape.name}", "b, p", lines)
    kept = Kept[bytes, Any]()

    def read_and_keep(b: bytes, p: int) -> tuple[Any, int]:
        found, end = read(b, p)
        if end <= len(b) and end - p <= SHARED_BYTES_MAX:
            kept.keep(b[p : p + KEY_BYTES], (end - p, b[p:end], found))
        return found, end

    return kept, read_and_keep


def _refuse(what: str) -> None:
    raise values.DamagedError(what)


class _Reading(Source):
    """What reads one record."""

    def __init__(self) -> None:
        kept_moments, moment_at = values.moment_reader()
        super().__init__(
            refuse=_refuse,
            short=values.SHORT,
            middle=values.MIDDLE,
            small=values.SMALL,
            text_at=values.text_at,
            bytes_at=values.bytes_at,
            block_at=values.block_at,
            int_at=values.int_at,
            long_at=values.long_at,
            double_at=values.double_at,
            day_at=values.day_at,
            moment_at=moment_at,
            kept_moment=kept_moments.get,
        )

    def record(self, shape: Record, into: str) -> list[str]:
        """Lines that read the fields one after the other and build the contract."""
        lines: list[str] = []
        arguments = []
        for field in shape.fields:
            variable, inner = self.new(), field.shape
            if isinstance(inner, Record) and inner.is_shared:
                lines += self._shared(inner, variable)
            else:
                lines += self._value(inner, variable, field.name)
            if field.known:
                arguments.append(f"{field.name}={variable}")
        if shape.contract is None:
            return [*lines, f"{into} = None"]
        return [*lines, f"{into} = {self.new(shape.contract)}({', '.join(arguments)})"]

    def _shared(self, shape: Record, into: str) -> list[str]:
        """Lines that take a value met before, or read it."""
        kept, read_and_keep = _shared_reader_of(shape)
        return [
            f"k = {self.new(kept.get)}(b[p:p + {KEY_BYTES}])",
            "if k is not None and b[p:(e := p + k[0])] == k[1]:",
            f"    {into} = k[2]; p = e",
            f"else: {into}, p = {self.new(read_and_keep)}(b, p)",
        ]

    def _value(self, shape: Shape, into: str, name: str) -> list[str]:
        match shape:
            case Plain():
                return self._plain(shape, into, name)
            case Symbols(of):
                meaning = {index * 2: symbol for index, symbol in enumerate(of) if symbol}
                return [f"{into} = {self.new(meaning)}[b[p]]; p += 1"]
            case Nullable(null, other):
                return [
                    "n = b[p]; p += 1",
                    f"if n == {null * 2}: {into} = None",
                    f"elif n == {2 - null * 2}:",
                    *indented(self._value(other, into, name)),
                    f"else: refuse('{name} is of no known type')",
                ]
            case Array(items):
                one = self.new()
                body = [*self._value(items, one, name), f"{into}.append({one})"]
                return [
                    f"{into} = []",
                    *self._blocks(body, name),
                    f"{into} = tuple({into})",
                ]
            case Map(inner):
                key, one, counted = self.new(), self.new(), self.new()
                body = [
                    *self._kept(values.key_reader(), key),
                    *self._value(inner, one, name),
                    f"{into}[{key}] = {one}",
                ]
                return [
                    f"{into} = {{}}; {counted} = 0",
                    *self._blocks(body, name, f"{counted} += n"),
                    f"if len({into}) != {counted}: refuse('{name} has a key twice')",
                ]
            case Record():
                return self.record(shape, into)

    def _blocks(self, body: list[str], name: str, count_items: str = "") -> list[str]:
        """Lines that repeat `body` for every item; blocks may tell their size in bytes."""
        end = self.new()
        return [
            "while n := b[p]:",
            f"    if n & 129: n, p, {end} = block_at(b, p)",
            f"    else: n >>= 1; p += 1; {end} = 0",
            *([f"    {count_items}"] if count_items else []),
            "    for _ in range(n):",
            *indented(indented(body)),
            f"    if {end} and p != {end}: refuse('{name} is not as long as it says')",
            "p += 1",
        ]

    def _plain(self, shape: Plain, into: str, name: str) -> list[str]:
        match shape.kind:
            case "string":
                return [
                    "if n := short[b[p]]:",
                    f"    {into} = b[p + 1:(p := p + n)].decode()",
                    f"    if '\\0' in {into}: refuse('{name} holds the character U+0000')",
                    f"else: {into}, p = text_at(b, p)",
                ]
            case "bytes":
                return [
                    f"if n := short[b[p]]: {into} = b[p + 1:(p := p + n)]",
                    "elif (n := middle[b[p]]) and 0 < (e := b[p + 1]) < 128:",
                    f"    {into} = b[p + 2:(p := p + n + (e << 6))]",
                    f"else: {into}, p = bytes_at(b, p)",
                ]
            case "int" | "long" as kind:
                return [
                    f"if (n := b[p]) < 128: {into} = small[n]; p += 1",
                    f"else: {into}, p = {kind}_at(b, p)",
                ]
            case "double":
                return [f"{into}, = double_at(b, p); p += 8"]
            case "boolean":
                return [
                    f"if (n := b[p]) > 1: refuse('{name} is neither true nor false')",
                    f"{into} = n == 1; p += 1",
                ]
            case "date":
                return [f"{into}, p = day_at(b, p)"]
            case "timestamp-millis":
                return [
                    f"e = p + 6; {into} = kept_moment(b[p:e])",
                    f"if {into} is None: {into}, p = moment_at(b, p)",
                    "else: p = e",
                ]
            case "decimal":
                return self._kept(values.decimal_reader(shape.precision, shape.scale), into)

    def _kept(self, reader: tuple[Kept[bytes, Any], ReadInside], into: str) -> list[str]:
        """Lines that take a value met before by its bytes, length included, or read it."""
        kept, value_at = reader
        return [
            f"e = p + short[b[p]]; {into} = {self.new(kept.get)}(b[p:e])",
            f"if {into} is None: {into}, p = {self.new(value_at)}(b, p)",
            "else: p = e",
        ]
