"""The HTTP shell every API of the network shares.

`make_app` gives a FastAPI application in which every error is a problem document, every route
names the roles that may call it (a route that forgets is refused when the process starts), and
`/healthz`, `/readyz`, `/metrics` and `/docs` are there. `serve` runs it.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.middleware import Middleware

from services.kernel.http.docs import add_docs
from services.kernel.http.edge import EdgeMiddleware
from services.kernel.http.error_handlers import error_handlers
from services.kernel.http.health import Check, add_system_routes
from services.kernel.http.limits import Limits, LimitsMiddleware
from services.kernel.http.load import LoadMiddleware
from services.kernel.http.tokens import TokenVerifier, roles_required
from services.kernel.settings import CannotStartError, HttpSettings, refuse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

ACCEPTED_AT_ONCE = 16
"""uvloop takes one connection a round from each listener: when rounds take long, new callers would
wait for ten seconds while those who have a connection are answered."""

_log = structlog.get_logger(__name__)


def make_app(
    title: str,
    settings: HttpSettings,
    *,
    verifier: TokenVerifier | None = None,
    lifespan: Lifespan | None = None,
    routers: Sequence[APIRouter] = (),
    description: str = "",
    checks: Mapping[str, Check] | None = None,
    public: Sequence[str] = (),
    media_types: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    outages: Mapping[type[Exception], str] | None = None,
) -> FastAPI:
    """An application with the shell around `routers`.

    `app.state.stopping` is set when the process is told to stop: an answer that waits for news
    waits no longer. `public` lists the paths that need no token, `media_types` those that take
    another body than JSON, `checks` what must be well before the process says that it is ready,
    `outages` the exceptions that mean that a part (its name) is away: 503. `verifier` and
    `lifespan` are opened in this order when the process starts.
    """
    all_checks = dict(checks or {})
    if verifier is not None:
        all_checks.setdefault("issuer", verifier.check)
    app = FastAPI(
        title=title,
        description=description,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_opened(verifier, lifespan),
        middleware=[
            Middleware(EdgeMiddleware, room=settings.room, template=_template),
            Middleware(LoadMiddleware, room=settings.room, at_once_max=settings.calls_at_once_max),
            Middleware(LimitsMiddleware, limits=limits, media_types=media_types),
        ],
        exception_handlers=error_handlers(outages or {}),
    )
    app.state.verifier = verifier
    app.state.cannot_start = ""
    app.state.stopping = asyncio.Event()
    for router in routers:
        app.include_router(router)
    known = {*public, app.openapi_url}
    open_routes = {
        path for (_, path), roles in role_table(app).items() if not roles and path not in known
    }
    if open_routes:
        raise RuntimeError(f"routes without require(...): {', '.join(sorted(open_routes))}")
    add_system_routes(app, all_checks)
    app.state.templates = {route.endpoint: route.path for route in iter_route_contexts(app.routes)}
    add_docs(app)
    return app


def role_table(app: FastAPI) -> dict[tuple[str, str], frozenset[str]]:
    """Which roles may call which (method, path): what a test holds the authorisation to."""
    return {
        (method, str(route.path)): _roles(route)
        for route in iter_route_contexts(app.routes)
        for method in sorted(route.methods or ("*",))
    }


def serve(app: FastAPI, settings: HttpSettings) -> None:
    """Answer requests until SIGTERM or SIGINT, finish the open ones, return."""
    try:
        listener = socket.create_server((settings.host, settings.port), backlog=2048)
    except OSError as error:
        why = os.strerror(error.errno or 0)
        refuse(
            f"Port {settings.port} on {settings.host} cannot be used ({why}): "
            "stop what uses it or set RXLOG_PORT to a free one."
        )
    server = _Server(
        uvicorn.Config(
            app,
            loop="uvloop",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=settings.connections_max,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=10,
            h11_max_incomplete_event_size=32 * 1024,
        ),
        app.state.stopping,
    )
    # The server raises the signal again once it has stopped; that must not kill the process.
    for stop_signal in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop_signal, lambda _number, _frame: None)
    try:
        server.run(sockets=[listener, *(listener.dup() for _ in range(ACCEPTED_AT_ONCE - 1))])
    except asyncio.CancelledError:
        pass  # told to stop before it had started
    finally:
        if app.state.cannot_start:
            refuse(app.state.cannot_start)


class _Server(uvicorn.Server):
    """Also tells the application that it stops, and leaves at once when it is told to stop while
    it still waits for what it needs."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._serving = asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        # From the loop, not from here: a signal may come in the middle of anything.
        if self._serving is not None:
            leave = self._stopping.set if self.started else self._serving.cancel
            self._loop.call_soon_threadsafe(leave)


def _opened(verifier: TokenVerifier | None, lifespan: Lifespan | None) -> Lifespan:
    @asynccontextmanager
    async def opened(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            try:
                if verifier is not None:
                    await stack.enter_async_context(verifier)
                if lifespan is not None:
                    await stack.enter_async_context(lifespan(app))
            except CannotStartError as error:
                app.state.cannot_start = str(error)
                raise
            gc.collect()
            gc.freeze()  # registers and routes stay: no answer waits while they are searched again
            _log.info("started")
            yield
        _log.info("stopped")

    return opened


def _roles(route: RouteContext) -> frozenset[str]:
    """The roles a route names; none for what is no route of ours, such as a mounted application."""
    dependant = getattr(route, "dependant", None)
    return roles_required(dependant) if dependant is not None else frozenset()


def _template(scope: Mapping[str, Any]) -> str:
    """The route's template, so that metrics never grow with the identifiers in paths."""
    templates = scope["app"].state.templates if "app" in scope else {}
    return str(templates.get(scope.get("endpoint"), "unmatched"))
