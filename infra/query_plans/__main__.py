"""`python -m infra.query_plans [--rows N] [--no-page]`."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from infra.bench import machine, store
from infra.local.interrupts import orderly_termination
from infra.postgres.roles import url_for
from infra.postgres.throwaway import throwaway
from infra.problem import Problem
from infra.query_plans import report
from infra.query_plans.filling import SETTINGS, fill, sizes, wholes
from infra.query_plans.plans import MODES, examine
from infra.query_plans.questions import BATCH, find, questions
from infra.query_plans.report import Report
from services.kernel.clock import now
from services.kernel.settings import DatabaseSettings
from services.kernel.store.database import open_pool
from services.registry.__main__ import MIGRATIONS
from services.registry.settings import SCHEMA

ROWS = 10_000_000
WRONG = 1


def main(
    rows: Annotated[int, typer.Option(min=1_000, help="Prescriptions.")] = ROWS,
    page: Annotated[bool, typer.Option(help="Write docs/query-plans.md.")] = True,
    folder: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Where the data go for the moment."),
    ] = None,
) -> None:
    """Examine the plan of every statement that reads, in a registry of so many prescriptions.

    Ten million prescriptions need about 30 GB for a quarter of an hour.
    """
    load, password = os.getloadavg()[0], secrets.token_urlsafe(24)
    with orderly_termination(), throwaway({SCHEMA: password}, SETTINGS, folder) as url:
        found = asyncio.run(run(url_for(url, SCHEMA, password), rows, load))
    if page:
        report.write(found)
    for sentence in found.wrong:
        sys.stderr.write(f"{sentence}\n")
    raise typer.Exit(WRONG if found.wrong else 0)


async def run(url: str, rows: int, load: float, *, schema: str = SCHEMA) -> Report:
    """Make the tables in a schema of the server, fill them and ask everything."""
    settings = DatabaseSettings(room="query-plans", secrets_dir=Path(), postgres_url=SecretStr(url))
    opened = open_pool(settings, schema, migrations=MIGRATIONS, statement_timeout_ms=0)
    async with opened as pool, pool.acquire() as database:
        await fill(database, rows, _say)
        found = await find(database, rows, min(BATCH, rows // 100))
        parts = await wholes(database)
        answers = [
            await examine(database, question, mode, parts)
            for question in questions(found)
            for mode in MODES
        ]
        return Report(
            date=now(),
            rows=rows,
            machine=machine.examine(await store.server_version(database), load),
            answers=answers,
            sizes=await sizes(database),
        )


def _say(what: str, seconds: float) -> None:
    sys.stdout.write(f"{what:<58} {seconds:>7.1f} s\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        typer.run(main)
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(2)
