"""How the codec meets other versions, and what it keeps of the records before."""

from __future__ import annotations

from typing import Any

import pytest

from services.kernel.log.avro_shape import SchemaLockError
from services.kernel.log.avro_values import KEPT_MAX, Kept
from services.kernel.log.codec import UnreadableError
from tests.kernel.avro_sample import (
    HEAD,
    TYPES,
    Box,
    Languages,
    Place,
    Sample,
    enum,
    number,
    only,
    text,
)


def test_a_shared_record_is_one_object(language: Languages) -> None:
    """A drug or a submitter that comes again is not built again."""
    ours, _ = language()
    hanoi = Place(town="Hà Nội " + "x" * 40, height=12)
    one, two = (ours.decode(ours.encode(Sample(name=n, place=hanoi))) for n in "ab")
    assert isinstance(one, Sample)
    assert isinstance(two, Sample)
    assert one.place == hanoi
    assert one.place is two.place


def test_a_record_with_something_to_change_in_it_is_not_shared(language: Languages) -> None:
    ours, _ = language()
    value = ours.encode(Sample(name="n", box=Box(labels={"k": "v"})))
    one, two = ours.decode(value), ours.decode(value)
    assert isinstance(one, Sample)
    one.box.labels["k"] = "changed"
    assert two == ours.decode(value) == Sample(name="n", box=Box(labels={"k": "v"}))
    assert ours.decode(ours.encode(one)) == one


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
    value += number(1) + text("w") + b"\0" + number(1) + text("k") + text("v") + b"\0" * 2
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
        (
            only(kind=enum("UNKNOWN", *(f"S{n}" for n in range(64)))),
            "Sample.kind: more than 64 symbols are not supported",
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
