"""A contract with a value of every kind, its schemas, and bytes spelled by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from infra.bench.plain_codec import PlainCodec
from infra.schema_lock import new_entries
from services.contracts.terms import Contract
from services.kernel.log.codec import LOCK_FILE, Codec

Kind = Literal["UNKNOWN", "GOOD", "BAD"]
HEAD = b"\0\0\0\0\1"


class Place(Contract, frozen=True, kw_only=True):
    town: str
    height: int | None = None


class Item(Contract, frozen=True, kw_only=True):
    number: int


class Box(Contract, frozen=True, kw_only=True):
    labels: dict[str, str] = {}


class Sample(Contract, frozen=True, kw_only=True):
    name: str
    raw: bytes = b""
    flag: bool = False
    small: int = 0
    large: int = 0
    ratio: float = 0.0
    kind: Kind = "UNKNOWN"
    note: str | None = None
    amount: Decimal = Decimal("0.00")
    day: date = date(1970, 1, 1)
    moment: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    place: Place = Place(town="")
    words: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    table: dict[str, str] = {}
    box: Box = Box()


def enum(*symbols: str) -> dict[str, Any]:
    return {"type": "enum", "name": "Kind", "symbols": list(symbols), "default": "UNKNOWN"}


PLACE = {
    "type": "record",
    "name": "Place",
    "fields": [
        {"name": "town", "type": "string"},
        {"name": "height", "type": ["null", "int"], "default": None},
    ],
}
ITEM = {"type": "record", "name": "Item", "fields": [{"name": "number", "type": "int"}]}
BOX = {
    "type": "record",
    "name": "Box",
    "fields": [{"name": "labels", "type": {"type": "map", "values": "string"}, "default": {}}],
}
TYPES: dict[str, Any] = {
    "name": "string",
    "raw": "bytes",
    "flag": "boolean",
    "small": "int",
    "large": "long",
    "ratio": "double",
    "kind": enum("UNKNOWN", "GOOD", "BAD"),
    "note": ["null", "string"],
    "amount": {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2},
    "day": {"type": "int", "logicalType": "date"},
    "moment": {"type": "long", "logicalType": "timestamp-millis"},
    "place": PLACE,
    "words": {"type": "array", "items": "string"},
    "items": {"type": "array", "items": ITEM},
    "table": {"type": "map", "values": "string"},
    "box": BOX,
}

Languages = Callable[..., tuple[Codec, PlainCodec]]


def language_in(root: Path, *versions: dict[str, Any]) -> tuple[Codec, PlainCodec]:
    """Codecs of the Sample whose versions have these fields (all of them when none is told)."""
    folder = root / "log"
    folder.mkdir()
    for version, types in enumerate(versions or (TYPES,), start=1):
        schema = {
            "type": "record",
            "name": "Sample",
            "namespace": "test",
            "fields": [{"name": name, "type": avro} for name, avro in types.items()],
        }
        (folder / f"Sample.{version}.avsc").write_text(json.dumps(schema))
    (root / LOCK_FILE).write_text(json.dumps(new_entries(root, [])))
    return Codec(root, [Sample]), PlainCodec(root, [Sample])


def only(*names: str, **types: Any) -> dict[str, Any]:
    """A version with the name and these fields."""
    return {"name": "string", **{name: TYPES[name] for name in names}, **types}


def number(value: int) -> bytes:
    """Avro's spelling of a number."""
    rest, spelled = value << 1 ^ value >> 63, b""
    while rest > 127:
        spelled += bytes((rest & 127 | 128,))
        rest >>= 7
    return spelled + bytes((rest,))


def text(value: str) -> bytes:
    return number(len(value.encode())) + value.encode()
