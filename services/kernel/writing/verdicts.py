"""Where a caller asks for a verdict that was late: the same answer it would have got at once."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from services.contracts.outcomes import SubmissionJudged
from services.kernel.http.peers import Peer
from services.kernel.http.problems import Problem, not_found
from services.kernel.http.tokens import Caller, require
from services.kernel.writing.answering import answer

ContentHash = Annotated[str, Query(pattern=r"^([0-9a-f]{64})?$")]


def verdict_router(registry: Peer, *roles: str) -> APIRouter:
    """`GET /submissions/{code}/{event_id}` of a writer, answered from the registry."""
    router = APIRouter()
    asker = require(*roles)

    @router.get(
        "/submissions/{code}/{event_id}",
        summary="The verdict on a submission",
        tags=["verdicts"],
    )
    async def verdict(
        code: str, event_id: str, content: ContentHash = "", caller: Caller = Depends(asker)
    ) -> Response:
        """The answer to the submission; 404 while there is no verdict, or for a foreign one.

        `content` tells requests under the same key apart: without it, it is the first one's answer.
        """
        asked = {"content": content} if content else None
        reply = await registry.get(f"/outcomes/{code.lower()}/{event_id}", params=asked)
        if reply.status != 200:
            raise _no_verdict_yet()
        outcome = msgspec.convert(reply.body, SubmissionJudged, strict=False)
        if outcome.facility_id != caller.facility:
            raise not_found()
        return answer(outcome)

    return router


def _no_verdict_yet() -> Problem:
    return Problem(
        "no-verdict-yet",
        404,
        title="There is no verdict on this submission yet",
        title_vi="Chưa có kết quả cho yêu cầu này",
        what_next="Ask again in a few seconds, or send the request again with the same key.",
        what_next_vi="Hãy hỏi lại sau vài giây, hoặc gửi lại yêu cầu với cùng khóa.",
        headers={"Retry-After": "2"},
    )
