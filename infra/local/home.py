"""The folder a network lives in: where everything is, who may read it, the remembered facts."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from infra.postgres.passwords import Passwords
from infra.problem import Problem

SOCKET_BYTES_MAX = 100
"""Longest path of a Unix socket that works everywhere (macOS allows 103 bytes, Linux 107)."""

UNSAFE = frozenset(":;#%*?[]\"'`$\\\n\r\t")
"""Characters that mean something to Java's class path or to the supervisor's configuration."""


@dataclass(frozen=True)
class Remembered:
    """What a persistent network keeps about itself between runs (network.json)."""

    ports: dict[str, int]
    own_postgres: bool
    """True: it runs its own server; False: it was started with RXLOG_POSTGRES_URL."""


@dataclass(frozen=True)
class Home:
    """Paths below one root folder. Nothing is made before `create`."""

    root: Path

    @property
    def kafka_data(self) -> Path:
        return self.root / "kafka" / "data"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """What belongs to the present run only."""
        return self.root / "run"

    @property
    def ready(self) -> Path:
        """One file per worker that is ready."""
        return self.run / "ready"

    @property
    def pids(self) -> Path:
        """Process ids with their start times, kept by the leash."""
        return self.run / "pids.json"

    @property
    def unfinished_restore(self) -> Path:
        """Says that a backup is being restored into this home: no room may start yet."""
        return self.root / "restore-unfinished"

    @property
    def supervisor_config(self) -> Path:
        return self.run / "supervisord.conf"

    @property
    def supervisor_log(self) -> Path:
        return self.logs / "supervisord.log"

    @property
    def socket(self) -> Path:
        """The supervisor's control socket; in the system's folder when this path is too long."""
        near = self.run / "supervisor.sock"
        if len(os.fsencode(near)) <= SOCKET_BYTES_MAX:
            return near
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        return Path("/tmp", f"rxlog-{os.getuid()}-{digest}", "s")

    def log_of(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def create(self) -> None:
        """Make the folders: ours alone to read. Raises Problem when that is not possible."""
        if UNSAFE & set(str(self.root)):
            raise Problem(
                f"The folder {self.root} has a character in its name that Java or the supervisor "
                "cannot take (such as : ; # %): set RXLOG_HOME to a plainer folder."
            )
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self.kafka_data.parent, self.secrets, self.logs, self.ready):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for private in (self.secrets, self.run, self.logs):
                private.chmod(0o700)
            self._create_socket_folder()
        except OSError as error:
            raise Problem(
                f"The folder {self.root} cannot be written ({error.strerror}): set RXLOG_HOME to a "
                "folder of yours."
            ) from error

    def _create_socket_folder(self) -> None:
        folder = self.socket.parent
        if folder == self.run:
            return
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if status.st_uid != os.getuid() or status.st_mode & 0o077:
            raise Problem(f"The folder {folder} belongs to somebody else: remove it.")

    def password(self, name: str) -> str:
        """The generated password of a Postgres login; made on first use."""
        return Passwords(self.secrets).of(name)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other commands from starting, stopping or copying this network meanwhile.

        The lock dies with its holder, so a killed run leaves none behind.
        """
        with (self.run / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Problem(
                    f"Another command is starting or stopping the network in {self.root}, or backs "
                    "it up: wait for it to end, then try again."
                ) from None
            yield

    def remembered(self) -> Remembered | None:
        """What the last run of this home noted, or None."""
        try:
            return Remembered(**json.loads((self.root / "network.json").read_text("utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            raise Problem(
                f"{self.root / 'network.json'} is damaged: delete it; the ports go back to their "
                "defaults."
            ) from error

    def remember(self, facts: Remembered) -> None:
        """Note the facts of this run, whole or not at all. Problem for another Postgres."""
        before = self.remembered()
        if before is not None and before.own_postgres != facts.own_postgres:
            raise Problem(
                f"The network in {self.root} keeps its registry in "
                + (
                    "its own Postgres: unset RXLOG_POSTGRES_URL"
                    if before.own_postgres
                    else "your Postgres: set RXLOG_POSTGRES_URL as before"
                )
                + ", or use another RXLOG_HOME for a new network."
            )
        draft = self.root / "network.json.draft"
        draft.write_text(json.dumps(asdict(facts), indent=2) + "\n", encoding="utf-8")
        draft.rename(self.root / "network.json")


def default_home(environment: Mapping[str, str]) -> Path:
    """RXLOG_HOME, or .rxlog in the present folder."""
    return Path(environment.get("RXLOG_HOME") or ".rxlog").expanduser().resolve()


def temporary_home() -> Path:
    """A folder that does not exist yet, for a network that leaves nothing behind."""
    return Path(tempfile.gettempdir()).resolve() / f"rxlog-{uuid.uuid4().hex[:12]}"
