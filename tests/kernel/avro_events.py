"""Events of every shape for the tests of the codec, and the plain codec they are held to."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from functools import cache
from typing import Any

import msgspec
from hypothesis import strategies as st

from infra.bench.plain_codec import PlainCodec
from services.kernel.log.avro_shape import (
    Array,
    Map,
    Nullable,
    Plain,
    Record,
    Shape,
    Symbols,
    shape_of,
)
from services.kernel.log.codec import LOCK_FILE, Codec, UnreadableError
from services.kernel.log.language import SCHEMAS, published_language
from services.topology import TOPICS

EVENTS = {event.__name__: event for topic in TOPICS for event in topic.events}
LOCK = json.loads((SCHEMAS / LOCK_FILE).read_text())
FILES = [entry["file"] for entry in LOCK]
NAMES = {entry["file"]: entry["name"] for entry in LOCK}
IDS = {entry["file"]: entry["id"] for entry in LOCK}
OURS: Codec = published_language()
PLAIN = PlainCodec(SCHEMAS, EVENTS.values())

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = datetime(1, 1, 1, tzinfo=UTC)
LAST = datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
LENGTHS = (0, 1, 62, 63, 64, 65, 300, 8191, 8192)


def moment(milliseconds: int) -> datetime:
    return EPOCH + milliseconds * MILLISECOND


def _long_or_not(one: st.SearchStrategy[Any], stretched: Any) -> st.SearchStrategy[Any]:
    """Mostly short, sometimes of a length where its spelling changes."""
    return st.one_of(one, one, one, st.sampled_from(LENGTHS).map(stretched))


texts = _long_or_not(
    st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=20),
    lambda length: "đơn thuốc "[: length % 10] + "x" * length,
)
raws = _long_or_not(st.binary(max_size=20), lambda length: b"\xff" * length)
moments = st.one_of(
    st.integers(1_700_000_000_000, 2_300_000_000_000),
    st.integers((FIRST - EPOCH) // MILLISECOND, (LAST - EPOCH) // MILLISECOND),
).map(moment)


def numbers(bits: int) -> st.SearchStrategy[int]:
    most = 1 << bits - 1
    return st.one_of(st.integers(-200, 20_000), st.integers(-most, most - 1))


def decimals(precision: int, scale: int) -> st.SearchStrategy[Decimal]:
    context, most = Context(prec=precision), 10**precision - 1
    whole = st.one_of(st.integers(0, 100_000), st.integers(-most, most))
    return whole.map(lambda n: Decimal(n).scaleb(-scale, context))


def values_of(shape: Shape) -> st.SearchStrategy[Any]:
    """Everything a shape can carry."""
    match shape:
        case Plain():
            if shape.kind == "decimal":
                return decimals(shape.precision, shape.scale)
            return {
                "string": texts,
                "bytes": raws,
                "boolean": st.booleans(),
                "int": numbers(32),
                "long": numbers(64),
                "double": st.floats(),
                "date": st.dates(),
                "timestamp-millis": moments,
            }[shape.kind]
        case Symbols(symbols):
            return st.sampled_from([symbol for symbol in symbols if symbol])
        case Nullable(other=other):
            return st.none() | values_of(other)
        case Array(items):
            return st.lists(values_of(items), max_size=3).map(tuple)
        case Map(inner):
            return st.dictionaries(texts, values_of(inner), max_size=3)
        case Record(contract=contract, fields=fields):
            assert contract is not None
            return st.builds(contract, **{field.name: values_of(field.shape) for field in fields})


@cache
def _shape(file: str) -> Record:
    return shape_of(json.loads((SCHEMAS / file).read_text()), EVENTS[NAMES[file]])


NEWEST = {EVENTS[NAMES[file]]: _shape(file) for file in FILES}


@cache
def events_of(file: str) -> st.SearchStrategy[msgspec.Struct]:
    """Events with everything that a version, named by its file, can carry."""
    return values_of(_shape(file))


def ours(value: bytes) -> msgspec.Struct | None:
    """What our codec reads, None: it refuses. Nothing but UnreadableError may come out of it."""
    try:
        return OURS.decode(value)
    except UnreadableError:
        return None


def theirs(value: bytes) -> msgspec.Struct | None:
    try:
        return PLAIN.decode(value)
    except Exception:
        return None


def nobody_wrote(value: bytes) -> bool:
    """True when no writer of the version would have written these bytes, or may write them."""
    try:
        event = PLAIN.decode(value)
        return PLAIN.as_written(value) != value or not _allowed(NEWEST[type(event)], event)
    except Exception:
        return True


def _allowed(shape: Shape, value: Any) -> bool:
    """No text with U+0000 and no int of more than 32 bits, both of which fastavro writes."""
    match shape:
        case Plain("string"):
            return "\0" not in value
        case Plain("int"):
            return -(1 << 31) <= value < 1 << 31
        case Nullable(other=other):
            return value is None or _allowed(other, value)
        case Array(items):
            return all(_allowed(items, item) for item in value)
        case Map(inner):
            return all("\0" not in key and _allowed(inner, one) for key, one in value.items())
        case Record(fields=fields):
            return all(_allowed(field.shape, getattr(value, field.name)) for field in fields)
    return True


def assert_same_fate(value: bytes) -> None:
    """Both codecs read the same, or both refuse; what only ours refuses nobody wrote."""
    mine, other = ours(value), theirs(value)
    if mine is None:
        assert other is None or nobody_wrote(value), value.hex()
    else:
        assert repr(mine) == repr(other), value.hex()
