"""What can stand in the way of a start, each with one plain sentence that says what to do."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.kafka import broker
from infra.local import leash, pids, ports
from infra.local.home import Home
from infra.local.supervisord import Supervisord
from infra.problem import Problem

DISK_FREE_MIN = 1_000_000_000
"""Bytes. Kafka's first segments and Postgres' write-ahead log need a good part of it."""

STOP_S = 10.0


@dataclass(frozen=True)
class Findings:
    """What was found: sentences, and the Java to use when there is one."""

    problems: list[str]
    java: str | None


def examine(
    home: Home,
    downloads: Path,
    wanted_ports: Mapping[str, int],
    environment: Mapping[str, str],
    *,
    ports_are_configured: bool,
) -> Findings:
    """Look at everything a start needs; `home` exists already."""
    java, java_problem = check_java(environment)
    problems = [
        java_problem,
        check_maven(downloads, environment),
        check_disk(home.root),
        check_ports(wanted_ports, configured=ports_are_configured),
    ]
    return Findings([problem for problem in problems if problem], java)


def check_java(environment: Mapping[str, str]) -> tuple[str | None, str | None]:
    """(path, problem): exactly one of them is None."""
    java = broker.find_java(environment)
    if java is None:
        return None, f"Java was not found: {broker.INSTALL_JAVA}."
    try:
        printed = subprocess.run(
            [java, "-version"], capture_output=True, text=True, timeout=30, check=False
        ).stderr
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, f"{java} does not start ({error}): {broker.INSTALL_JAVA}."
    version = broker.java_version(printed)
    if version is None:
        return None, f"{java} is no working Java: {broker.INSTALL_JAVA}."
    if version < broker.OLDEST_JAVA:
        return None, f"{java} is Java {version}, which is too old: {broker.INSTALL_JAVA}."
    return java, None


def check_maven(downloads: Path, environment: Mapping[str, str]) -> str | None:
    """Maven is only needed until Kafka's jars are there."""
    if broker.jars_present(downloads) or broker.find_maven(environment):
        return None
    return f"Maven (mvn) was not found and is needed once, to fetch Kafka: {broker.INSTALL_MAVEN}."


def check_disk(folder: Path) -> str | None:
    """A broker that meets a full disk stops in the middle of things."""
    free = shutil.disk_usage(folder).free
    if free >= DISK_FREE_MIN:
        return None
    return (
        f"The disk of {folder} has only {free // 1_000_000} MB left: free at least "
        f"{DISK_FREE_MIN // 1_000_000} MB, or set RXLOG_HOME to a folder on another disk."
    )


def check_ports(wanted: Mapping[str, int], *, configured: bool) -> str | None:
    """Ports that are taken, with who needs them and how to choose others."""
    taken = {name: port for name, port in wanted.items() if ports.in_use(port)}
    if not taken:
        return None
    who = "; ".join(
        f"port {port}, which {name} needs, is in use by {ports.holder(port)}"
        for name, port in taken.items()
    )
    if not configured:
        return f"{who[0].upper()}{who[1:]}: try again, other ports are chosen then."
    return (
        f"{who[0].upper()}{who[1:]}: stop that, or choose another port with "
        f"{ports.variable(next(iter(taken)))} (all at once: rxlog up --port-base N)."
    )


def check_supervisor(home: Home) -> str | None:
    """Whether a network runs in this home already."""
    if Supervisord(home.socket).answers():
        return (
            f"RxLog is already up in {home.root}: look with `rxlog status`, or stop it with "
            "`rxlog down` first."
        )
    return None


def clear_stale_run(home: Home) -> list[str]:
    """End what a killed run left behind and remove its files; return the names of what was ended.

    Only processes that still have their recorded start time are touched.
    """
    records = pids.read(home.pids)
    left = [name for name, record in records.items() if record.alive()]
    if left:
        pids.end_all(records, STOP_S)
    still = [name for name, record in records.items() if record.alive()]
    if still:
        raise Problem(
            f"{', '.join(still)} of an earlier run in {home.root} cannot be ended: stop "
            f"process {', '.join(str(records[name].pid) for name in still)} as the user who "
            "started it."
        )
    leash.forget_run(home)
    return left
