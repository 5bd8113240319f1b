"""`rxlog faults`: attack a network of our own and see whether it keeps its promises."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.faults import faketime, report
from infra.faults.campaign import Campaign, Limits
from infra.faults.checks import Violation
from infra.faults.disks import own_mounts
from infra.faults.journal import Journal, Terms, moment, this_machine
from infra.faults.kinds import KINDS
from infra.faults.kinds.clocks import BrokerClock
from infra.faults.racing import hold_race
from infra.local.interrupts import orderly_termination
from infra.problem import Problem
from services.kernel import telemetry

RATE_PER_S = 60.0
FAULTS = 1_000
INTERRUPTED, VIOLATED = 130, 1


def faults(
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Every kind of fault once.")] = False,
    hours: Annotated[float | None, typer.Option(min=0.01, help="Stop after so long.")] = None,
    count: Annotated[
        int | None, typer.Option("--faults", min=1, help="Stop after so many faults.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Repeat the faults of another run.")] = None,
    resume: Annotated[
        Path | None, typer.Option(help="Go on in the folder of an interrupted run.")
    ] = None,
    kinds: Annotated[str, typer.Option(help="Only these, with commas between.")] = "",
    first: Annotated[int, typer.Option("--from", min=1, help="Begin with this bout.")] = 1,
    rate: Annotated[float, typer.Option(min=1, max=500, help="Requests a second.")] = RATE_PER_S,
    race: Annotated[
        int | None, typer.Option(min=1, help="Race for so many prescriptions instead.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Where the journal goes; a new folder.")
    ] = None,
) -> None:
    """Kill, freeze, cut, fill and poison a network under load, and check every promise."""
    telemetry.configure("faults", "warning")
    chosen = _possible(_chosen(kinds))
    with orderly_termination():
        mounts = own_mounts()
        if resume is not None:
            journal = Journal.open(resume.resolve())
        else:
            terms = Terms(
                seed=secrets.randbelow(1_000_000) if seed is None else seed,
                kinds=chosen,
                once=quick,
                rate_per_s=rate,
                began=moment(),
                machine=this_machine(),
                disks="mount" if mounts else "rlimit",
            )
            journal = Journal.begin((folder or _new_folder(terms.seed)).resolve(), terms)
        _say(f"seed {journal.terms.seed}, journal in {journal.folder}")
        if race is not None:
            raise typer.Exit(_play(journal, hold_race(journal, race, count or 0, _say)))
        limits = Limits(count or _faults(journal, hours), hours and hours * 3600)
        raise typer.Exit(_play(journal, Campaign(journal, limits, _say, first).run()))


def _play(journal: Journal, work: Coroutine[Any, Any, list[Violation]]) -> int:
    folder = journal.folder
    try:
        violations = asyncio.run(work)
    except KeyboardInterrupt:
        _say(f"stopped; nothing is left running. Go on with: rxlog faults --resume {folder}")
        return INTERRUPTED
    finally:
        _, as_markdown = report.write(journal)
    sys.stdout.write("\n" + as_markdown.read_text(encoding="utf-8"))
    return VIOLATED if violations else 0


def _faults(journal: Journal, hours: float | None) -> int | None:
    """How many faults when nobody says: one of each kind, no bound with --hours, else enough."""
    if journal.terms.once:
        return sum(journal.terms.plan().weights().values())
    return None if hours is not None else FAULTS


def _chosen(kinds: str) -> tuple[str, ...] | None:
    names = tuple(name.strip() for name in kinds.split(",") if name.strip())
    unknown = [name for name in names if name not in KINDS]
    if unknown:
        raise Problem(
            f"There is no kind of fault named {', '.join(unknown)}; there are {', '.join(KINDS)}."
        )
    return names or None


def _possible(chosen: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Without what this machine has no means for."""
    if faketime.library(os.environ) is not None:
        return chosen
    _say(f"left out: {BrokerClock.name} (libfaketime is not installed, {faketime.VARIABLE} unset)")
    return tuple(name for name in chosen or tuple(KINDS) if name != BrokerClock.name)


def _new_folder(seed: int) -> Path:
    return Path(".rxlog", "faults", f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{seed}")


def _say(line: str) -> None:
    sys.stdout.write(f"{datetime.now(UTC):%H:%M:%S}  {line}\n")
    sys.stdout.flush()
