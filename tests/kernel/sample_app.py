"""A small application in the kernel's shell, for the tests of the shell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import httpx2
from fastapi import APIRouter, Depends, FastAPI
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from services.kernel import telemetry
from services.kernel.http.idempotency import IdempotencyKey
from services.kernel.http.problems import Problem
from services.kernel.http.tokens import Caller, TokenRefusedError, require
from services.kernel.http.web import make_app
from services.kernel.settings import HttpSettings

SETTINGS = HttpSettings(room="test", port=1, secrets_dir=Path())


class Line(BaseModel):
    model_config = ConfigDict(extra="forbid")
    quantity: Decimal = Field(gt=0, max_digits=8)
    unit: str = Field(min_length=1, max_length=10)


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")
    code: str = Field(pattern=r"^[a-z]{3}$")
    at: AwareDatetime
    lines: list[Line] = Field(min_length=1)
    note: str = ""

    @field_validator("note")
    @classmethod
    def _no_shouting(cls, note: str) -> str:
        if note.isupper():
            raise PydanticCustomError(
                "shouting",
                "must not shout",
                {"vi": "không được viết hoa", "source": "house rule 1"},
            )
        return note


class AnyRole:
    """A verifier whose tokens are the role's name."""

    async def verify(self, token: str) -> Caller:
        if token == "bad":
            raise TokenRefusedError("it has expired")
        return Caller("01234", token, "p1", "l1", f"{token}:01234:p1:l1", "rxlog")

    async def check(self) -> str | None:
        return None

    async def __aenter__(self) -> AnyRole:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        return None


def router() -> APIRouter:
    routes = APIRouter()

    @routes.post("/orders", status_code=201)
    async def order(
        order: Order, key: IdempotencyKey, caller: Annotated[Caller, Depends(require("clinic"))]
    ) -> dict[str, Any]:
        """Take an order."""
        return {"key": key, "lines": len(order.lines), "by": caller.client_id}

    @routes.get("/orders/{number}")
    async def find(
        number: int, caller: Annotated[Caller, Depends(require("clinic", "payer"))]
    ) -> dict[str, int]:
        return {"number": number}

    @routes.get("/broken", dependencies=[Depends(require("clinic"))])
    async def broken() -> None:
        raise RuntimeError("Nguyễn Thử 0042 has 001085000123")

    @routes.get("/refused", dependencies=[Depends(require("clinic"))])
    async def refused() -> None:
        raise Problem("taken", 409, title="Taken", title_vi="Đã có", holder="09999")

    @routes.get("/trace", dependencies=[Depends(require("clinic"))])
    async def trace() -> dict[str, str]:
        return {"traceparent": telemetry.traceparent(), "request_id": telemetry.request_id.get()}

    return routes


def app(settings: HttpSettings = SETTINGS, **options: Any) -> FastAPI:
    return make_app("Test", settings, verifier=AnyRole(), routers=[router()], **options)


@asynccontextmanager
async def client_of(application: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(application)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://test", headers={"Authorization": "Bearer clinic"}
    ) as client:
        yield client


GOOD = {"code": "abc", "at": "2026-01-02T03:04:05Z", "lines": [{"quantity": "2.5", "unit": "vi"}]}
KEY = {"Idempotency-Key": "0f0e0d0c-1"}
JSON = {"Content-Type": "application/json"}


def slug(response: httpx2.Response) -> str:
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == response.status_code
    assert response.json()["title_vi"]
    return str(response.json()["type"]).removeprefix("urn:rxlog:problem:")
