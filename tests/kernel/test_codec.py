"""What the codec reads, what it refuses and what it says then; how it meets other versions."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest

from infra.bench.plain_codec import PlainCodec
from infra.schema_lock import new_entries
from services.contracts.terms import Contract
from services.kernel.log.avro_shape import SchemaLockError
from services.kernel.log.avro_values import KEPT_MAX, Kept
from services.kernel.log.codec import LOCK_FILE, Codec, UnreadableError

Kind = Literal["UNKNOWN", "GOOD", "BAD"]
HEAD = b"\0\0\0\0\1"


class Place(Contract, frozen=True, kw_only=True):
    town: str
    height: int | None = None


class Item(Contract, frozen=True, kw_only=True):
    number: int


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
}

Languages = Callable[..., tuple[Codec, PlainCodec]]


@pytest.fixture
def language(tmp_path: Path) -> Languages:
    """Codecs of the Sample whose versions have these fields (all of them when none is told)."""

    def made(*versions: dict[str, Any]) -> tuple[Codec, PlainCodec]:
        folder = tmp_path / "log"
        folder.mkdir()
        for number, types in enumerate(versions or (TYPES,), start=1):
            schema = {
                "type": "record",
                "name": "Sample",
                "namespace": "test",
                "fields": [{"name": name, "type": avro} for name, avro in types.items()],
            }
            (folder / f"Sample.{number}.avsc").write_text(json.dumps(schema))
        (tmp_path / LOCK_FILE).write_text(json.dumps(new_entries(tmp_path, [])))
        return Codec(tmp_path, [Sample]), PlainCodec(tmp_path, [Sample])

    return made


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


WORDS = b"".join(map(text, ("a", "b", "c")))
PAIRS = text("k") + text("v") + text("l") + text("w")


@pytest.mark.parametrize(
    "blocks",
    [
        number(3) + WORDS + b"\0",
        number(1) + text("a") + number(2) + text("b") + text("c") + b"\0",
        number(-3) + number(len(WORDS)) + WORDS + b"\0",
        number(-1) + number(2) + text("a") + number(2) + text("b") + text("c") + b"\0",
    ],
    ids=["one", "two", "with-its-size", "mixed"],
)
def test_arrays_come_in_blocks_however_a_writer_likes(language: Languages, blocks: bytes) -> None:
    ours, plain = language(only("words"))
    value = HEAD + text("n") + blocks
    assert ours.decode(value) == Sample(name="n", words=("a", "b", "c")) == plain.decode(value)


@pytest.mark.parametrize(
    "blocks",
    [
        number(2) + PAIRS + b"\0",
        number(1) + PAIRS[:4] + number(1) + PAIRS[4:] + b"\0",
        number(-2) + number(len(PAIRS)) + PAIRS + b"\0",
    ],
    ids=["one", "two", "with-its-size"],
)
def test_maps_come_in_blocks_however_a_writer_likes(language: Languages, blocks: bytes) -> None:
    ours, plain = language(only("table"))
    value = HEAD + text("n") + blocks
    assert ours.decode(value) == Sample(name="n", table={"k": "v", "l": "w"})
    assert ours.decode(value) == plain.decode(value)


NONSENSE = {
    "flag": (b"\2", "flag is neither true nor false"),
    "kind": (number(-1), "an enum has no such symbol"),
    "note": (number(-1) + text("x"), "note is of no known type"),
    "small": (number(1 << 31), "an int has more than 32 bits"),
    "large": (b"\xff" * 9 + b"\x7f", "a number is not written as numbers are"),
    "moment": (b"\x80\x80\x00", "a number is not written as numbers are"),
    "amount": (number(3) + (1_000_000).to_bytes(3, "big"), "a decimal has more than 6 digits"),
    "words": (
        number(-1) + number(7) + text("a") + b"\0",
        "words is not as long as it says",
    ),
    "items": (number(-1) + number(-9) + b"\2\0", "a length is negative"),
    "table": (
        number(2) + text("k") + text("v") + text("k") + text("w") + b"\0",
        "table has a key twice",
    ),
}
"""What fastavro reads as something, and no writer wrote."""


@pytest.mark.parametrize("field", NONSENSE)
def test_nonsense_is_refused(language: Languages, field: str) -> None:
    ours, plain = language(only(field))
    value, problem = HEAD + text("n") + NONSENSE[field][0], NONSENSE[field][1]
    assert isinstance(plain.decode(value), Sample), "fastavro takes it"
    with pytest.raises(UnreadableError, match=f"^Sample cannot be decoded: {problem}$"):
        ours.decode(value)


@pytest.mark.parametrize(
    ("field", "body", "problem"),
    [
        ("name", number(1 << 40) + b"abc", "it is longer or shorter than it says"),
        ("raw", number(1 << 62) + b"abc", "it is longer or shorter than it says"),
        ("raw", b"\xff" * 11, "a number has more than 64 bits"),
        ("raw", number(-1) + b"abc", "a length is negative"),
        ("words", number(1 << 62), "it ends too early"),
        ("items", number(1 << 40) + number(1) * 3, "it ends too early"),
        ("table", number(-(1 << 40)) + number(1 << 40), "it ends too early"),
        ("ratio", b"\0" * 7, "it ends too early"),
        ("name", number(2) + b"\xc3\x28", "a text is not UTF-8"),
        ("name", number(3) + b"\xed\xa0\x80", "a text is not UTF-8"),
        ("kind", number(3), "an enum has no such symbol"),
        ("note", number(2), "note is of no known type"),
        ("moment", number(1 << 60), "OverflowError"),
        ("day", number(-(1 << 31)), "ValueError"),
    ],
)
def test_damage_is_refused_at_once(
    language: Languages, field: str, body: bytes, problem: str
) -> None:
    """No count and no length makes the codec work or allocate more than the record's bytes."""
    ours, plain = language({field: TYPES[field]} if field == "name" else only(field))
    value = HEAD + (b"" if field == "name" else text("n")) + body
    with pytest.raises(UnreadableError, match=f"^Sample cannot be decoded: {problem}"):
        ours.decode(value)
    with pytest.raises(Exception):  # noqa: B017 fastavro's are of many kinds
        plain.decode(value)


@pytest.mark.parametrize("length", [3, 63, 64, 9000])
def test_no_text_holds_the_character_nul(language: Languages, length: int) -> None:
    """Postgres cannot keep it, so it is refused in one place."""
    ours, plain = language()
    strange = "a\0" + "b" * (length - 2)
    for event in (
        Sample(name=strange),
        Sample(name="n", note=strange),
        Sample(name="n", place=Place(town=strange)),
        Sample(name="n", words=("x", strange)),
        Sample(name="n", table={strange: "v"}),
        Sample(name="n", table={"k": strange}),
    ):
        with pytest.raises(ValueError, match="holds the character U\\+0000"):
            ours.encode(event)
        with pytest.raises(UnreadableError, match="holds the character U\\+0000"):
            ours.decode(plain.encode(event))
    assert ours.decode(ours.encode(Sample(name="n", raw=b"\0"))) == Sample(name="n", raw=b"\0")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": None},
        {"name": b"bytes"},
        {"name": "\ud800"},
        {"raw": "text"},
        {"small": 1 << 31},
        {"small": -(1 << 31) - 1},
        {"large": 1 << 63},
        {"small": "1"},
        {"kind": "UGLY"},
        {"amount": Decimal("0.001")},
        {"amount": Decimal("10000.00")},
        {"amount": Decimal("1E+4")},
        {"amount": Decimal("1E+999999")},
        {"amount": Decimal("NaN")},
        {"amount": Decimal("Infinity")},
        {"moment": datetime(2026, 11, 22)},  # noqa: DTZ001 the point of it
        {"place": Item(number=1)},
        {"words": None},
        {"table": None},
        {"flag": None},
        {"items": (Place(town="x"),)},
    ],
    ids=repr,
)
def test_what_the_schema_cannot_carry_is_not_written(
    language: Languages, wrong: dict[str, Any]
) -> None:
    ours, _ = language()
    with pytest.raises(ValueError, match=r"^Sample cannot be encoded: "):
        ours.encode(Sample(**{"name": "n", **wrong}))


@pytest.mark.parametrize("text", ["0", "-0", "0.1", "-0.01", "9999.99", "-9999.99", "1E+3", "5.0"])
def test_decimals_are_written_in_the_scale_of_the_schema(language: Languages, text: str) -> None:
    ours, plain = language()
    event = Sample(name="n", amount=Decimal(text))
    assert ours.encode(event) == plain.encode(event)
    assert repr(ours.decode(ours.encode(event))) == repr(plain.decode(plain.encode(event)))


def test_a_shared_record_is_one_object(language: Languages) -> None:
    """A drug or a submitter that comes again is not built again."""
    ours, _ = language()
    hanoi = Place(town="Hà Nội " + "x" * 40, height=12)
    one, two = (ours.decode(ours.encode(Sample(name=n, place=hanoi))) for n in "ab")
    assert isinstance(one, Sample)
    assert isinstance(two, Sample)
    assert one.place == hanoi
    assert one.place is two.place


def test_records_that_begin_alike_are_not_confused(language: Languages) -> None:
    ours, plain = language()
    for _ in range(2):
        for height in (None, 1, 2, 300):
            event = Sample(name="n", place=Place(town="x" * 50, height=height))
            value = plain.encode(event)
            assert ours.decode(value) == event
            assert ours.encode(event) == value


def test_a_record_cut_off_inside_a_shared_record_is_not_kept(language: Languages) -> None:
    ours, _ = language(only("place"))
    value = ours.encode(Sample(name="n", place=Place(town="Huế" * 20, height=3)))
    for end in range(len(HEAD), len(value)):
        with pytest.raises(UnreadableError):
            ours.decode(value[:end])
    assert ours.decode(value) == Sample(name="n", place=Place(town="Huế" * 20, height=3))


def test_what_is_kept_is_bounded() -> None:
    kept = Kept[int, int]()
    for value in range(3 * KEPT_MAX):
        assert kept.keep(value, value) == value
        assert len(kept) <= KEPT_MAX


def test_an_older_record_gets_the_defaults_of_the_contract(language: Languages) -> None:
    ours, _ = language(only("flag"), only("flag", "note", "words", "place"))
    value = HEAD + text("n") + b"\1"
    assert ours.decode(value) == Sample(name="n", flag=True)


def test_a_field_the_contract_does_not_know_is_passed_over(language: Languages) -> None:
    unknown = {f"new_{name}": avro for name, avro in TYPES.items() if name not in ("items",)}
    unknown["new_kind"] = {**enum("A", "B"), "name": "New", "default": "A"}
    ours, _ = language(only("flag"), only(**unknown, flag="boolean"))
    value = b"\0\0\0\0\2" + text("n")
    value += text("x") + text("y") + b"\1" + number(5) + number(-500) + b"\0" * 8 + number(1)
    value += number(1) + text("z") + number(1) + b"\7" + number(3) + number(9) + text("t") + b"\0"
    value += number(1) + text("w") + b"\0" + number(1) + text("k") + text("v") + b"\0"
    assert ours.decode(value + b"\1") == Sample(name="n", flag=True)


def test_a_symbol_the_contract_does_not_know_is_the_default(language: Languages) -> None:
    ours, _ = language(only("kind"), only(kind=enum("UNKNOWN", "GOOD", "BAD", "UGLY")))
    assert ours.decode(b"\0\0\0\0\2" + text("n") + number(3)) == Sample(name="n", kind="UNKNOWN")
    assert ours.decode(b"\0\0\0\0\2" + text("n") + number(2)) == Sample(name="n", kind="BAD")


@pytest.mark.parametrize(
    ("types", "problem"),
    [
        (only(note=["null", "string", "int"]), "Sample.note: only unions of null and one type"),
        (only(note=["string", "int"]), "Sample.note: only unions of null and one type"),
        (only(ratio="float"), "Sample.ratio: the type float is not supported"),
        (
            only(moment={"type": "long", "logicalType": "timestamp-micros"}),
            "Sample.moment: the type timestamp-micros is not supported",
        ),
        ({"flag": "boolean"}, "Sample: no value and no default for name"),
        (
            only(place={"type": "record", "name": "Place", "fields": []}),
            "Sample.place: no value and no default for town",
        ),
    ],
)
def test_a_schema_that_the_codec_cannot_carry_is_a_mistake_of_ours(
    language: Languages, types: dict[str, Any], problem: str
) -> None:
    ours, _ = language(types)
    with pytest.raises(SchemaLockError, match=problem):
        ours.decode(HEAD + text("n"))
