"""Writing Avro: straight-line Python, generated from a shape, from a contract to bytes.

Generated code reads the attributes of the contract and joins the pieces once. The bytes are those
of fastavro, held equal by tests: arrays and maps in one block, numbers as short as they can be.
A value the schema cannot carry raises some exception; the codec says which event it was.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from services.kernel.log import avro_values as values
from services.kernel.log.avro_shape import Array, Map, Nullable, Plain, Record, Shape, Symbols
from services.kernel.log.avro_values import COUNTS, Kept
from services.kernel.log.generated import Source, indented

Write = Callable[[Any], bytes]
Code = tuple[list[str], list[str]]
"""Statements, and the expressions for the pieces of bytes that follow from them, in order."""


@cache
def writer_of(shape: Record, frame: bytes = b"") -> Write:
    """A function from a contract to `frame` and its bytes."""
    source = _Writing()
    lines, pieces = source.record(shape, "o")
    if frame:
        pieces = [repr(frame), *pieces]
    write: Write = source.function(
        f"write_{shape.name}", "o", [*lines, f"return {_joined(pieces)}"]
    )
    return write


@cache
def _shared_writer_of(shape: Record) -> tuple[Kept[int, tuple[bytes, Any]], Write]:
    """A table of a shared record's bytes by its identity, and what writes the others.

    A kept record cannot go away, so no other can get its identity.
    """
    write = writer_of(shape)
    kept = Kept[int, tuple[bytes, Any]]()

    def write_and_keep(record: Any) -> bytes:
        return kept.keep(id(record), (write(record), record))[0]

    return kept, write_and_keep


def _refuse_nul(name: str) -> None:
    raise ValueError(f"{name} holds the character U+0000")


class _Writing(Source):
    """What writes one record."""

    def __init__(self) -> None:
        super().__init__(
            refuse_nul=_refuse_nul,
            counts=COUNTS,
            truth={False: b"\0", True: b"\1"},
            int_bytes=values.int_bytes,
            long_bytes=values.long_bytes,
            double_bytes=values.double_bytes,
            day_bytes=values.day_bytes,
            moment_bytes=values.moment_writer(),
            join=b"".join,
        )

    def record(self, shape: Record, of: str) -> Code:
        lines: list[str] = []
        pieces: list[str] = []
        for field in shape.fields:
            variable, inner = self.new(), field.shape
            lines.append(f"{variable} = {of}.{field.name}")
            if isinstance(inner, Record) and inner.is_shared:
                more, found = self._shared(inner, variable)
            else:
                more, found = self._value(inner, variable, field.name)
            lines += more
            pieces += found
        return lines, pieces

    def _shared(self, shape: Record, of: str) -> Code:
        kept, write_and_keep = _shared_writer_of(shape)
        whole = self.new()
        return [
            f"k = {self.new(kept.get)}(id({of}))",
            f"{whole} = {self.new(write_and_keep)}({of}) if k is None else k[0]",
        ], [whole]

    def _value(self, shape: Shape, of: str, name: str) -> Code:
        match shape:
            case Plain():
                return self._plain(shape, of, name)
            case Symbols(symbols):
                indices = {symbol: COUNTS[index] for index, symbol in enumerate(symbols)}
                return [], [f"{self.new(indices)}[{of}]"]
            case Nullable(null, other):
                lines, pieces = self._value(other, of, name)
                whole = self.new()
                some = _joined([repr(COUNTS[1 - null]), *pieces])
                return [
                    f"if {of} is None: {whole} = {COUNTS[null]!r}",
                    "else:",
                    *indented([*lines, f"{whole} = {some}"]),
                ], [whole]
            case Array(items):
                one = self.new()
                return self._block(of, one, of, self._value(items, one, name))
            case Map(inner):
                key, one = self.new(), self.new()
                lines, pieces = self._plain(Plain("string"), key, name)
                more, found = self._value(inner, one, name)
                both = (lines + more, pieces + found)
                return self._block(of, f"{key}, {one}", f"{of}.items()", both)
            case Record():
                return self.record(shape, of)

    def _block(self, of: str, each: str, over: str, item: Code) -> Code:
        whole, found = self.new(), self.new()
        lines, pieces = item
        return [
            f"if c := len({of}):",
            f"    {found} = [counts[c] if c < 8192 else long_bytes(c)]",
            f"    for {each} in {over}:",
            *indented(indented([*lines, f"{found} += ({', '.join(pieces)},)"])),
            f"    {found}.append(b'\\0')",
            f"    {whole} = join({found})",
            f"else: {whole} = b'\\0'",
        ], [whole]

    def _plain(self, shape: Plain, of: str, name: str) -> Code:
        match shape.kind:
            case "string":
                return [
                    f"if '\\0' in {of}: refuse_nul('{name}')",
                    f"{of} = {of}.encode()",
                ], [_length(of), of]
            case "bytes":
                return [], [_length(of), of]
            case "int" | "long" as kind:
                return [], [f"counts[{of}] if 0 <= {of} < 8192 else {kind}_bytes({of})"]
            case "double":
                return [], [f"double_bytes({of})"]
            case "boolean":
                return [], [f"truth[{of}]"]
            case "date":
                return [], [f"day_bytes({of})"]
            case "timestamp-millis":
                return [], [f"moment_bytes({of})"]
            case "decimal":
                kept, decimal_bytes = values.decimal_writer(shape.precision, shape.scale)
                known, other = self.new(kept.get), self.new(decimal_bytes)
                return [], [f"{known}(str({of})) or {other}({of})"]


def _length(of: str) -> str:
    """The expression for the piece that tells how long something is."""
    return f"counts[c] if (c := len({of})) < 8192 else long_bytes(c)"


def _joined(pieces: list[str]) -> str:
    if len(pieces) < 3:
        return " + ".join(f"({piece})" for piece in pieces)
    return f"join(({', '.join(pieces)}))"
