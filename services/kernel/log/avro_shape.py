"""A schema and the contract it carries, walked once: the shape that reading and writing follow.

The shape of a writer's schema is resolved against the newest contract here, once per version:
fields the contract does not know are read and dropped, fields a writer did not know yet get the
contract's default, an enum symbol the contract does not know becomes the schema's default.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

import msgspec

Kind = Literal[
    "string", "bytes", "boolean", "int", "long", "double", "timestamp-millis", "date", "decimal"
]
SIMPLE: frozenset[str] = frozenset({"string", "bytes", "boolean", "int", "long", "double"})
SYMBOLS_MAX = 64
"""The index of a symbol is one byte."""
LOGICAL = {"timestamp-millis": "long", "date": "int", "decimal": "bytes"}


class SchemaLockError(RuntimeError):
    """The schema files, their lock and the contracts disagree."""


@dataclass(frozen=True, slots=True)
class Plain:
    """One value; `precision` and `scale` are those of a decimal."""

    kind: Kind
    precision: int = 0
    scale: int = 0


@dataclass(frozen=True, slots=True)
class Symbols:
    """An enum: what each index on the wire means to the contract, None: nothing."""

    of: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Nullable:
    """A union of null and one other type; `null` is the index of null."""

    null: int
    other: Shape


@dataclass(frozen=True, slots=True)
class Array:
    """Any number of items; a tuple in the contract."""

    items: Shape


@dataclass(frozen=True, slots=True)
class Map:
    """Values by text; a dict in the contract."""

    values: Shape


@dataclass(frozen=True, slots=True)
class Field:
    """`known` False: the contract has no such field."""

    name: str
    shape: Shape
    known: bool


@dataclass(frozen=True, slots=True)
class Record:
    """`contract` None: nobody wants the values, they are read to get past them."""

    name: str
    contract: type[msgspec.Struct] | None
    fields: tuple[Field, ...]

    @property
    def is_shared(self) -> bool:
        """True when nothing in it can change, so that one value may stand in many events."""
        return self.contract is not None and not any(_holds_map(f.shape) for f in self.fields)


Shape = Plain | Symbols | Nullable | Array | Map | Record


def _holds_map(shape: Shape) -> bool:
    match shape:
        case Map():
            return True
        case Array(inner) | Nullable(other=inner):
            return _holds_map(inner)
        case Record(fields=fields):
            return any(_holds_map(field.shape) for field in fields)
    return False


def shape_of(schema: Mapping[str, Any], contract: type[msgspec.Struct]) -> Record:
    """The shape of a record schema. Raises SchemaLockError when the contract cannot carry it."""
    found = _Walk().shape(schema, contract, schema["name"])
    assert isinstance(found, Record)
    return found


class _Walk:
    def __init__(self) -> None:
        self._named: dict[str, Any] = {}

    def shape(self, avro: Any, hint: Any, where: str) -> Shape:
        """`hint` is the contract's type, None when the contract has no such field."""
        avro = self._named.get(avro, avro) if isinstance(avro, str) else avro
        if isinstance(avro, list):
            return self._nullable(avro, hint, where)
        if isinstance(avro, str):
            avro = {"type": avro}
        if "name" in avro:
            self._named[avro["name"]] = avro
        match avro["type"]:
            case "enum":
                return _symbols(avro, hint, where)
            case "array":
                return Array(self.shape(avro["items"], _argument(hint, 0), where))
            case "map":
                return Map(self.shape(avro["values"], _argument(hint, 1), where))
            case "record":
                return self._record(avro, hint, where)
        return _plain(avro, where)

    def _nullable(self, avro: list[Any], hint: Any, where: str) -> Nullable:
        if len(avro) != 2 or "null" not in avro:
            raise SchemaLockError(f"{where}: only unions of null and one type are supported")
        null = avro.index("null")
        if isinstance(hint, types.UnionType):
            [hint] = [arm for arm in get_args(hint) if arm is not types.NoneType]
        return Nullable(null, self.shape(avro[1 - null], hint, where))

    def _record(self, avro: Mapping[str, Any], contract: Any, where: str) -> Record:
        ours = dict(_fields_of(contract)) if contract else {}
        fields = []
        for field in avro["fields"]:
            known = ours.pop(field["name"], None)
            place = f"{where}.{field['name']}"
            shape = self.shape(field["type"], known.type if known else None, place)
            fields.append(Field(field["name"], shape, known is not None))
        missing = [field.name for field in ours.values() if field.required]
        if missing:
            raise SchemaLockError(f"{where}: no value and no default for {', '.join(missing)}")
        if not fields:
            raise SchemaLockError(f"{where}: a record without fields is not supported")
        return Record(avro["name"], contract, tuple(fields))


@cache
def _fields_of(contract: type[msgspec.Struct]) -> dict[str, msgspec.structs.FieldInfo]:
    return {field.name: field for field in msgspec.structs.fields(contract)}


def _plain(avro: Mapping[str, Any], where: str) -> Plain:
    kind, logical = avro["type"], avro.get("logicalType")
    if kind not in SIMPLE or (logical is not None and LOGICAL.get(logical) != kind):
        raise SchemaLockError(f"{where}: the type {logical or kind} is not supported")
    return Plain(logical or kind, avro.get("precision", 0), avro.get("scale", 0))


def _symbols(avro: Mapping[str, Any], hint: Any, where: str) -> Symbols:
    symbols, known = avro["symbols"], get_args(hint)
    if len(symbols) > SYMBOLS_MAX:
        raise SchemaLockError(f"{where}: more than {SYMBOLS_MAX} symbols are not supported")
    if hint is None:
        return Symbols(tuple(symbols))
    default = avro.get("default") if avro.get("default") in known else None
    return Symbols(tuple(symbol if symbol in known else default for symbol in symbols))


def _argument(hint: Any, index: int) -> Any:
    """The type of the items of an array, or of the values of a map."""
    arguments = get_args(hint)
    return arguments[index] if arguments else None
