"""Idempotency: the caller's key, and the event id derived from it.

The same client sending the same operation with the same key means the same event, however often
and through whichever process it arrives. No client can reach another client's events, because the
client's own id (from its token) goes into the derivation.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Annotated

from fastapi import Depends, Header

from services.kernel.http.problems import Problem

HEADER = "Idempotency-Key"
KEY_LENGTH_MIN = 8
KEY_LENGTH_MAX = 200
_DOMAIN = b"rxlog event id v1"


def event_id(client_id: str, operation: str, key: str, *scope: str) -> str:
    """The UUID (version 8, RFC 9562) of the event that these strings name together.

    Each string goes in with its length, so no two different lists feed the hash the same bytes:
    `("ab", "c")` and `("a", "bc")` differ.
    """
    digest = hashlib.sha256(_DOMAIN)
    for part in (client_id, operation, key, *scope):
        data = part.encode()
        digest.update(len(data).to_bytes(4, "big") + data)
    octets = bytearray(digest.digest()[:16])
    octets[6] = 0x80 | (octets[6] & 0x0F)
    octets[8] = 0x80 | (octets[8] & 0x3F)
    return str(uuid.UUID(bytes=bytes(octets)))


async def _required_key(
    value: Annotated[
        str | None,
        Header(
            alias=HEADER,
            description=(
                "Required. A fresh random value per operation, 8 to 200 visible ASCII characters; "
                "send the same value again when you repeat a request whose answer you lost."
            ),
        ),
    ] = None,
) -> str:
    if value is None:
        raise _key_problem(
            "idempotency-key-missing",
            "The header Idempotency-Key is missing.",
            "Thiếu tiêu đề Idempotency-Key.",
        )
    if not (KEY_LENGTH_MIN <= len(value) <= KEY_LENGTH_MAX) or not all(
        "!" <= character <= "~" for character in value
    ):
        raise _key_problem(
            "idempotency-key-invalid",
            "The Idempotency-Key is not 8 to 200 visible ASCII characters without spaces.",
            "Idempotency-Key phải gồm 8 đến 200 ký tự ASCII nhìn thấy được, không có khoảng trắng.",
        )
    return value


def _key_problem(slug: str, detail: str, detail_vi: str) -> Problem:
    return Problem(
        slug,
        400,
        title="An Idempotency-Key is needed",
        title_vi="Cần có Idempotency-Key",
        detail=detail,
        detail_vi=detail_vi,
        what_next="Send a fresh random key, for example a UUID, and keep it for repeats.",
        what_next_vi="Hãy gửi một khóa ngẫu nhiên mới, ví dụ một UUID, và giữ lại để gửi lại.",
    )


IdempotencyKey = Annotated[str, Depends(_required_key)]
"""Parameter type of a write: the caller's key, or a 400 problem that says how to send one."""
