"""The processes of RxLog. Data only: what runs, what it needs, where it listens.

The local network, docker-compose.yml and the `rxlog` command all follow this list; a test holds
the compose file to it. `python -m <module> [<argument>]` is the whole command of a process.
"""

from __future__ import annotations

from dataclasses import dataclass

KAFKA = "kafka"
KAFKA_CONTROLLER = "kafka-controller"
POSTGRES = "postgres"

SERVER_PORTS = {KAFKA: 19092, KAFKA_CONTROLLER: 19093, POSTGRES: 15432}
"""Default TCP ports of the two servers, chosen apart from the standard 9092 and 5432."""

ROLES = ("identity", "registry", "surveillance", "oversight")
"""Rooms that own a Postgres schema; the role has the room's name and owns nothing else."""


@dataclass(frozen=True, slots=True)
class Process:
    """One operating-system process of one room.

    `port` is the default TCP port (0: the process has no HTTP), `names_url` the X of the
    RXLOG_X_URL that tells the others where it is, `role` its Postgres role ("" for none) and
    `reads_log` whether it needs Kafka.
    """

    name: str
    module: str
    argument: str = ""
    role: str = ""
    reads_log: bool = False
    port: int = 0
    names_url: str = ""

    @property
    def arguments(self) -> tuple[str, ...]:
        """What follows `python`."""
        return ("-m", self.module, *([self.argument] if self.argument else []))


PROCESSES: tuple[Process, ...] = (
    Process("issuer", "services.issuer", port=8101, names_url="ISSUER"),
    Process(
        "identity",
        "services.identity",
        role="identity",
        reads_log=True,
        port=8102,
        names_url="IDENTITY",
    ),
    Process(
        "prescribing",
        "services.prescribing",
        reads_log=True,
        port=8103,
        names_url="PRESCRIBING",
    ),
    Process(
        "dispensing",
        "services.dispensing",
        reads_log=True,
        port=8104,
        names_url="DISPENSING",
    ),
    Process("claims", "services.claims", reads_log=True, port=8105, names_url="CLAIMS"),
    Process("registry-worker", "services.registry", "worker", role="registry", reads_log=True),
    Process(
        "registry-api", "services.registry", "api", role="registry", port=8106, names_url="REGISTRY"
    ),
    Process(
        "surveillance-worker",
        "services.surveillance",
        "worker",
        role="surveillance",
        reads_log=True,
    ),
    Process("oversight-worker", "services.oversight", "worker", role="oversight", reads_log=True),
    Process(
        "oversight-dead-letters",
        "services.oversight",
        "dead-letters",
        role="oversight",
        reads_log=True,
    ),
    Process(
        "oversight-api",
        "services.oversight",
        "api",
        role="oversight",
        reads_log=True,
        port=8107,
        names_url="OVERSIGHT",
    ),
)
