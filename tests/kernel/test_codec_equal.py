"""Our codec is equal to fastavro and msgspec: byte by byte, value by value, also on damage."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts.golden import GOLDEN
from tests.kernel.avro_events import (
    FILES,
    IDS,
    NAMES,
    OURS,
    PLAIN,
    assert_same_fate,
    events_of,
    ours,
    written_with,
)

NEWEST = list({NAMES[file]: file for file in FILES}.values())
SEED = 20261122


@pytest.mark.parametrize("file", NEWEST)
@given(data=st.data())
def test_events_are_written_byte_by_byte_alike(file: str, data: st.DataObject) -> None:
    event = data.draw(events_of(file))
    assert OURS.encode(event) == PLAIN.encode(event)


@pytest.mark.parametrize("file", FILES)
@given(data=st.data())
def test_every_version_is_read_alike(file: str, data: st.DataObject) -> None:
    value = data.draw(written_with(file))
    assert repr(OURS.decode(value)) == repr(PLAIN.decode(value))


@st.composite
def damage(draw: st.DrawFn, value: bytes) -> bytes:
    """Bytes changed, lost, added, repeated; the frame stays, so that it is still this event."""
    body = bytearray(value[5:])
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, max(len(body) - 1, 0)))
        match draw(st.sampled_from(("flip", "set", "cut", "lose", "add", "repeat"))):
            case "flip" if body:
                body[place] ^= 1 << draw(st.integers(0, 7))
            case "set" if body:
                body[place] = draw(st.sampled_from((0, 1, 2, 3, 63, 64, 127, 128, 129, 254, 255)))
            case "cut":
                del body[place:]
            case "lose":
                del body[place : place + draw(st.integers(1, 8))]
            case "add":
                body[place:place] = draw(st.binary(min_size=1, max_size=11))
            case "repeat":
                body[place:place] = body[place : place + draw(st.integers(1, 8))]
    return value[:5] + bytes(body)


@pytest.mark.parametrize("file", FILES)
@given(data=st.data())
def test_damaged_records_meet_the_same_fate(file: str, data: st.DataObject) -> None:
    assert_same_fate(data.draw(damage(data.draw(written_with(file)))))


@pytest.mark.parametrize("file", FILES)
def test_every_byte_of_the_golden_records_may_be_damaged(file: str) -> None:
    golden = GOLDEN / Path(file).with_suffix(".hex").name
    value = bytes.fromhex(golden.read_text().strip())
    rng = random.Random(f"{SEED}/{file}")
    for place in range(5, len(value)):
        changed = bytearray(value)
        changed[place] ^= 1 << rng.randrange(8)
        assert_same_fate(bytes(changed))
        assert ours(value[:place]) is None, "the rest is missing"


@pytest.mark.parametrize("file", FILES)
@given(body=st.binary(max_size=200))
def test_noise_meets_the_same_fate(file: str, body: bytes) -> None:
    assert_same_fate(b"\0" + IDS[file].to_bytes(4, "big") + body)
