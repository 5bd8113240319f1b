"""The environment of each process, as services/kernel/settings.py reads it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from infra.local.home import Home
from infra.local.ports import HOST
from infra.postgres.roles import url_for
from infra.processes import KAFKA, POSTGRES, Process

PROJECT = Path(__file__).resolve().parents[2]
"""The folder that `services` and `infra` are imported from."""

JWKS_PATH = "/jwks.json"
"""Where the development issuer publishes its keys (services/issuer/api.py)."""

PASSED_ON = ("RXLOG_LOG_LEVEL", "RXLOG_VERDICT_TIMEOUT_MS", "RXLOG_TICK_EVERY_S")
"""Variables of whoever starts the network that reach the rooms."""

PARAMETERS_FILE = "RXLOG_PARAMETERS_FILE"
"""The variable that names other parameters of the rules than the shipped ones; it reaches
surveillance."""

NOT_INHERITED = ("RXLOG_", "PG", "KAFKA_", "PYTHON")
"""Prefixes that would change a server or a room behind our back (PGDATA, KAFKA_OPTS ...)."""


def urls(processes: Iterable[Process], ports: Mapping[str, int]) -> dict[str, str]:
    """Name of each HTTP process -> its URL."""
    return {p.name: f"http://{HOST}:{ports[p.name]}" for p in processes if p.port}


def inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """What every process takes over from whoever starts the network."""
    return {
        name: value for name, value in environment.items() if not name.startswith(NOT_INHERITED)
    }


def of_process(
    process: Process,
    *,
    home: Home,
    processes: Iterable[Process],
    ports: Mapping[str, int],
    owner_url: str,
    settings: Mapping[str, str],
    through: Mapping[str, int] | None = None,
) -> dict[str, str]:
    """The RXLOG_ variables of one process.

    `owner_url` is the Postgres owner's; the process gets its own role's. `settings` are further
    variables for all processes and win. `through` are the ports at which it reaches the others,
    where those are not the others' own.
    """
    through = through or {}
    reached = {**ports, **through}
    addresses = urls(processes, reached)
    named = {p.names_url: addresses[p.name] for p in processes if p.names_url}
    variables = {
        "RXLOG_ROOM": process.name,
        "RXLOG_SECRETS_DIR": str(home.secrets),
        "RXLOG_KAFKA_BOOTSTRAP": f"{HOST}:{reached[KAFKA]}",
        "RXLOG_ISSUER": named["ISSUER"],
        "RXLOG_JWKS_URL": named["ISSUER"] + JWKS_PATH,
        **{f"RXLOG_{name}_URL": url for name, url in named.items() if name != "ISSUER"},
        **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
        "PYTHONPATH": str(PROJECT),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
    }
    if process.port:
        variables |= {"RXLOG_HOST": HOST, "RXLOG_PORT": str(ports[process.name])}
    else:
        variables["RXLOG_READY_FILE"] = str(home.ready / process.name)
        variables["RXLOG_INSTANCE"] = process.name
    if process.role == "surveillance" and (parameters := os.environ.get(PARAMETERS_FILE)):
        variables[PARAMETERS_FILE] = str(Path(parameters).absolute())
    if process.role:
        password = home.password(process.role)
        place = f"postgresql://{HOST}:{through[POSTGRES]}" if POSTGRES in through else owner_url
        variables["RXLOG_POSTGRES_URL"] = url_for(place, process.role, password)
    return variables | dict(settings)
