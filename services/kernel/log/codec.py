"""Avro on the wire: Confluent framing, schema ids from the lock file, CloudEvents headers.

A record is `00`, the writer's schema id (big-endian int32) and the Avro body, so that kcat, Kafka
UIs and Connect read it; no registry is needed at run time. `schemas/registry.lock` names every
released schema file with its id; the newest version of a name is the reader's schema, and older
bytes are resolved to it on read.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import fastavro
import msgspec

from services.kernel.log import avro_shape
from services.kernel.log.avro_reading import Read, reader_of
from services.kernel.log.avro_shape import SchemaLockError, shape_of
from services.kernel.log.avro_values import DamagedError
from services.kernel.log.avro_writing import Write, writer_of

K = TypeVar("K")
V = TypeVar("V")

MAGIC = 0
_FRAME = struct.Struct(">bi")
LOCK_FILE = "registry.lock"


class UnreadableError(ValueError):
    """These bytes are no record of ours; the message says in one sentence what is wrong."""


def fingerprint(schema: Any) -> str:
    """SHA-256 of a schema file's content, whitespace aside; docs and defaults count."""
    return hashlib.sha256(json.dumps(schema, sort_keys=True).encode()).hexdigest()


class Codec:
    """Encodes and decodes the contracts it was given; one instance per process.

    What reads and writes an event is generated when it is first needed, so that starting is quick.
    """

    def __init__(self, schemas: Path, contracts: Iterable[type[msgspec.Struct]]) -> None:
        by_name = {contract.__name__: contract for contract in contracts}
        self._versions: dict[bytes, tuple[dict[str, Any], type[msgspec.Struct]]] = {}
        self._newest: dict[type[msgspec.Struct], bytes] = {}
        self._readers = _Generated(self._reader)
        self._writers = _Generated(self._writer)
        for entry in json.loads((schemas / LOCK_FILE).read_text()):
            contract = by_name.get(entry["name"])
            if contract is None:
                continue
            schema = json.loads((schemas / entry["file"]).read_text())
            if fingerprint(schema) != entry["fingerprint"]:
                raise SchemaLockError(
                    f"{entry['file']} differs from its lock: a released schema never changes; "
                    "write the change as a new version of the file"
                )
            frame = _FRAME.pack(MAGIC, entry["id"])
            self._versions[frame] = schema, contract
            self._newest[contract] = frame  # the lock lists versions in order
        missing = sorted(set(by_name) - {contract.__name__ for contract in self._newest})
        if missing:
            raise SchemaLockError(f"no schema in {LOCK_FILE} for {', '.join(missing)}")

    def encode(self, event: msgspec.Struct) -> bytes:
        """The framed bytes of an event; a value the schema cannot carry raises ValueError."""
        write = self._writers[type(event)]
        try:
            return write(event)
        except Exception as error:  # a wrong value breaks generated code in many ways
            raise ValueError(f"{type(event).__name__} cannot be encoded: {error}") from error

    def _writer(self, contract: type[msgspec.Struct]) -> Write:
        frame = self._newest[contract]
        return writer_of(self._shape(frame), frame)

    def _shape(self, frame: bytes) -> avro_shape.Record:
        schema, contract = self._versions[frame]
        fastavro.parse_schema(schema)  # it knows all of Avro's rules; what we generate need not
        return shape_of(schema, contract)

    def decode(self, value: bytes | None) -> msgspec.Struct:
        """The event in framed bytes, as the newest version of its type.

        Raises UnreadableError for anything that is not a whole, valid record of a known type.
        """
        if value is None or len(value) < _FRAME.size:
            raise UnreadableError("the record is empty or shorter than the 5-byte frame")
        frame = value[: _FRAME.size]
        read = self._readers[frame]
        try:
            return read(value)
        except Exception as error:  # damaged bytes break generated code in many ways
            name = self._versions[frame][1].__name__
            raise UnreadableError(f"{name} cannot be decoded: {_what_is_wrong(error)}") from error

    def _reader(self, frame: bytes) -> Read:
        if frame not in self._versions:
            magic, schema_id = _FRAME.unpack(frame)
            raise UnreadableError(f"unknown frame: magic byte {magic}, schema id {schema_id}")
        return reader_of(self._shape(frame), _FRAME.size)


class _Generated(dict[K, V]):
    """What was generated so far; the rest follows when it is first asked for."""

    def __init__(self, generate: Callable[[K], V]) -> None:
        super().__init__()
        self._generate = generate

    def __missing__(self, key: K) -> V:
        found = self[key] = self._generate(key)
        return found


def _what_is_wrong(error: Exception) -> str:
    match error:
        case DamagedError():
            return str(error)
        case IndexError() | struct.error():
            return "it ends too early"
        case KeyError():
            return "an enum has no such symbol"
        case UnicodeDecodeError():
            return "a text is not UTF-8"
    return repr(error)


Headers = list[tuple[str, bytes]]

_SPECVERSION = ("ce_specversion", b"1.0")
_CONTENT_TYPE = ("content-type", b"application/avro")


def cloud_event_headers(
    *, event_id: str, event_type: str, source: str, subject: str, traceparent: str = ""
) -> Headers:
    """CloudEvents 1.0 Kafka binding, binary mode, plus `traceparent`."""
    headers: Headers = [
        _SPECVERSION,
        ("ce_id", event_id.encode()),
        ("ce_type", event_type.encode()),
        ("ce_source", source.encode()),
        ("ce_subject", subject.encode()),
        _CONTENT_TYPE,
    ]
    if traceparent:
        headers.append(("traceparent", traceparent.encode()))
    return headers
