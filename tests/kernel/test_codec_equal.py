"""Our codec is equal to fastavro and msgspec: byte by byte, value by value, also on damage."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
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
)

LATEST = {NAMES[file]: file for file in FILES}.values()
SEED = 20261122


def golden(file: str) -> bytes:
    return bytes.fromhex((GOLDEN / Path(file).with_suffix(".hex").name).read_text().strip())


@st.composite
def damaged(draw: st.DrawFn, value: bytes) -> bytes:
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
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])  # events are large
@given(data=st.data())
def test_events_of_every_version_are_read_and_written_alike(file: str, data: st.DataObject) -> None:
    event = data.draw(events_of(file))
    value = PLAIN.encode(event, IDS[file])
    assert repr(OURS.decode(value)) == repr(PLAIN.decode(value))
    if file in LATEST:
        assert OURS.encode(event) == value
        assert repr(OURS.decode(value)) == repr(event)
    assert_same_fate(data.draw(damaged(value)))


@pytest.mark.parametrize("file", FILES)
@given(data=st.data())
def test_damaged_records_meet_the_same_fate(file: str, data: st.DataObject) -> None:
    assert_same_fate(data.draw(damaged(golden(file))))


@pytest.mark.parametrize("file", FILES)
def test_every_byte_of_a_record_may_be_damaged(file: str) -> None:
    value = golden(file)
    rng = random.Random(f"{SEED}/{file}")
    for place in range(5, len(value)):
        changed = bytearray(value)
        changed[place] ^= 1 << rng.randrange(8)
        assert_same_fate(bytes(changed))
        assert ours(value[:place]) is None, "the rest is missing"
