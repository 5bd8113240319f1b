"""Brings Kafka and Postgres to the point where the rooms can start."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra import load
from infra.kafka import broker, topics
from infra.local.home import Home
from infra.local.ports import HOST
from infra.local.progress import Progress, Step, step
from infra.local.readiness import Waiting, run_apart
from infra.local.supervisor_config import SERVERS, Program
from infra.local.supervisord import Supervisord
from infra.postgres import roles, server
from infra.processes import KAFKA, KAFKA_CONTROLLER, POSTGRES, ROLES
from infra.subprocesses import Tools
from services.topology import TOPICS

READY_S = 60.0
REGISTERS = "registers and the law"
CHECKED_BYTES_PER_S = 20_000_000
"""After an unclean end, or a restore, the broker checks its log before it answers."""


@dataclass
class Servers:
    """The two servers of one network. `owner_url` tells where Postgres is, `advertised` the port
    that Kafka sends its clients to when that is not its own."""

    home: Home
    downloads: Path
    ports: dict[str, int]
    owner_url: str
    own_postgres: bool
    java: str
    short_lived: bool
    supervisor: Supervisord
    waiting: Waiting
    tools: Tools
    progress: Progress
    advertised: int | None = None
    environment: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def programs(self) -> list[Program]:
        """The servers as the supervisor runs them."""
        settings = broker.write_settings(
            self.home.run,
            self.home.kafka_data,
            self.ports[KAFKA],
            self.ports[KAFKA_CONTROLLER],
            advertised=self.advertised,
        )
        jars = broker.jars_folder(self.downloads)
        kafka = Program(
            KAFKA,
            SERVERS,
            broker.command(self.java, jars, settings, short_lived=self.short_lived),
            self.home.kafka_data.parent,
            stop_s=20,
            environment=self.environment.get(KAFKA, {}),
        )
        postgres = Program(
            POSTGRES,
            SERVERS,
            server.command(self.home.postgres / "data"),
            self.home.postgres,
            stop_signal="INT",  # stop now; at TERM it would wait for its clients to leave
            stop_s=20,
            user=server.system_user(),
            environment={"LC_ALL": "C", **self.environment.get(POSTGRES, {})},
        )
        return [kafka, postgres] if self.own_postgres else [kafka]

    def bring_up_kafka(self) -> None:
        """Jars, data folder, broker, topics, and what new topics begin with."""
        environment = os.environ
        if not broker.jars_present(self.downloads):
            with step(self.progress, "fetching Kafka's libraries with Maven (once)"):
                broker.ensure_jars(self.downloads, self.tools, environment)
        jars = broker.jars_folder(self.downloads)
        with step(self.progress, "Kafka", f"{HOST}:{self.ports[KAFKA]}"):
            broker.ensure_formatted(
                self.home.run / "server.properties",
                self.home.kafka_data,
                self.java,
                jars,
                self.tools,
            )
            self.supervisor.start(f"{SERVERS}:{KAFKA}")
            log_bytes = sum(path.stat().st_size for path in self.home.kafka_data.rglob("*.log"))
            patience_s = READY_S + log_bytes / CHECKED_BYTES_PER_S
            self.waiting.wait([KAFKA], patience_s, lambda _name: None)
            if topics.ensure(f"{HOST}:{self.ports[KAFKA]}", TOPICS, replication_factor=1):
                self.waiting.wait([KAFKA], READY_S, lambda _name: None)
        begun = time.monotonic()
        self.progress(Step(REGISTERS, "begins"))
        told = run_apart(load.samples(f"{HOST}:{self.ports[KAFKA]}"))
        self.progress(Step(REGISTERS, "done", time.monotonic() - begun, told))

    def bring_up_postgres(self) -> None:
        """Data folder, server, database, roles and schemas."""
        place = f"{HOST}:{self.ports[POSTGRES]}" if self.own_postgres else "your own server"
        with step(self.progress, "Postgres", place):
            if self.own_postgres:
                server.ensure_cluster(
                    self.home.postgres,
                    self.home.password("owner"),
                    self.ports[POSTGRES],
                    self.tools,
                )
                self.supervisor.start(f"{SERVERS}:{POSTGRES}")
            self.waiting.wait([POSTGRES], READY_S, lambda _name: None)
            passwords = {role: self.home.password(role) for role in ROLES}
            run_apart(roles.ensure(self.owner_url, passwords))
