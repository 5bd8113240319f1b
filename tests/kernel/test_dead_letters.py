"""A dead letter can be written whatever is wrong with its record: a fold must not fail on any."""

from __future__ import annotations

from typing import Any

import pytest

from services.contracts.dead_letters import DeadLettered
from services.kernel.folding.dead_letters import dead_letter
from services.kernel.log.language import published_language
from services.kernel.log.log_record import LogRecord


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        (("h", b"\0\xff"), {"h": b"\0\xff"}),
        (("h\0", b"v"), {"h\ufffd": b"v"}),
        (("h", None), {"h": b""}),
    ],
    ids=["bytes", "nul-in-its-name", "no-value"],
)
def test_a_header_may_hold_anything(header: Any, kept: dict[str, bytes]) -> None:
    codec = published_language()
    record = LogRecord("rx.test", 1, 2, 3, b"\0k", b"\xffnoise", [header])
    letter = codec.decode(dead_letter(codec, "registry", record, "unknown frame").value)
    assert isinstance(letter, DeadLettered)
    assert letter.headers == kept
    assert (letter.key, letter.value, letter.error) == (b"\0k", b"\xffnoise", "unknown frame")
