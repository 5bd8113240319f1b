"""The result of a run: what whoever compares runs reads, and everything shown is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median

import msgspec

from infra.bench.contestants.sampled import Profile
from infra.bench.latency.ladder import Latency
from infra.bench.machine import Machine
from infra.bench.measured import Measured

FILE = "run.json"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One contestant: its rounds as measured, and what follows from them.

    `share` is its rate as a share of the limit of decoding; `cpu_us` is per record, and
    `server_cpu_us` the same of Kafka and Postgres; `memory_mib` the most that was resident in any
    round; `disk_bytes` per record, by what it is.
    """

    name: str
    title: str
    rounds: list[Measured]
    records: int
    seconds_median: float
    seconds_least: float
    seconds_most: float
    rate: float
    share: float
    cpu_us: float
    server_cpu_us: dict[str, float] = {}
    memory_mib: float = 0
    disk_bytes: dict[str, float] = {}

    @property
    def whole_cpu_us(self) -> float:
        """Processor time of everybody, for a record."""
        return self.cpu_us + sum(self.server_cpu_us.values())


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one run; `wrong` are the sentences about wrong results. Without folds there
    are no lines, `latency` is None when it was not measured."""

    date: datetime
    seed: int
    records: int
    record_bytes_mean: float
    machine: Machine
    lines: list[Line]
    wrong: list[str]
    latency: Latency | None = None
    profile: Profile | None = None
    options: str = ""
    """What `rxlog bench` was told."""

    def line(self, name: str) -> Line | None:
        """A contestant by its name."""
        return next((line for line in self.lines if line.name == name), None)


def lines(
    titles: Mapping[str, str], rounds: Mapping[str, Sequence[Measured]], measure: str
) -> list[Line]:
    """The lines of the table in the order of `titles`; the shares are of the rate of `measure`."""
    unit = _rate(rounds[measure])
    return [_line(name, title, rounds[name], unit) for name, title in titles.items()]


def _line(name: str, title: str, rounds: Sequence[Measured], unit: float) -> Line:
    rate = _rate(rounds)
    return Line(
        name=name,
        title=title,
        rounds=list(rounds),
        records=rounds[0].records,
        seconds_median=median(one.seconds for one in rounds),
        seconds_least=min(one.seconds for one in rounds),
        seconds_most=max(one.seconds for one in rounds),
        rate=rate,
        share=rate / unit,
        cpu_us=median(one.cpu_seconds / one.records * 1e6 for one in rounds),
        server_cpu_us=_medians((one.server_cpu_seconds, one.records / 1e6) for one in rounds),
        memory_mib=max(one.memory_bytes for one in rounds) / 2**20,
        disk_bytes=_medians((one.disk_bytes, one.records) for one in rounds),
    )


def _medians(rounds: Iterable[tuple[Mapping[str, float], float]]) -> dict[str, float]:
    """Name -> median over the rounds of its amount, divided."""
    found: dict[str, list[float]] = {}
    for amounts, divisor in rounds:
        for name, amount in amounts.items():
            found.setdefault(name, []).append(amount / divisor)
    return {name: median(values) for name, values in found.items()}


def _rate(rounds: Sequence[Measured]) -> float:
    """Median records per second."""
    return median(one.records / one.seconds for one in rounds)


def write(report: Report, folder: Path) -> Path:
    """Keep the run as JSON in a folder; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    content = msgspec.json.format(msgspec.json.encode(report), indent=2)
    path.write_bytes(content + b"\n")
    return path


def read(path: Path) -> Report:
    """A run that was kept. Raises msgspec.DecodeError when it is none."""
    return msgspec.json.decode(path.read_bytes(), type=Report)
