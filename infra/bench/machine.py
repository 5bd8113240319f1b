"""What the figures were measured on: without it they mean nothing."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

import msgspec
import psutil

from infra.bench.peer import environment
from infra.kafka import broker

PACKAGES = ("faust-streaming", "aiokafka", "confluent-kafka", "asyncpg", "msgspec")
CPU_INFO = Path("/proc/cpuinfo")


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """`cores` are those this process may use, `load` the run queue of the minute before."""

    system: str
    cpu: str
    cores: int
    memory_bytes: int
    load: float
    versions: dict[str, str]


def examine(postgres: str, load: float) -> Machine:
    """This machine; `postgres` is the version of its server, `load` was noted before the run."""
    return Machine(
        system=platform.platform(),
        cpu=_cpu_model(),
        cores=_cores(),
        memory_bytes=psutil.virtual_memory().total,
        load=load,
        versions={
            "Python": platform.python_version(),
            "Kafka": broker.VERSION,
            "Postgres": postgres,
            **{package: version(package) for package in PACKAGES},
            **environment.versions(),
        },
    )


def _cpu_model() -> str:
    if CPU_INFO.is_file():
        for line in CPU_INFO.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
