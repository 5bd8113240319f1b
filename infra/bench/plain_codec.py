"""The wire codec in its plainest form, fastavro and msgspec: what ours is measured and held to."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from struct import Struct
from typing import Any

import fastavro
import msgspec

from services.kernel.log.codec import LOCK_FILE, MAGIC

FRAME = Struct(">bi")
_NATIVE = (bytes, datetime, date, Decimal)


class PlainCodec:
    """Encodes and decodes contracts; it takes some damaged bytes for records, and ours does not."""

    def __init__(self, schemas: Path, contracts: Iterable[type[msgspec.Struct]]) -> None:
        self._types = {contract.__name__: contract for contract in contracts}
        self._schemas: dict[int, tuple[str, Any]] = {}
        self._newest: dict[str, int] = {}
        for entry in json.loads((schemas / LOCK_FILE).read_text()):
            if entry["name"] in self._types:
                schema = fastavro.parse_schema(json.loads((schemas / entry["file"]).read_text()))
                self._schemas[entry["id"]] = entry["name"], schema
                self._newest[entry["name"]] = entry["id"]

    def encode(self, event: msgspec.Struct, schema_id: int | None = None) -> bytes:
        """The framed bytes of an event, in the newest version or that of `schema_id`."""
        schema_id = schema_id or self._newest[type(event).__name__]
        content = msgspec.to_builtins(event, builtin_types=_NATIVE)
        return self._written(schema_id, content)

    def _written(self, schema_id: int, content: Any) -> bytes:
        out = io.BytesIO()
        out.write(FRAME.pack(MAGIC, schema_id))
        fastavro.schemaless_writer(out, self._schemas[schema_id][1], content)
        return out.getvalue()

    def decode(self, value: bytes) -> msgspec.Struct:
        """The event in framed bytes, as the newest version of its type."""
        _magic, schema_id = FRAME.unpack_from(value)
        name, _schema = self._schemas[schema_id]
        newest = self._newest[name]
        content = self._read(value, None if newest == schema_id else self._schemas[newest][1])
        event: msgspec.Struct = msgspec.convert(content, self._types[name], builtin_types=_NATIVE)
        return event

    def as_written(self, value: bytes) -> bytes:
        """What a writer of the same version would have written for what is read in `value`."""
        _magic, schema_id = FRAME.unpack_from(value)
        return self._written(schema_id, self._read(value, None))

    def _read(self, value: bytes, reader: Any) -> Any:
        magic, schema_id = FRAME.unpack_from(value)
        if magic != MAGIC:
            raise ValueError(f"unknown magic byte {magic}")
        body = io.BytesIO(value)
        body.seek(FRAME.size)
        content = fastavro.schemaless_reader(body, self._schemas[schema_id][1], reader)
        if body.tell() != len(value):
            raise ValueError("bytes left over")
        return content
