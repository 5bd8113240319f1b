"""Which TCP port each process gets: free ones, or the configured ones that are remembered."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterable, Mapping

import psutil

from infra.problem import Problem
from infra.processes import KAFKA, KAFKA_CONTROLLER, POSTGRES, SERVER_PORTS, Process

HOST = "127.0.0.1"
FREE_FROM, FREE_TO = 20_000, 32_000
"""Below the ports that systems hand out to outgoing connections (Linux: from 32768), so that a
process that restarts does not find its port taken by somebody's client."""

SERVER_OFFSETS = {KAFKA: 91, KAFKA_CONTROLLER: 92, POSTGRES: 93}
FIRST_ROOM_PORT = 8101


def port_names(processes: Iterable[Process]) -> dict[str, int]:
    """Every name that needs a port, with its default."""
    return SERVER_PORTS | {process.name: process.port for process in processes if process.port}


def variable(name: str) -> str:
    """The environment variable that sets one port: RXLOG_PORT_REGISTRY_API."""
    return "RXLOG_PORT_" + name.upper().replace("-", "_")


def free(processes: Iterable[Process]) -> dict[str, int]:
    """A port for each name that nobody listens on now."""
    names = list(port_names(processes))
    candidates = random.sample(range(FREE_FROM, FREE_TO), k=len(names) * 20)
    found = [port for port in candidates if not in_use(port)][: len(names)]
    if len(found) < len(names):
        raise Problem(
            f"Too few TCP ports between {FREE_FROM} and {FREE_TO} are free: stop something."
        )
    return dict(zip(names, found, strict=True))


def configured(
    processes: Iterable[Process],
    *,
    base: int | None,
    environment: Mapping[str, str],
    remembered: Mapping[str, int],
) -> dict[str, int]:
    """The ports of a persistent network.

    The strongest word first: RXLOG_PORT_<NAME>, then `base` (rooms from base + 1 on, the servers
    from base + 91 on), then what the last run used, then the defaults.
    """
    ports = {}
    for name, default in port_names(processes).items():
        own = environment.get(variable(name))
        if own is not None:
            ports[name] = _number(own, variable(name))
        elif base is not None:
            offset = SERVER_OFFSETS.get(name, default - FIRST_ROOM_PORT + 1)
            ports[name] = _number(str(base + offset), "--port-base")
        else:
            ports[name] = remembered.get(name, default)
    by_port: dict[int, str] = {}
    for name, port in ports.items():
        if port in by_port:
            raise Problem(
                f"Port {port} is given to both {by_port[port]} and {name}: change one with "
                f"{variable(name)}."
            )
        by_port[port] = name
    return ports


def in_use(port: int) -> bool:
    """Whether somebody listens on the port (closed connections that linger do not count)."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
        return False


def holder(port: int) -> str:
    """Who listens there, as far as the system tells us: "java (pid 123)" or "another program"."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status != psutil.CONN_LISTEN or connection.laddr[1:2] != (port,):
                continue
            if connection.pid is not None:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except psutil.Error:
        pass
    return "another program"


def _number(text: str, source: str) -> int:
    if not text.isdigit() or not 1024 <= int(text) <= 65535:
        raise Problem(f"{source} leads to port {text!r}: give a number from 1024 to 65535.")
    return int(text)
