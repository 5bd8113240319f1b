"""Every exception a handler may raise, as the problem document it becomes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.kernel.http import problems
from services.kernel.http.field_errors import field_problems
from services.kernel.http.problems import Problem

Handler = Callable[[Request, Any], Coroutine[Any, Any, Response]]
_log = structlog.get_logger(__name__)


def error_handlers(outages: Mapping[type[Exception], str]) -> dict[Any, Handler]:
    """By exception type. `outages`: exceptions that mean that a part (its name) is away."""
    return {
        Problem: _on_problem,
        RequestValidationError: _on_validation,
        HTTPException: _on_http,
        **{kind: _on_outage(part) for kind, part in outages.items()},
    }


async def _on_problem(_request: Request, error: Problem) -> Response:
    return error.response()


async def _on_validation(_request: Request, error: RequestValidationError) -> Response:
    return problems.invalid_input(*field_problems(error.errors())).response()


async def _on_http(_request: Request, error: HTTPException) -> Response:
    if error.status_code == 404:
        return problems.not_found().response()
    if error.status_code == 405:
        return problems.method_not_allowed((error.headers or {}).get("Allow", "")).response()
    return problems.unreadable(str(error.detail), "Không đọc được yêu cầu.").response()


def _on_outage(part: str) -> Handler:
    async def on_outage(_request: Request, error: Exception) -> Response:
        _log.warning("part away", part=part, error=type(error).__name__)
        return problems.unavailable(part).response()

    return on_outage
