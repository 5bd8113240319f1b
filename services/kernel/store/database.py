"""Postgres: a pool of connections to one room's schema."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import stamina
import structlog

from services.kernel.settings import CannotStartError, DatabaseSettings
from services.kernel.store.migrations import migrate

__all__ = ["OUTAGES", "Heard", "check", "listening", "migrate", "open_pool"]

START_SECONDS_MAX = 60.0
_NOT_YET = (
    OSError,
    TimeoutError,
    asyncpg.CannotConnectNowError,
    asyncpg.ConnectionDoesNotExistError,
)
OUTAGES: dict[type[Exception], str] = dict.fromkeys(
    (
        *_NOT_YET,
        asyncpg.PostgresConnectionError,
        asyncpg.OperatorInterventionError,  # shut down, or a statement that took too long
        asyncpg.InsufficientResourcesError,
        asyncpg.InternalClientError,  # a connection that was cut while it was being handed out
    ),
    "Postgres",
)
"""For `make_app(outages=...)`: what a handler raises while Postgres is away becomes a 503."""

LISTEN_AGAIN_AFTER_S = 1.0

SILENT_AFTER_S = 2.0
"""Postgres ends a statement at its timeout and says so. Who hears nothing for so much longer has a
line that is dead: nothing else would ever end the waiting. asyncpg then tries to cancel for as long
again and gives the connection up."""

Heard = Callable[[str | None], None]
"""Takes what a notice says; None when it is not known what was said meanwhile."""

_log = structlog.get_logger(__name__)


@asynccontextmanager
async def open_pool(
    settings: DatabaseSettings,
    schema: str,
    *,
    migrations: Path | None = None,
    statement_timeout_ms: int = 15_000,
    idle_in_transaction_timeout_ms: int = 10_000,
    lock_timeout_ms: int = 0,
    start_seconds_max: float = START_SECONDS_MAX,
) -> AsyncIterator[asyncpg.Pool]:
    """A pool whose unqualified names mean `schema`; json and jsonb columns take and give bytes.

    `statement_timeout_ms` 0: statements may take any time, and a dead line is never noticed.
    Use no LISTEN, SET without LOCAL or session-level lock on its connections: nobody undoes them.
    Waits until Postgres answers, then applies what is new in the folder `migrations`. Raises
    `CannotStartError` when Postgres does not answer, refuses the login or a migration cannot be.
    """
    patience_s = statement_timeout_ms / 1000 + SILENT_AFTER_S if statement_timeout_ms else None
    options = {
        "min_size": 1,
        "max_size": settings.postgres_connections_max,
        "timeout": 5,
        "command_timeout": patience_s,
        "init": _json_as_bytes,
        "reset": _reset,
        "server_settings": {
            "application_name": f"rxlog-{settings.room}",
            "search_path": schema,
            "statement_timeout": str(statement_timeout_ms),
            "idle_in_transaction_session_timeout": str(idle_in_transaction_timeout_ms),
            "lock_timeout": str(lock_timeout_ms),
            "timezone": "UTC",
            "jit": "off",
        },
    }
    pool = await _connected(
        settings.postgres_url.get_secret_value(), options, seconds_max=start_seconds_max
    )
    try:
        if migrations is not None:
            await migrate(pool, migrations, schema)
        yield pool
    finally:
        await pool.close()


async def check(pool: asyncpg.Pool) -> str | None:
    """Readiness: None when Postgres answers."""
    try:
        await pool.fetchval("SELECT 1", timeout=SILENT_AFTER_S)
    except (*_NOT_YET, asyncpg.PostgresError, asyncpg.InterfaceError):
        return "Postgres does not answer: start it or correct RXLOG_POSTGRES_URL."
    return None


@asynccontextmanager
async def listening(pool: asyncpg.Pool, channel: str, heard: Heard) -> AsyncIterator[None]:
    """Hear the notices of a channel until the block ends, on one connection of the pool, a new one
    whenever it is lost. `heard` must not raise."""
    task = asyncio.create_task(_listen(pool, channel, heard))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _listen(pool: asyncpg.Pool, channel: str, heard: Heard) -> None:
    while True:
        try:
            async with pool.acquire() as connection:
                await _listen_on(connection, channel, heard)
        except tuple(OUTAGES) as error:
            _log.warning("listening interrupted", channel=channel, error=type(error).__name__)
        await asyncio.sleep(LISTEN_AGAIN_AFTER_S)


async def _listen_on(connection: asyncpg.Connection, channel: str, heard: Heard) -> None:
    """Returns when the connection is lost."""
    lost = asyncio.Event()

    def on_notice(_connection: Any, _pid: int, _channel: str, said: str) -> None:
        heard(said)

    def on_loss(*_about: Any) -> None:
        lost.set()

    connection.add_termination_listener(on_loss)
    await connection.add_listener(channel, on_notice)
    try:
        heard(None)  # what was said before we listened
        await lost.wait()
    finally:
        with suppress(asyncpg.InterfaceError):  # the pool has taken a lost connection back
            connection.remove_termination_listener(on_loss)
            await connection.remove_listener(channel, on_notice)


async def _connected(url: str, options: dict[str, Any], *, seconds_max: float) -> asyncpg.Pool:
    """A pool with a first connection; a pool whose first try failed is of no use any more."""
    try:
        async for attempt in stamina.retry_context(
            on=_NOT_YET, attempts=None, timeout=seconds_max, wait_initial=0.1, wait_max=1.0
        ):
            with attempt:
                if attempt.num > 1:
                    _log.info("waiting for Postgres", attempt=attempt.num)
                return await asyncpg.create_pool(url, **options)
    except _NOT_YET:
        raise CannotStartError(
            f"Postgres did not answer within {seconds_max:g} s: start it or correct "
            "RXLOG_POSTGRES_URL."
        ) from None
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError):
        raise CannotStartError(
            "Postgres refused the login: correct the role, password and database in "
            "RXLOG_POSTGRES_URL."
        ) from None
    raise AssertionError("a retry ends with a pool or an error")


async def _reset(connection: asyncpg.Connection) -> None:
    """Between two uses. Nothing outlasts a transaction (no LISTEN, SET or session lock here), so
    the driver's own reset, a round trip to the server, is only needed for an open transaction."""
    if connection.is_in_transaction():
        await connection.reset()


async def _json_as_bytes(connection: asyncpg.Connection) -> None:
    """Hand JSON through as bytes, so that each room encodes it once and with its own types."""
    await connection.set_type_codec(
        "json", schema="pg_catalog", format="binary", encoder=bytes, decoder=bytes
    )
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: b"\x01" + value,  # the binary format's version number
        decoder=lambda value: bytes(value[1:]),
    )
