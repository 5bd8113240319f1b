"""Avro on the wire: Confluent framing, schema ids from the lock file, CloudEvents headers.

A record is `00`, the writer's schema id (big-endian int32) and the Avro body, so that kcat, Kafka
UIs and Connect read it; no registry is needed at run time. `schemas/registry.lock` names every
released schema file with its id; the newest version of a name is the reader's schema, and older
bytes are resolved to it on read.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastavro
import msgspec

MAGIC = 0
_FRAME = struct.Struct(">bi")
_NATIVE = (bytes, datetime, date, Decimal)
LOCK_FILE = "registry.lock"


class UnreadableError(ValueError):
    """These bytes are no record of ours; the message says in one sentence what is wrong."""


class SchemaLockError(RuntimeError):
    """The schema files and their lock disagree."""


def fingerprint(schema: Any) -> str:
    """SHA-256 of a schema file's content, whitespace aside; docs and defaults count."""
    return hashlib.sha256(json.dumps(schema, sort_keys=True).encode()).hexdigest()


class Codec:
    """Encodes and decodes the contracts it was given; one instance per process."""

    def __init__(self, schemas: Path, contracts: Iterable[type[msgspec.Struct]]) -> None:
        by_name = {contract.__name__: contract for contract in contracts}
        self._writers: dict[int, Any] = {}
        self._newest: dict[str, tuple[int, Any]] = {}
        self._names: dict[int, str] = {}
        self._types = by_name
        for entry in json.loads((schemas / LOCK_FILE).read_text()):
            name = entry["name"]
            if name not in by_name:
                continue
            raw = json.loads((schemas / entry["file"]).read_text())
            if fingerprint(raw) != entry["fingerprint"]:
                raise SchemaLockError(
                    f"{entry['file']} differs from its lock: a released schema never changes; "
                    "write the change as a new version of the file"
                )
            schema = fastavro.parse_schema(raw)
            self._writers[entry["id"]] = schema
            self._names[entry["id"]] = name
            self._newest[name] = (entry["id"], schema)  # the lock lists versions in order
        missing = sorted(set(by_name) - set(self._newest))
        if missing:
            raise SchemaLockError(f"no schema in {LOCK_FILE} for {', '.join(missing)}")

    def encode(self, event: msgspec.Struct) -> bytes:
        """The framed bytes of an event; a value the schema cannot carry raises ValueError."""
        schema_id, schema = self._newest[type(event).__name__]
        out = io.BytesIO()
        out.write(_FRAME.pack(MAGIC, schema_id))
        fastavro.schemaless_writer(out, schema, msgspec.to_builtins(event, builtin_types=_NATIVE))
        return out.getvalue()

    def decode(self, value: bytes | None) -> msgspec.Struct:
        """The event in framed bytes, as the newest version of its type.

        Raises UnreadableError for anything that is not a whole, valid record of a known type.
        """
        if value is None or len(value) < _FRAME.size:
            raise UnreadableError("the record is empty or shorter than the 5-byte frame")
        magic, schema_id = _FRAME.unpack_from(value)
        writer = self._writers.get(schema_id)
        if magic != MAGIC or writer is None:
            raise UnreadableError(f"unknown frame: magic byte {magic}, schema id {schema_id}")
        name = self._names[schema_id]
        newest_id, newest = self._newest[name]
        body = io.BytesIO(value)
        body.seek(_FRAME.size)
        try:
            reader = None if newest_id == schema_id else newest
            content = fastavro.schemaless_reader(body, writer, reader)
            if body.tell() != len(value):
                raise UnreadableError(f"{name}: {len(value) - body.tell()} bytes left over")
            return msgspec.convert(content, self._types[name], builtin_types=_NATIVE)
        except UnreadableError:
            raise
        except Exception as error:  # fastavro raises many kinds on damaged bytes
            raise UnreadableError(f"{name} cannot be decoded: {error!r}") from error


Headers = list[tuple[str, bytes]]


def cloud_event_headers(
    *, event_id: str, event_type: str, source: str, subject: str, **extensions: str
) -> Headers:
    """CloudEvents 1.0 Kafka binding, binary mode, plus `traceparent` and own extensions."""
    headers: Headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_type", event_type.encode()),
        ("ce_source", source.encode()),
        ("ce_subject", subject.encode()),
        ("content-type", b"application/avro"),
    ]
    traceparent = extensions.pop("traceparent", "")
    if traceparent:
        headers.append(("traceparent", traceparent.encode()))
    headers.extend((f"ce_{name}", value.encode()) for name, value in extensions.items())
    return headers
