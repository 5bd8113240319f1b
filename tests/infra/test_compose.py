"""docker-compose.yml runs exactly the processes of infra/processes.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.kafka import broker
from infra.local.environment import JWKS_PATH
from infra.postgres import server
from infra.processes import KAFKA, POSTGRES, PROCESSES, SERVER_PORTS, Process

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONE_SHOT = {"secrets", "setup"}


def test_the_services_are_the_processes_the_servers_and_two_preparations() -> None:
    assert set(SERVICES) == {p.name for p in PROCESSES} | {KAFKA, POSTGRES} | ONE_SHOT


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_a_room_runs_its_command_with_its_environment(process: Process) -> None:
    service = SERVICES[process.name]
    environment = service["environment"]

    assert service["command"] == ["python", *process.arguments]
    assert environment["RXLOG_ROOM"] == process.name
    if process.port:
        assert service["ports"] == [f"127.0.0.1:{process.port}:{process.port}"]
        assert environment["RXLOG_PORT"] == process.port
    else:
        assert "ports" not in service
        folder = environment["RXLOG_READY_FILE"].rpartition("/")[0]
        assert folder in service["tmpfs"], "a restarted container must forget that it was ready"
    wanted = f"postgresql://{process.role}@postgres:5432/rxlog" if process.role else None
    assert environment.get("RXLOG_POSTGRES_URL") == wanted


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_a_room_is_checked_restarted_and_starts_after_the_setup(process: Process) -> None:
    service = SERVICES[process.name]
    assert service["healthcheck"]["test"] == ["CMD", "python", "-m", "infra.health"]
    assert service["restart"] == "unless-stopped"
    assert service["user"] == "rxlog"
    assert service["depends_on"] == {"setup": {"condition": "service_completed_successfully"}}


def test_every_room_finds_the_others() -> None:
    for process in PROCESSES:
        environment = SERVICES[process.name]["environment"]
        for other in PROCESSES:
            name = "RXLOG_ISSUER" if other.names_url == "ISSUER" else f"RXLOG_{other.names_url}_URL"
            if other.names_url:
                assert environment[name] == f"http://{other.name}:{other.port}"
        assert environment["RXLOG_JWKS_URL"] == environment["RXLOG_ISSUER"] + JWKS_PATH


def test_the_servers_are_the_ones_of_the_local_network() -> None:
    assert SERVICES[KAFKA]["image"] == f"apache/kafka:{broker.VERSION}"
    assert SERVICES[POSTGRES]["image"] == f"postgres:{server.MAJOR_VERSION}"
    for name in (KAFKA, POSTGRES):
        assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
        assert SERVICES[name]["ports"][0].startswith(f"127.0.0.1:{SERVER_PORTS[name]}:")


def test_the_setup_waits_for_healthy_servers_and_passwords() -> None:
    assert SERVICES["setup"]["command"] == ["python", "-m", "infra.setup"]
    assert SERVICES["setup"]["depends_on"] == {
        "secrets": {"condition": "service_completed_successfully"},
        KAFKA: {"condition": "service_healthy"},
        POSTGRES: {"condition": "service_healthy"},
    }
    assert SERVICES["secrets"]["command"] == ["python", "-m", "infra.setup", "secrets"]


def test_data_are_on_declared_volumes() -> None:
    used = {
        volume.partition(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
    }
    assert used == set(COMPOSE["volumes"]) == {"secrets", "kafka-data", "postgres-data"}
    # Postgres 18 keeps its data one level higher than the versions before it.
    assert "postgres-data:/var/lib/postgresql" in SERVICES[POSTGRES]["volumes"]


def test_no_password_is_written_down_or_put_into_an_environment() -> None:
    for service in SERVICES.values():
        for name, value in service["environment"].items():
            assert "PASSWORD" not in name or name.endswith("_FILE")
            if name == "RXLOG_POSTGRES_URL":
                assert ":" not in value.removeprefix("postgresql://").partition("@")[0] or (
                    "@" not in value
                )
