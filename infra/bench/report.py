"""The result of a run: as a table for people, as JSON for whoever compares runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from infra.bench.machine import Machine
from infra.bench.measured import Measured

COLUMNS = (
    "contestant",
    "records",
    "seconds: median (least-most)",
    "records/s",
    "of decoded",
    "CPU per record",
    "memory",
)
NOTE = (
    "of decoded: the rate beside that of only reading and decoding. CPU: of the contestant's own "
    "process; the broker and Postgres have theirs besides."
)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One contestant: its rounds as measured, and what follows from them.

    `share` is its rate as a share of the limit of decoding; `cpu_us` is per record,
    `memory_mib` the most that was resident in any round.
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
    memory_mib: float = 0


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one run; `wrong` are the sentences about wrong results."""

    date: datetime
    seed: int
    records: int
    record_bytes_mean: float
    machine: Machine
    lines: list[Line]
    wrong: list[str]


def lines(
    titles: Mapping[str, str], rounds: Mapping[str, Sequence[Measured]], measure: str
) -> list[Line]:
    """The lines of the table in the order of `titles`; the shares are of the rate of `measure`."""
    unit = _rate(rounds[measure])
    return [
        Line(
            name=name,
            title=title,
            rounds=list(rounds[name]),
            records=rounds[name][0].records,
            seconds_median=median(one.seconds for one in rounds[name]),
            seconds_least=min(one.seconds for one in rounds[name]),
            seconds_most=max(one.seconds for one in rounds[name]),
            rate=_rate(rounds[name]),
            share=_rate(rounds[name]) / unit,
            cpu_us=median(one.cpu_seconds / one.records * 1e6 for one in rounds[name]),
            memory_mib=max(one.memory_bytes for one in rounds[name]) / 2**20,
        )
        for name, title in titles.items()
    ]


def _rate(rounds: Sequence[Measured]) -> float:
    """Median records per second."""
    return median(one.records / one.seconds for one in rounds)


def show(report: Report, console: Console) -> None:
    """The table, and below it where and with what it was measured."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == COLUMNS[0] else "right")
    for line in report.lines:
        table.add_row(
            line.title,
            f"{line.records:,}",
            f"{line.seconds_median:.2f} ({line.seconds_least:.2f}-{line.seconds_most:.2f})",
            f"{line.rate:,.0f}",
            f"{line.share:.2f}",
            f"{line.cpu_us:,.0f} us",
            f"{line.memory_mib:,.0f} MiB" if line.memory_mib else "",
        )
    console.print(table)
    for said in _circumstances(report):
        console.print(said, soft_wrap=True, style="dim")
    for sentence in report.wrong:
        console.print(f"WRONG: {sentence}", soft_wrap=True, style="bold red")


def _circumstances(report: Report) -> tuple[str, ...]:
    machine, rounds = report.machine, len(report.lines[0].rounds)
    log = f"{report.records:,} records, {report.record_bytes_mean:.0f} bytes each on average"
    memory = f"{machine.memory_bytes / 2**30:.0f} GiB"
    return (
        NOTE,
        f"log: {log}, seed {report.seed}; rounds: {rounds}; {report.date:%Y-%m-%d %H:%M} UTC",
        f"{machine.cpu}, {machine.cores} cores, {memory}; load before the run {machine.load:.2f}",
        machine.system,
        ", ".join(f"{name} {version}" for name, version in machine.versions.items()),
    )


def write(report: Report, folder: Path) -> Path:
    """Keep the run as JSON, named by its date; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{report.date:%Y-%m-%dT%H-%M-%SZ}.json"
    content = msgspec.json.format(msgspec.json.encode(report), indent=2)
    path.write_bytes(content + b"\n")
    return path
