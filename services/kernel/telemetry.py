"""Logs as JSON lines, request and trace ids, and the redaction that keeps people out of logs.

A log line carries names of things and codes, never content. As a second lock every string is
searched for what looks like a personal number, a token or a password. Exceptions are logged with
their type and the places they passed, not with their message: messages quote values.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from contextvars import ContextVar
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, ExcInfo, WrappedLogger

from services.kernel import clock
from services.kernel.settings import CannotStartError

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Id of the HTTP request being answered; empty outside of one."""

_trace_parent: ContextVar[str] = ContextVar("traceparent", default="")
_TRACE_PARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")

_REDACTIONS = (
    (re.compile(r"(?i)\bbearer\s+[\w.~+/=-]+"), "Bearer [removed]"),
    (re.compile(r"\beyJ[\w-]{4,}(?:\.[\w-]+){1,4}"), "[token removed]"),
    (re.compile(r"(?<![0-9])[0-9](?:[ .-]?[0-9]){11}(?![0-9])"), "[number removed]"),
    (re.compile(r"(?<=://)([^:/@\s]+):[^@/\s]+@"), r"\1:[removed]@"),
)
# The messages of these name files, hosts and settings only.
_SPEAKING: tuple[type[BaseException], ...] = (OSError, ImportError, CannotStartError)


def configure(room: str, level: str = "info", stream: TextIO | None = None) -> None:
    """Send this process's logs, also those of libraries, to `stream` (stderr) as JSON lines."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.ExceptionRenderer(places),
        _context(room),
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(json.dumps, ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for chatty in ("uvicorn.error", "httpx2", "httpcore2", "asyncio", "faust", "aiokafka"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace what looks personal or secret in every string of a log line."""
    return {key: _redacted(value) for key, value in event.items()}


def _redacted(value: Any) -> Any:
    match value:
        case str():
            for pattern, replacement in _REDACTIONS:
                value = pattern.sub(replacement, value)
            return value
        case dict():
            return {key: _redacted(item) for key, item in value.items()}
        case list() | tuple():
            return [_redacted(item) for item in value]
        case bool() | int() | float() | None:
            return value
        case _:
            return _redacted(str(value))


def places(exc_info: ExcInfo) -> str:
    """An exception as its type and the places it passed, innermost last."""
    error: BaseException | None = exc_info[1]
    lines = []
    while error is not None:
        frames = traceback.extract_tb(error.__traceback__)
        said = f": {error}" if isinstance(error, _SPEAKING) else ""
        state = f" sqlstate {code}" if (code := getattr(error, "sqlstate", None)) else ""
        lines.append(f"{type(error).__module__}.{type(error).__qualname__}{state}{said}")
        lines += [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(lines)


def _context(room: str) -> Any:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["at"] = clock.now().isoformat(timespec="milliseconds")
        event["room"] = room
        if current := request_id.get():
            event["request_id"] = current
        return event

    return add


def begin_request(given_id: str, given_trace_parent: str) -> str:
    """Take over or make the ids of a request; returns the request id.

    A trace goes on under its own trace id with a new parent id (W3C Trace Context).
    """
    identifier = given_id if _REQUEST_ID.fullmatch(given_id) else clock.new_uuid().hex
    request_id.set(identifier)
    match = _TRACE_PARENT.fullmatch(given_trace_parent)
    trace, flags = match.groups() if match else (clock.random_bytes(16).hex(), "01")
    _trace_parent.set(f"00-{trace}-{clock.random_bytes(8).hex()}-{flags}")
    structlog.contextvars.clear_contextvars()
    return identifier


def traceparent() -> str:
    """The `traceparent` to send with whatever this request causes; empty outside of a request."""
    return _trace_parent.get()
