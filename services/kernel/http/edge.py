"""The outermost layer of every API: ids, security headers, metrics, and the last catch.

Whatever happens inside, the caller gets a problem document with the request id and no trace.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kernel import clock, telemetry
from services.kernel.http.problems import Problem, internal

REQUESTS = Counter(
    "rxlog_http_requests_total",
    "Requests answered, by route template and status.",
    ("room", "method", "route", "status"),
)
SECONDS = Histogram(
    "rxlog_http_request_seconds",
    "Time from a request's head being read to the end of its answer.",
    ("room", "method", "route"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECURITY_HEADERS = {
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cross-origin-resource-policy": b"same-origin",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
}
"""Of every answer that does not say otherwise."""
_log = structlog.get_logger(__name__)


class EdgeMiddleware:
    """Wraps the whole application; `template` names the route of a scope."""

    def __init__(
        self, app: ASGIApp, room: str, template: Callable[[Mapping[str, Any]], str]
    ) -> None:
        self._app = app
        self._room = room
        self._template = template

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, _quiet(scope, send))
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        identifier = telemetry.begin_request(
            headers.get("x-request-id", ""), headers.get("traceparent", "")
        )
        began = clock.monotonic()
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = [*message.get("headers", ()), (b"x-request-id", identifier.encode())]
                said = dict(given)
                more = [pair for pair in _SECURITY_HEADERS.items() if pair[0] not in said]
                message["headers"] = [*given, *more]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Problem as problem:
            await self._give(problem, identifier, scope, receive, watched)
        except Exception:
            _log.exception("request failed", method=scope["method"], route=self._template(scope))
            if status:
                raise  # half an answer is out; only closing the connection tells the caller
            await self._give(internal(), identifier, scope, receive, watched)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            route = self._template(scope)
            REQUESTS.labels(self._room, method, route, str(status)).inc()
            SECONDS.labels(self._room, method, route).observe(clock.monotonic() - began)

    @staticmethod
    async def _give(
        problem: Problem, identifier: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        more = {"request_id": identifier} if problem.status >= 500 else {}
        await problem.response(**more)(scope, receive, send)


def _quiet(scope: Scope, send: Send) -> Send:
    """Keep the traceback out of a refused start: the sentence is said once, by `serve`."""

    async def quiet(message: Message) -> None:
        if message["type"] == "lifespan.startup.failed" and scope["app"].state.cannot_start:
            message = {**message, "message": ""}
        await send(message)

    return quiet
