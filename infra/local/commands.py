"""The commands that keep a network on this machine: up, down, status, logs."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from infra.local import doctor, logs, pids, ports
from infra.local.home import Home, default_home
from infra.local.network import LocalNetwork
from infra.local.report import Report
from infra.local.status import Status
from infra.problem import Problem
from infra.processes import PROCESSES

LOG_LINES = 40


def up(
    port_base: Annotated[
        int | None,
        typer.Option(
            envvar="RXLOG_PORT_BASE",
            help="Move all ports: rooms from N+1 on, Kafka N+91, Postgres N+93.",
        ),
    ] = None,
) -> None:
    """Start the network, or continue it with its data; it goes on until `rxlog down`."""
    console = Console()
    home = Home(default_home(os.environ))
    network = LocalNetwork(home.root, ephemeral=False)
    if network.running:
        if all(row.state != "stopped" for row in network.status()):
            console.print(f"RxLog is already up in {home.root}. Look with `rxlog status`.")
            return
        network.stop()  # an earlier start was killed half-way; one under way holds the lock
    if port_base is not None:
        network = LocalNetwork(
            home.root,
            ephemeral=False,
            chosen_ports=ports.configured(
                PROCESSES, base=port_base, environment=os.environ, remembered={}
            ),
        )
    console.print(f"Starting RxLog in {home.root}", soft_wrap=True)
    with network, Report(console) as report:
        network.start(progress=report)
    console.print("\nRxLog is up. Documentation of the APIs, to read and to try:")
    for name, url in network.urls.items():
        console.print(f"  {name:<22} {url}/docs", highlight=False, soft_wrap=True)
    console.print("\nLook with `rxlog status` and `rxlog logs`, stop with `rxlog down`.")


def down() -> None:
    """Stop the network. Its data stay, and `rxlog up` continues with them."""
    console = Console()
    network = LocalNetwork(ephemeral=False)
    left = [name for name, record in pids.read(network.home.pids).items() if record.alive()]
    if not network.running and not left:
        doctor.clear_stale_run(network.home)
        console.print(f"RxLog is not up in {network.home.root}.", soft_wrap=True)
        return
    network.stop()
    console.print(f"RxLog is down. Its data stay in {network.home.root}.", soft_wrap=True)


def status() -> None:
    """Show every process. The exit code is 0 when all of them are ready."""
    console = Console()
    network = LocalNetwork(ephemeral=False)
    rows = network.status()
    if not rows:
        left = [name for name, record in pids.read(network.home.pids).items() if record.alive()]
        if left:
            raise Problem(
                f"The supervisor of {network.home.root} was killed and {', '.join(left)} still "
                "run: end them with `rxlog down`, or `rxlog up` to start afresh."
            )
        raise Problem(f"RxLog is not up in {network.home.root}: start it with `rxlog up`.")
    with ThreadPoolExecutor(len(rows)) as threads:
        reasons = list(threads.map(lambda row: network.reason_not_ready(row.name), rows))
    console.print(_table(rows, reasons))
    for row, reason in zip(rows, reasons, strict=True):
        if reason is not None and row.pid:
            console.print(f"{row.name}: {reason}", highlight=False, markup=False, soft_wrap=True)
    raise typer.Exit(1 if any(reasons) else 0)


def show_logs(
    process: Annotated[
        str | None, typer.Argument(help="One process, as `rxlog status` names it.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what is added.")
    ] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0)] = LOG_LINES,
) -> None:
    """Print the last lines of the processes' logs."""
    home = Home(default_home(os.environ))
    found = {path.stem: path for path in sorted(home.logs.glob("*.log"))}
    if not found:
        raise Problem(f"There are no logs in {home.root}: start the network with `rxlog up`.")
    if process is not None:
        if process not in found:
            raise Problem(f"There is no log of {process}; there are {', '.join(found)}.")
        found = {process: found[process]}
    width = max(map(len, found)) if len(found) > 1 else 0
    for name, path in found.items():
        for line in logs.last_lines(path, lines):
            _print_line(name, line, width)
    if follow:
        for name, line in logs.follow(found):
            _print_line(name, line, width)


def _print_line(name: str, line: str, width: int) -> None:
    sys.stdout.write(f"{name:<{width}}  {line}\n" if width else f"{line}\n")
    sys.stdout.flush()


def _table(rows: list[Status], reasons: list[str | None]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("process", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for name in ("pid", "up for", "restarts"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("address", no_wrap=True)
    for row, reason in zip(rows, reasons, strict=True):
        table.add_row(
            row.name,
            "ready" if reason is None else row.state,
            str(row.pid or ""),
            _duration(row.uptime_s) if row.pid else "",
            str(row.restarts),
            row.address,
        )
    return table


def _duration(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
