"""Makes the database, the roles and the schemas of the rooms on a Postgres server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from infra.problem import Problem

DATABASE = "rxlog"
FOLDER = Path(__file__).parent
CONNECT_S = 5.0
NOT_YET = (
    OSError,
    TimeoutError,
    asyncpg.CannotConnectNowError,
    asyncpg.ConnectionDoesNotExistError,
)
REFUSED = (
    asyncpg.InvalidPasswordError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InsufficientPrivilegeError,
)


def url_for(owner_url: str, role: str, password: str | None) -> str:
    """The URL of one role's connection to the RxLog database on the owner's server.

    Without a password the client looks it up in its password file (PGPASSFILE).
    """
    parts = urlsplit(owner_url)
    host = parts.netloc.rpartition("@")[2]
    login = quote(role, safe="") + ("" if password is None else ":" + quote(password, safe=""))
    return urlunsplit((parts.scheme, f"{login}@{host}", f"/{DATABASE}", parts.query, ""))


async def answers(owner_url: str) -> bool:
    """Whether the server takes connections. A refused login is a Problem, not a no."""
    try:
        connection = await _connect(owner_url, "postgres")
    except NOT_YET:
        return False
    except REFUSED as error:
        raise Problem(
            f"Postgres refused the owner's login ({error}): check RXLOG_POSTGRES_URL, or, for the "
            "local server, the file secrets/postgres-owner.password of this RXLOG_HOME."
        ) from error
    await connection.close()
    return True


async def ensure(owner_url: str, passwords: Mapping[str, str]) -> None:
    """Make database, roles (name -> password) and schemas, or bring them up to date."""
    settings = {"rxlog.roles": ",".join(passwords)}
    settings |= {f"rxlog.password.{role}": text for role, text in passwords.items()}
    try:
        connection = await _connect_or_create(owner_url, settings)
        try:
            await connection.execute((FOLDER / "roles.sql").read_text(encoding="utf-8"))
        finally:
            await connection.close()
    except REFUSED as error:
        raise Problem(
            f"Postgres refused to make the roles ({error}): give RXLOG_POSTGRES_URL a login that "
            "may create roles and databases."
        ) from error


async def _connect_or_create(owner_url: str, settings: dict[str, str]) -> asyncpg.Connection:
    try:
        return await _connect(owner_url, DATABASE, settings)
    except asyncpg.InvalidCatalogNameError:
        pass
    creator = await _connect(owner_url, "postgres")
    try:
        await creator.execute((FOLDER / "database.sql").read_text(encoding="utf-8"))
    except asyncpg.DuplicateDatabaseError:
        pass  # another start was quicker
    finally:
        await creator.close()
    return await _connect(owner_url, DATABASE, settings)


async def _connect(
    owner_url: str, database: str, settings: dict[str, str] | None = None
) -> asyncpg.Connection:
    return await asyncpg.connect(
        owner_url, database=database, timeout=CONNECT_S, server_settings=settings
    )
