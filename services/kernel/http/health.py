"""`/healthz`, `/readyz` and `/metrics`: the addresses that supervisors and monitors read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from services.kernel.http.problems import Problem

Check = Callable[[], Awaitable[str | None]]
"""A readiness check: None when all is well, else one sentence that says what is not."""

CHECK_SECONDS = 2.0


def add_system_routes(app: FastAPI, checks: Mapping[str, Check]) -> None:
    """Alive answers 200 while the process runs; ready only while every check passes."""

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> dict[str, str]:
        names = sorted(checks)
        results = await asyncio.gather(*(_result(checks[name]) for name in names))
        bad = {name: reason for name, reason in zip(names, results, strict=True) if reason}
        if bad:
            raise Problem(
                "not-ready",
                503,
                title="Not ready",
                title_vi="Chưa sẵn sàng",
                detail=" ".join(bad.values()),
                headers={"Retry-After": "1"},
                checks=bad,
            )
        return {"status": "ready"}

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _result(check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except Exception as error:
        return f"The check failed with {type(error).__name__}."
