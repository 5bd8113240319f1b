"""Limits on what a request may be, checked before any handler sees it.

Header count and size, target length, body size (also of chunked bodies), time to send it, media
type, and for JSON: valid UTF-8, no duplicate keys, no NaN, bounded depth, no U+0000.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kernel.http.problems import Problem, unreadable
from services.kernel.http.strict_json import strict_json

DRAIN_BYTES_MAX = 1024 * 1024
DRAIN_SECONDS_MAX = 0.5
_ONCE_ONLY = (b"authorization", b"content-type", b"content-length", b"idempotency-key")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request may be at most."""

    body_bytes: int = 256 * 1024
    body_seconds: float = 10.0
    header_bytes: int = 16 * 1024
    headers: int = 100
    target_bytes: int = 8 * 1024


class LimitsMiddleware:
    """Reads and checks the body, then hands the request on. Raises `Problem`.

    `media_types` names the media type of the paths that do not take JSON.
    """

    def __init__(
        self,
        app: ASGIApp,
        limits: Limits | None = None,
        media_types: Mapping[str, str] | None = None,
    ) -> None:
        self._app = app
        self._limits = limits or Limits()
        self._media_types = dict(media_types or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = self._checked_headers(scope)
        body = await self._body(headers, receive)
        if body is None:
            return  # the caller left
        if body:
            self._check_body(scope["path"], headers, body)
        await self._app(scope, _replay(body, receive), send)

    def _checked_headers(self, scope: Scope) -> dict[bytes, bytes]:
        pairs = scope["headers"]
        size = sum(len(name) + len(value) + 4 for name, value in pairs)
        if size > self._limits.header_bytes or len(pairs) > self._limits.headers:
            raise _too_large(431, "The headers", self._limits.header_bytes)
        target = len(scope.get("raw_path") or b"") + len(scope["query_string"])
        if target > self._limits.target_bytes:
            raise _too_large(414, "The address", self._limits.target_bytes)
        if "\0" in scope["path"] or b"%00" in scope["query_string"]:
            raise unreadable("The address contains U+0000.", "Địa chỉ chứa ký tự U+0000.")
        counts = Counter(name for name, _ in pairs)
        for name in _ONCE_ONLY:
            if counts[name] > 1:
                raise unreadable(
                    f"The header {name.decode()} is given more than once.",
                    f"Tiêu đề {name.decode()} bị lặp lại.",
                )
        return dict(pairs)

    async def _body(self, headers: Mapping[bytes, bytes], receive: Receive) -> bytes | None:
        """The whole body, counted while it arrives; None when the caller left."""
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self._limits.body_bytes:
            raise _too_large(413, "The body", self._limits.body_bytes)
        body = bytearray()
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    body += message.get("body", b"")
                    if len(body) > self._limits.body_bytes:
                        await _drain(message, receive)
                        raise _too_large(413, "The body", self._limits.body_bytes)
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            raise _too_slow(self._limits.body_seconds) from None

    def _check_body(self, path: str, headers: Mapping[bytes, bytes], body: bytes) -> None:
        expected = self._media_types.get(path, "application/json")
        given, _, parameters = headers.get(b"content-type", b"").decode("latin-1").partition(";")
        charset = parameters.strip().lower().replace('"', "")
        if (
            given.strip().lower() != expected
            or charset not in ("", "charset=utf-8")
            or b"content-encoding" in headers
        ):
            raise _wrong_media_type(expected)
        if expected == "application/json":
            try:
                strict_json(body)
            except ValueError as error:
                raise unreadable(
                    f"The body is not JSON as it is taken here: {error}.",
                    f"Nội dung không phải JSON hợp lệ: {error}.",
                ) from None


async def _drain(message: Message, receive: Receive) -> None:
    """Throw away a little more of a body that is too large.

    A connection closed on unread bytes is reset, and the caller may lose the answer that says why.
    """
    left = DRAIN_BYTES_MAX
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS_MAX):
            while left > 0 and message.get("more_body", False):
                message = await receive()
                left -= len(message.get("body", b""))


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give the body that was read once more, then what the server says next."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return pending.pop() if pending else await receive()

    return replayed


def _too_large(status: int, part: str, limit_bytes: int) -> Problem:
    part_vi = {"The body": "Nội dung", "The headers": "Phần tiêu đề"}.get(part, "Địa chỉ")
    return Problem(
        "request-too-large",
        status,
        title="The request is too large",
        title_vi="Yêu cầu quá lớn",
        detail=f"{part} may have at most {limit_bytes} bytes.",
        detail_vi=f"{part_vi} chỉ được dài tối đa {limit_bytes} byte.",
        what_next="Send less in one request.",
        what_next_vi="Hãy gửi ít dữ liệu hơn trong một yêu cầu.",
        headers={"Connection": "close"},
    )


def _too_slow(seconds: float) -> Problem:
    return Problem(
        "request-too-slow",
        408,
        title="The request took too long to arrive",
        title_vi="Yêu cầu được gửi quá chậm",
        detail=f"The body was not complete after {seconds:g} s.",
        detail_vi=f"Nội dung chưa đầy đủ sau {seconds:g} giây.",
        what_next="Send it again with the same Idempotency-Key.",
        what_next_vi="Hãy gửi lại với cùng Idempotency-Key.",
        headers={"Connection": "close"},
    )


def _wrong_media_type(expected: str) -> Problem:
    return Problem(
        "unsupported-media-type",
        415,
        title="The body has the wrong media type",
        title_vi="Kiểu nội dung không được hỗ trợ",
        detail=f"This address takes {expected} in UTF-8, without Content-Encoding.",
        detail_vi=f"Địa chỉ này chỉ nhận {expected} mã hóa UTF-8, không nén.",
        what_next=f"Send the header Content-Type: {expected}.",
        what_next_vi=f"Hãy gửi tiêu đề Content-Type: {expected}.",
    )
