"""Prepares servers that something else started: `python -m infra.setup`, once before the rooms.

`python -m infra.setup secrets` makes the passwords, before Postgres starts. `python -m
infra.setup` waits for Kafka and Postgres, then makes roles, schemas and topics and loads the sample
registers and the shipped law into topics that are empty. Both may run again at any time and change
nothing that is right already.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

from infra import load
from infra.kafka import topics
from infra.postgres import roles, server
from infra.postgres.passwords import Passwords
from infra.problem import Problem
from infra.processes import ROLES
from services.topology import TOPICS

WAIT_S = 120.0
POLL_S = 0.5


def main() -> int:
    """Run the step that the command line names."""
    try:
        passwords = Passwords(Path(_variable("RXLOG_SECRETS_DIR")))
        if sys.argv[1:] == ["secrets"]:
            make_secrets(passwords)
        elif not sys.argv[1:]:
            asyncio.run(prepare(passwords))
        else:
            raise Problem("Give no argument, or `secrets`.")
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def make_secrets(passwords: Passwords) -> None:
    """The owner's password, each role's, and the file that clients look them up in."""
    passwords.of("owner")
    path = passwords.write_passfile(ROLES)
    print(f"passwords are in {path.parent}")


async def prepare(passwords: Passwords) -> None:
    """Roles, schemas, topics and what new topics begin with, on the servers of the environment."""
    owner = roles.url_for(_variable("RXLOG_POSTGRES_URL"), server.OWNER, passwords.of("owner"))
    bootstrap = _variable("RXLOG_KAFKA_BOOTSTRAP")
    copies = int(os.environ.get("RXLOG_REPLICATION_FACTOR", "1"))
    deadline = time.monotonic() + WAIT_S
    while not await roles.answers(owner):
        await _pause(deadline, "Postgres")
    await roles.ensure(owner, {role: passwords.of(role) for role in ROLES})
    print("roles and schemas are there")
    while topics.cluster_id(bootstrap, timeout_s=5.0) is None:
        await _pause(deadline, f"Kafka at {bootstrap}")
    created = topics.ensure(bootstrap, TOPICS, copies)
    print(f"topics are there ({len(created)} new)")
    print(f"registers and the law: {await load.samples(bootstrap)}")


async def _pause(deadline: float, server_name: str) -> None:
    if time.monotonic() > deadline:
        raise Problem(f"{server_name} did not answer in {WAIT_S:.0f} s: look at its log.")
    await asyncio.sleep(POLL_S)


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise Problem(f"{name} is not set: set it and start again.")
    return value


if __name__ == "__main__":
    sys.exit(main())
