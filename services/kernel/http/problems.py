"""Problems: every error an API answers, as `application/problem+json` (RFC 9457).

A problem has a stable `type` (`urn:rxlog:problem:<slug>`), a title and a detail in English and in
Vietnamese, and says what to do next. A handler raises it; `kernel/http/web.py` sends it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:rxlog:problem:"


class Problem(Exception):  # noqa: N818 - the RFC's word
    """An expected bad answer. Extra keyword arguments become members of the document."""

    def __init__(
        self,
        slug: str,
        status: int,
        *,
        title: str,
        title_vi: str,
        detail: str = "",
        detail_vi: str = "",
        what_next: str = "",
        what_next_vi: str = "",
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(f"{status} {slug}")
        self.slug = slug
        self.status = status
        self.headers = dict(headers or {})
        self._texts = {
            "title": title,
            "title_vi": title_vi,
            "detail": detail,
            "detail_vi": detail_vi,
            "what_next": what_next,
            "what_next_vi": what_next_vi,
        }
        self._members = members

    def document(self, **more: Any) -> dict[str, Any]:
        """The problem document; empty texts are left out."""
        texts = {name: text for name, text in self._texts.items() if text}
        return {
            "type": TYPE_PREFIX + self.slug,
            "status": self.status,
            **texts,
            **self._members,
            **more,
        }

    def response(self, **more: Any) -> Response:
        """The answer itself. Text that is no valid Unicode is replaced, never a second error."""
        text = json.dumps(self.document(**more), ensure_ascii=False, separators=(",", ":"))
        return Response(
            text.encode("utf-8", "replace"), self.status, self.headers, media_type=MEDIA_TYPE
        )


class FieldProblem(BaseModel):
    """One bad field: where it is, what is wrong with it."""

    field: str = Field(description="Path of the field, such as lines[0].quantity.")
    location: str = Field(description="body, query, path or header.")
    reason: str
    reason_vi: str
    what_next: str | None = Field(default=None, description="What to do, where a rule says so.")
    what_next_vi: str | None = None
    rule: str | None = Field(default=None, description="The rule that is broken.")
    source: str | None = Field(default=None, description="Where the rule stands.")


class ProblemDocument(BaseModel):
    """RFC 9457 problem details. `type` is stable; texts may be reworded."""

    model_config = ConfigDict(extra="allow", title="Problem")

    type: str = Field(description="urn:rxlog:problem:<slug>, stable for ever.")
    status: int
    title: str
    title_vi: str
    detail: str | None = None
    detail_vi: str | None = None
    what_next: str | None = Field(default=None, description="What the caller should do.")
    what_next_vi: str | None = None
    request_id: str | None = Field(default=None, description="Name it when asking for support.")
    errors: list[FieldProblem] | None = Field(default=None, description="Every bad field (422).")


def not_found() -> Problem:
    """Nothing there, or nothing this caller may know of: the two are told apart nowhere."""
    return Problem(
        "not-found",
        404,
        title="Not found",
        title_vi="Không tìm thấy",
        detail="There is nothing at this address that you may see.",
        detail_vi="Không có dữ liệu nào tại địa chỉ này mà bạn được xem.",
        what_next="Check the address and the identifier in it.",
        what_next_vi="Hãy kiểm tra lại địa chỉ và mã định danh trong đó.",
    )


def method_not_allowed(allow: str) -> Problem:
    """The address exists, the method does not."""
    return Problem(
        "method-not-allowed",
        405,
        title="Method not allowed",
        title_vi="Phương thức không được phép",
        detail=f"This address answers {allow or 'other methods'}.",
        detail_vi=f"Địa chỉ này chỉ nhận {allow or 'phương thức khác'}.",
        headers={"Allow": allow} if allow else {},
    )


def unreadable(detail: str, detail_vi: str) -> Problem:
    """A body or header that is not what it says it is."""
    return Problem(
        "unreadable-request",
        400,
        title="The request cannot be read",
        title_vi="Không đọc được yêu cầu",
        detail=detail,
        detail_vi=detail_vi,
        what_next="Correct the request; sending it again unchanged will not help.",
        what_next_vi="Hãy sửa yêu cầu; gửi lại y nguyên sẽ không có kết quả.",
    )


def invalid_input(errors: list[dict[str, str]], omitted: int = 0) -> Problem:
    """Readable, but some fields break a rule; all of them are named."""
    count = len(errors) + omitted
    members: dict[str, Any] = {"errors": errors}
    if omitted:
        members["errors_omitted"] = omitted
    return Problem(
        "invalid-input",
        422,
        title="Some fields are not valid",
        title_vi="Một số trường không hợp lệ",
        detail=f"{count} field(s) of the request are missing or not valid.",
        detail_vi=f"Có {count} trường bị thiếu hoặc không hợp lệ.",
        what_next="Correct the fields listed in errors and send the request again.",
        what_next_vi="Hãy sửa các trường nêu trong errors rồi gửi lại.",
        **members,
    )


def internal() -> Problem:
    """Something of ours failed; details are in the log under the request id, never here."""
    return Problem(
        "internal-error",
        500,
        title="Something failed on our side",
        title_vi="Hệ thống gặp lỗi",
        detail="The request was not answered because of an internal error.",
        detail_vi="Yêu cầu chưa được xử lý do lỗi nội bộ.",
        what_next="Send it again with the same Idempotency-Key; if it stays, report request_id.",
        what_next_vi="Hãy gửi lại với cùng Idempotency-Key; nếu vẫn lỗi, hãy báo request_id.",
    )


def busy(retry_after_seconds: int = 2) -> Problem:
    """Too many requests at once: this one was not looked at, and nothing of it is recorded."""
    return Problem(
        "busy",
        503,
        title="Too many requests at the moment",
        title_vi="Hiện có quá nhiều yêu cầu",
        detail="The request was not looked at; nothing of it is recorded.",
        detail_vi="Yêu cầu chưa được xem xét; chưa có gì được ghi nhận.",
        what_next=f"Send it again in {retry_after_seconds} s with the same Idempotency-Key.",
        what_next_vi=f"Hãy gửi lại sau {retry_after_seconds} giây với cùng Idempotency-Key.",
        headers={"Retry-After": str(retry_after_seconds)},
    )


def unavailable(part: str, retry_after_seconds: int = 2) -> Problem:
    """A part this answer needs is out of reach; nothing is claimed about the request's fate."""
    return Problem(
        "unavailable",
        503,
        title="Not available at the moment",
        title_vi="Tạm thời không phục vụ được",
        detail=f"{part} does not answer.",
        detail_vi=f"{part} không phản hồi.",
        what_next=f"Send it again in {retry_after_seconds} s with the same Idempotency-Key.",
        what_next_vi=f"Hãy gửi lại sau {retry_after_seconds} giây với cùng Idempotency-Key.",
        headers={"Retry-After": str(retry_after_seconds)},
        part=part,
    )
