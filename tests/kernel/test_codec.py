"""What the codec reads, what it refuses and what it says then; what it does not write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from services.kernel.log.codec import UnreadableError
from tests.kernel.avro_sample import (
    HEAD,
    TYPES,
    Item,
    Languages,
    Place,
    Sample,
    number,
    only,
    text,
)

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


TWICE = "a number is not written as numbers are"
NONSENSE = [
    ("flag", b"\2", "flag is neither true nor false"),
    ("kind", number(-1), "an enum has no such symbol"),
    ("note", number(-1) + text("x"), "note is of no known type"),
    ("small", number(1 << 31), "an int has more than 32 bits"),
    ("large", b"\xff" * 9 + b"\x7f", TWICE),
    ("large", b"\x82\0", TWICE),
    ("raw", b"\x84\0ab", TWICE),
    ("moment", b"\x80\x80\0", TWICE),
    ("moment", b"\x80\x80\x80\x80\x80\0", TWICE),
    ("amount", number(3) + (1_000_000).to_bytes(3, "big"), "a decimal has more than 6 digits"),
    ("words", number(-1) + number(7) + text("a") + b"\0", "words is not as long as it says"),
    ("items", number(-1) + number(-9) + b"\2\0", "a length is negative"),
    ("table", number(2) + (text("k") + text("v")) * 2 + b"\0", "table has a key twice"),
]
"""What fastavro reads as something, and no writer wrote."""


@pytest.mark.parametrize(("field", "body", "problem"), NONSENSE)
def test_nonsense_is_refused(language: Languages, field: str, body: bytes, problem: str) -> None:
    ours, plain = language(only(field))
    value = HEAD + text("n") + body
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


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 22, 1, 2, 3, 456_789, tzinfo=UTC),
        datetime(2026, 11, 22, 1, 2, 3, 999_999, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 11, 22, 8, 2, 3, 1, tzinfo=timezone(timedelta(hours=7))),
    ],
)
def test_less_than_a_millisecond_is_cut_off(language: Languages, moment: datetime) -> None:
    ours, plain = language()
    event = Sample(name="n", moment=moment)
    assert ours.encode(event) == plain.encode(event)
