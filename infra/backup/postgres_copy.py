"""Copies Postgres: the whole cluster as it runs, and the identity room's tables once more.

The cluster (`pg_basebackup`, with the write-ahead log it needs) comes first, so that the log copied
after it is never older. The identity room's tables come last (`pg_dump`), so that the keys of every
patient in the copied log are there.
"""

from __future__ import annotations

import os
from pathlib import Path

from infra.local.network import LocalNetwork
from infra.local.ports import HOST
from infra.postgres.roles import DATABASE
from infra.postgres.server import OWNER, binaries
from infra.processes import POSTGRES
from infra.subprocesses import Tools

IDENTITY_SCHEMA = "identity"
IDENTITY_DUMP = "identity.dump"


def copy_cluster(network: LocalNetwork, target: Path, tools: Tools) -> None:
    """Copy the running cluster into `target`, which does not exist yet; it is on disk then."""
    tools.run(
        [
            *(binaries() / "pg_basebackup", f"--pgdata={target}", "--wal-method=stream"),
            *("--checkpoint=fast", "--manifest-checksums=SHA256", *_where(network)),
        ],
        what="Copying Postgres",
        environment=_environment(network),
    )


def dump_identity(network: LocalNetwork, target: Path, tools: Tools) -> Path:
    """Write the identity room's tables as they are now into the folder `target`."""
    path = target / IDENTITY_DUMP
    path.touch(mode=0o600)
    tools.run(
        [
            *(binaries() / "pg_dump", f"--schema={IDENTITY_SCHEMA}", "--format=custom"),
            *(f"--file={path}", f"--dbname={DATABASE}", *_where(network)),
        ],
        what="Copying the tables of the identity room",
        environment=_environment(network),
    )
    return path


def restore_identity(network: LocalNetwork, dump: Path, tools: Tools) -> None:
    """Put the identity room's tables of a dump in the place of those that are there, or fail and
    change nothing."""
    tools.run(
        [
            *(binaries() / "pg_restore", "--clean", "--if-exists", "--single-transaction"),
            *("--exit-on-error", f"--dbname={DATABASE}", *_where(network), str(dump)),
        ],
        what="Restoring the tables of the identity room",
        environment=_environment(network),
    )


def _where(network: LocalNetwork) -> tuple[str, ...]:
    place = (f"--host={HOST}", f"--port={network.ports[POSTGRES]}")
    return (*place, f"--username={OWNER}", "--no-password")


def _environment(network: LocalNetwork) -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "PGPASSWORD": network.home.password("owner")}
