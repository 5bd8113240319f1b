"""Backs up a running network on this machine: Postgres, the log, the patients' keys, the secrets.

The order makes the copy restorable. Postgres is copied first. Then one moment is chosen, and the
log is copied up to it: everything appended before, nothing appended later, in all topics alike, so
no effect is there without its cause and Postgres never knows a record that the log lacks. The
identity room's tables follow, so that every sealed field of the copied log has its key. What
Postgres is behind, the rooms catch up by themselves.
"""

from __future__ import annotations

import shutil
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from infra.backup import kafka_copy, manifest, positions, postgres_copy
from infra.backup.files import (
    Copied,
    copy_private,
    files_below,
    make_private,
    measure,
    sync_folders,
    write_private,
)
from infra.backup.kafka_copy import Partition
from infra.backup.manifest import IDENTITY, KEYS, LOG, POSTGRES, WARNING_FILE, Manifest, Seen
from infra.kafka import broker
from infra.kafka.offsets import Offsets, ends, ends_before
from infra.local.environment import PROJECT
from infra.local.network import LocalNetwork
from infra.local.progress import Progress, Step
from infra.postgres import server
from infra.problem import Problem
from infra.subprocesses import Tools
from services.topology import TOPICS

DATED_BY_BROKER = frozenset(
    topic.name for topic in TOPICS if topic.config.get("message.timestamp.type") == "LogAppendTime"
)
SETTLING_S = 1.0
"""After the chosen moment, until every record dated before it is surely on the log."""

WARNING = """These files open what the rest of the backup keeps sealed: the master key of the
patients' data, the passwords, the secrets of the rooms. Who has both can read people.
Move this folder to another place, under other hands, and say where it is when you restore:
rxlog restore DIR --keys THIS_FOLDER
"""


@dataclass
class BackingUp:
    """One backup of one network into the new folder `target`; the secrets go to `keys`."""

    network: LocalNetwork
    target: Path
    keys: Path
    progress: Progress
    _tools: Tools = field(default_factory=Tools)
    _files: dict[str, Copied] = field(default_factory=dict)
    _steps: list[manifest.Step] = field(default_factory=list)
    _cut: Offsets = field(default_factory=dict)
    _moment: datetime = field(default_factory=lambda: datetime.now(UTC))

    def run(self) -> Manifest:
        """Make the backup. What was begun is removed again when it cannot be finished."""
        self._check()
        with self.network.home.locked(), self._all_or_nothing():
            make_private(self.target)
            make_private(self.keys)
            self._part(POSTGRES, self._copy_postgres)
            self._choose_moment()
            self._part(LOG, self._copy_log)
            self._part(IDENTITY, self._dump_identity)
            self._part(KEYS, self._copy_keys)
            sync_folders(self.keys)
            sync_folders(self.target)
            made = self._manifest()
            manifest.write(made, self.target)
            sync_folders(self.target)
        return made

    def _check(self) -> None:
        if not self.network.running:
            raise Problem("RxLog is not up: start it with `rxlog up`, then back it up.")
        if self.network.own_postgres_url is not None:
            raise Problem(
                "This network keeps its registry in a Postgres of your own: back it up as "
                "docs/operations.md says under Real servers."
            )
        for folder in (self.target, self.keys):
            if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
                raise Problem(f"{folder} is there already: name a folder that is new.")
        self._check_space()

    def _check_space(self) -> None:
        home = self.network.home
        needed = sum(path.stat().st_size for path in home.kafka_data.rglob("*.log"))
        needed += sum(p.stat().st_size for p in (home.postgres / "data").rglob("*") if p.is_file())
        there = next(folder for folder in self.target.parents if folder.is_dir())
        free = shutil.disk_usage(there).free
        if free < needed:
            raise Problem(
                f"The backup may need {size_text(needed)} and {there} has {size_text(free)} left: "
                "make room, or name a folder on another disk."
            )

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._tools.cancel()
            for folder in (self.keys, self.target):
                shutil.rmtree(folder, ignore_errors=True)
            raise

    # --- the parts ------------------------------------------------------------------------------

    def _part(self, part: str, copy: Callable[[], None]) -> None:
        began = self._steps[-1].ended if self._steps else self._look()
        copy()
        self._steps.append(manifest.Step(part, began, self._look()))

    def _look(self) -> Seen:
        """Positions before ends: the log only grows, so a room is never ahead of it."""
        applied = positions.applied(self.network.postgres_url())
        found = ends(self.network.kafka_bootstrap)
        return manifest.seen(_written(datetime.now(UTC)), found, applied)

    def _copy_postgres(self) -> None:
        folder = self.target / POSTGRES
        with self._told("Postgres", folder):
            postgres_copy.copy_cluster(self.network, folder, self._tools)
            for path in files_below(folder):
                self._files[f"{POSTGRES}/{path.relative_to(folder).as_posix()}"] = measure(path)

    def _choose_moment(self) -> None:
        """The cut lies after everything Postgres knows and before what is appended from now on."""
        self._moment = datetime.now(UTC)
        time.sleep(SETTLING_S)
        bootstrap = self.network.kafka_bootstrap
        moment_ms = round(self._moment.timestamp() * 1000)
        self._cut = ends(bootstrap) | ends_before(bootstrap, moment_ms, DATED_BY_BROKER)
        known = self._steps[-1].ended.applied
        held = {room: manifest.offsets(found) for room, found in known.items()}
        if positions.ahead_of(held, self._cut):
            raise Problem(
                "The clock of this machine was set back during the backup, so no moment parts what "
                "is in it from what came later: run the backup again."
            )

    def _copy_log(self) -> None:
        folder, data = self.target / LOG, self.network.home.kafka_data
        make_private(folder)
        by_topic: dict[str, list[Partition]] = {}
        for partition in kafka_copy.partitions_in(data):
            by_topic.setdefault(partition.topic, []).append(partition)
        for topic, partitions in by_topic.items():
            with self._told(topic, *(folder / str(partition) for partition in partitions)):
                for partition in partitions:
                    end = self._cut.get((topic, partition.number), 0)
                    self._note(LOG, kafka_copy.copy_partition(data, folder, partition, end))
        self._note(LOG, kafka_copy.copy_metadata(data, folder))

    def _dump_identity(self) -> None:
        folder = self.target / IDENTITY
        make_private(folder)
        with self._told("the identity room's tables", folder):
            dump = postgres_copy.dump_identity(self.network, folder, self._tools)
            self._files[f"{IDENTITY}/{dump.name}"] = measure(dump)

    def _copy_keys(self) -> None:
        secrets = self.network.home.secrets
        with self._told("the secrets", self.keys):
            for path in sorted(secrets.iterdir()):
                if path.is_file() and not path.name.startswith("."):
                    self._files[f"{KEYS}/{path.name}"] = copy_private(path, self.keys / path.name)
            warning = write_private(self.keys / WARNING_FILE, [WARNING.encode()])
            self._files[f"{KEYS}/{WARNING_FILE}"] = warning

    def _note(self, part: str, files: kafka_copy.Files) -> None:
        self._files.update({f"{part}/{name}": copied for name, copied in files.items()})

    @contextmanager
    def _told(self, what: str, *folders: Path) -> Iterator[None]:
        """Report a step with the size of what it copied."""
        begun = time.monotonic()
        self.progress(Step(what, "begins"))
        yield
        size = sum(path.stat().st_size for folder in folders for path in files_below(folder))
        self.progress(Step(what, "done", time.monotonic() - begun, size_text(size)))

    def _manifest(self) -> Manifest:
        lock, schemas = manifest.schema_lock()
        return Manifest(
            format=manifest.FORMAT,
            rxlog=tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"],
            kafka=broker.VERSION,
            cluster_id=broker.cluster_id(self.network.home.kafka_data) or "",
            postgres=server.MAJOR_VERSION,
            schema_lock=lock,
            schemas=schemas,
            moment=_written(self._moment),
            cut=manifest.written(self._cut),
            steps=tuple(self._steps),
            folders=tuple(
                sorted(
                    folder.relative_to(self.target / POSTGRES).as_posix()
                    for folder in (self.target / POSTGRES).rglob("*")
                    if folder.is_dir()
                )
            ),
            files={name: manifest.as_file(file) for name, file in sorted(self._files.items())},
        )


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def size_text(count: float) -> str:
    """A number of bytes as people say it."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
