"""Restores a backup into a home, starts it, and waits until the rooms have caught up."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from infra.backup import manifest, positions, postgres_copy
from infra.backup.files import copy_private, make_private, sync_folders
from infra.backup.kafka_copy import shortfalls
from infra.backup.manifest import IDENTITY, KEYS, LOG, POSTGRES, Manifest
from infra.kafka import broker
from infra.kafka.offsets import ends
from infra.local.environment import inherited
from infra.local.network import LocalNetwork
from infra.local.progress import Progress, Step, step
from infra.postgres import server
from infra.problem import Problem
from infra.processes import PROCESSES
from infra.subprocesses import Tools

POLL_S = 0.1
ROOMS_READY_S = 180.0
"""A machine that has just copied a whole backup, and now starts every room at once, is slow."""

REGISTRY = "registry-worker"
WHOLE = (LOG, POSTGRES, KEYS)
NAMES = {LOG: "a log", POSTGRES: "a Postgres cluster", KEYS: "secrets"}


@dataclass
class Restoring:
    """One restore of the backup `source` into the home of `network`, which is down.

    `only` names the one part to restore (LOG or POSTGRES) when the rest of the home is in order;
    `keys` is where the backup's secrets lie.
    """

    network: LocalNetwork
    source: Path
    keys: Path
    only: str | None
    progress: Progress
    _tools: Tools = field(default_factory=Tools)

    @property
    def parts(self) -> tuple[str, ...]:
        return WHOLE if self.only is None else (self.only,)

    def run(self) -> int:
        """Lay out the files, start the network; returns how many records were caught up.

        Raises Problem when something is in the way or not as it must be. When the log that was
        restored alone is older than Postgres, the network is up but for the partitions concerned.
        """
        self.lay_out()
        self.network.start((), self.progress)
        try:
            if POSTGRES in self.parts:
                dump = self.source / IDENTITY / postgres_copy.IDENTITY_DUMP
                postgres_copy.restore_identity(self.network, dump, self._tools)
        except BaseException:
            self._tools.cancel()
            self.network.stop()
            raise
        self._unfinished.unlink()
        return self._catch_up()

    @property
    def _unfinished(self) -> Path:
        return self.network.home.unfinished_restore

    # --- files ----------------------------------------------------------------------------------

    def lay_out(self) -> None:
        """Put the files in place, each proven by its SHA-256, all or none."""
        known = manifest.read(self.source)
        self._check(known)
        self.network.home.create()
        with self.network.home.locked(), self._all_or_nothing():
            for part in self.parts:
                with step(self.progress, f"copying {NAMES[part]} into place"):
                    self._copy(known, part)
            if POSTGRES in self.parts:
                self._must_be_whole(known, IDENTITY, self.source / IDENTITY)
            if LOG in self.parts:
                self._check_log(known)
            self._unfinished.write_text(" ".join(self.parts), encoding="utf-8")
            for part in self.parts:
                shutil.rmtree(self._place(part), ignore_errors=True)
                self._draft(part).rename(self._place(part))
        if POSTGRES in self.parts:
            server.hand_over(self.network.home.postgres)

    def _check(self, known: Manifest) -> None:
        if self.network.running:
            raise Problem(
                f"RxLog is up in {self.network.home.root}: stop it with `rxlog down` first."
            )
        if self.network.own_postgres_url is not None:
            raise Problem(
                "RXLOG_POSTGRES_URL names a Postgres of your own: unset it, a backup is restored "
                "into the Postgres of the home."
            )
        check_versions(known)
        if self.only is None and (ahead := manifest.cut_short(known)):
            raise Problem(
                f"The Postgres of {self.source} is newer than its log ({ahead[0]}): use another "
                "backup, or restore --only one of the two beside what you have of the other."
            )
        begun = self._unfinished.read_text("utf-8").split() if self._unfinished.exists() else ()
        for part in WHOLE:
            there = part not in begun and self._is_there(part)
            if part in self.parts and there:
                raise Problem(
                    f"{self.network.home.root} has {NAMES[part]} already: restore into an empty "
                    f"home (--home), or move {self._place(part)} away first."
                )
            if part not in self.parts and not there:
                raise Problem(
                    f"{self.network.home.root} has not {NAMES[part]} to go with: leave out --only "
                    "to restore everything."
                )

    def _is_there(self, part: str) -> bool:
        place = self._place(part)
        return place.is_dir() and any(place.iterdir())

    def _place(self, part: str) -> Path:
        home = self.network.home
        return {LOG: home.kafka_data, POSTGRES: home.postgres / "data", KEYS: home.secrets}[part]

    def _draft(self, part: str) -> Path:
        place = self._place(part)
        return place.with_name(f"{place.name}.restoring")

    def _copy(self, known: Manifest, part: str) -> None:
        source = self.keys if part == KEYS else self.source / part
        draft = self._draft(part)
        shutil.rmtree(draft, ignore_errors=True)
        make_private(draft)
        for folder in known.folders if part == POSTGRES else ():
            make_private(draft / folder)
        for name, expected in known.of_part(part).items():
            if (part, name) == (KEYS, manifest.WARNING_FILE):
                continue
            target = draft / name
            make_private(target.parent)
            try:
                copied = copy_private(source / name, target)
            except FileNotFoundError:
                raise Problem(
                    f"{source / name} is missing: "
                    + (
                        "say with --keys where the secrets of this backup are kept."
                        if part == KEYS
                        else "use another backup, this one is not whole."
                    )
                ) from None
            if manifest.as_file(copied) != expected:
                raise _not_the_file(source / name)
        sync_folders(draft)

    def _must_be_whole(self, known: Manifest, part: str, folder: Path) -> None:
        for difference in manifest.differences(known, {part: folder}):
            raise Problem(f"{difference} Use another backup, this one is not whole.")

    def _check_log(self, known: Manifest) -> None:
        """The copied log ends where the manifest says, every checksum of it proven."""
        with step(self.progress, "checking the log"):
            for shortfall in shortfalls(self._draft(LOG), manifest.offsets(known.cut)):
                raise Problem(f"{shortfall} Use another backup, this one is not whole.")

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            for part in self.parts:
                shutil.rmtree(self._draft(part), ignore_errors=True)
            raise

    # --- the network ----------------------------------------------------------------------------

    def _catch_up(self) -> int:
        """Start the rooms and wait until each has applied the log as it is now."""
        network = self.network
        until = ends(network.kafka_bootstrap)
        missing = positions.behind(positions.applied(network.postgres_url()), until)
        begun = time.monotonic()
        for process in PROCESSES:
            network.start_process(process.name)
        names = [process.name for process in PROCESSES]
        network.waiting().wait(names, ROOMS_READY_S, lambda _name: None)
        while left := positions.behind(positions.applied(network.postgres_url()), until):
            stopped = stopped_partitions(network)
            if stopped:
                raise Problem("\n".join(stopped))
            self.progress(Step(f"catching up {missing} records, {left} left", "begins"))
            time.sleep(POLL_S)
        self.progress(Step(f"caught up {missing} records", "done", time.monotonic() - begun))
        return missing


def stopped_partitions(network: LocalNetwork) -> list[str]:
    """What each worker says of partitions it has stopped."""
    ready = {process.name: network.home.ready / process.name for process in PROCESSES}
    return [
        f"{name}: {reason}"
        for name, file in ready.items()
        if file.is_file()
        for reason in file.read_text("utf-8").splitlines()
    ]


def compare(network: LocalNetwork) -> subprocess.CompletedProcess[str]:
    """Fold the log anew beside the live registry and compare the two byte for byte."""
    return subprocess.run(
        [sys.executable, "-m", "services.registry", "rebuild"],
        env=inherited(os.environ) | network.env(REGISTRY) | {"RXLOG_LOG_LEVEL": "warning"},
        capture_output=True,
        text=True,
        check=False,
    )


def check_versions(known: Manifest) -> None:
    """Raises Problem when this release cannot read what the backup holds."""
    if known.postgres != server.MAJOR_VERSION:
        raise Problem(
            f"The backup holds data of Postgres {known.postgres} and this RxLog runs "
            f"{server.MAJOR_VERSION}: restore it with the release that made it, then move over."
        )
    if _numbers(known.kafka) > _numbers(broker.VERSION):
        raise Problem(
            f"The backup holds data of Kafka {known.kafka} and this RxLog runs {broker.VERSION}: "
            "restore it with the release that made it, or a newer one."
        )
    _, schemas = manifest.schema_lock()
    unknown = sorted(name for name, print_ in known.schemas.items() if schemas.get(name) != print_)
    if unknown:
        raise Problem(
            f"The backup holds records in {', '.join(unknown)}, which this RxLog does not know: "
            "restore it with the release that made it, or a newer one."
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _not_the_file(path: Path) -> Problem:
    return Problem(
        f"{path} is not the file that was copied (its SHA-256 differs): use another backup, this "
        "one is damaged."
    )
