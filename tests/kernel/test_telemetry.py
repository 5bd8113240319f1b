"""Logs: one JSON line each, nothing personal and nothing secret in it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from services.kernel import telemetry

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    telemetry.configure("room-1", "info", stream)
    nobody_asks = telemetry.request_id.set("")  # whatever ran before in this thread
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    telemetry.request_id.reset(nobody_asks)
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


def test_a_line_says_when_where_and_what(lines: Lines) -> None:
    structlog.get_logger("a.b").info("started", port=8101)
    (line,) = lines()
    assert (line["event"], line["room"], line["level"]) == ("started", "room-1", "info")
    assert (line["logger"], line["port"]) == ("a.b", 8101)
    assert line["at"].endswith("+00:00")


def test_libraries_log_the_same_way(lines: Lines) -> None:
    logging.getLogger("some.library").warning("slow by %d ms", 12)
    logging.getLogger("some.library").debug("not this")
    (line,) = lines()
    assert (line["event"], line["room"]) == ("slow by 12 ms", "room-1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("number 001085000123 in text", "number [number removed] in text"),
        ("001 085 000 123", "[number removed]"),
        ("001.085.000.123", "[number removed]"),
        ("0010850001234", "0010850001234"),  # 13 digits: a time in milliseconds
        ("offset 12345678901", "offset 12345678901"),
        ("Authorization: Bearer abc.def-1", "Authorization: Bearer [removed]"),
        ("token eyJhbGciOi.eyJpc3Mi.c2ln", "token [token removed]"),
        ("postgresql://role:pass@host/db", "postgresql://role:[removed]@host/db"),
    ],
)
def test_what_looks_personal_or_secret_is_removed(lines: Lines, text: str, expected: str) -> None:
    structlog.get_logger().info("x", said=text, deep={"in": [text]})
    logging.getLogger("library").warning(text)
    first, second = lines()
    assert first["said"] == expected
    assert first["deep"] == {"in": [expected]}
    assert second["event"] == expected


def test_an_exception_is_its_type_and_place_not_its_message(lines: Lines) -> None:
    try:
        raise ValueError("BỆNH NHÂN MẪU 0042") from KeyError("MẪU")
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("library").exception("failed too")
    assert "MẪU" not in json.dumps(lines(), ensure_ascii=False)
    for line in lines():
        said = line["exception"].splitlines()
        assert said[0] == "builtins.ValueError"
        assert said[1].endswith("test_an_exception_is_its_type_and_place_not_its_message")
        assert "builtins.KeyError" in said


def test_the_message_of_a_system_error_is_shown(lines: Lines) -> None:
    try:
        Path("/no/such/file").read_text()
    except OSError:
        structlog.get_logger().exception("failed")
    assert "No such file" in lines()[0]["exception"]


def test_outside_of_a_request_there_is_no_trace(lines: Lines) -> None:
    structlog.get_logger().info("x")
    assert "request_id" not in lines()[0]
