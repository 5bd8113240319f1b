"""The command `rxlog redrive`; what it needs is imported when it runs."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from infra.problem import Problem

if TYPE_CHECKING:
    from infra.backup.dead_letters import Letter, Redriven
    from services.contracts.outcomes import SubmissionJudged

NEEDED = ("RXLOG_KAFKA_BOOTSTRAP", "RXLOG_OVERSIGHT_URL")
"""Where both are set they name the network, else the one of this home is taken."""

NOT_JUDGED = 1
"""Exit code when a record could not be read again, or its verdict is late."""


def redrive(
    dead_letters: Annotated[
        list[str] | None, typer.Argument(metavar="[DEAD_LETTER]...", help="Ids, as --list says.")
    ] = None,
    *,
    show: Annotated[bool, typer.Option("--list", help="Show the dead letters.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Every dead letter not driven again yet.")
    ] = False,
    because: Annotated[str, typer.Option(help="Why; it stays on record. Nothing personal.")] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Also what was driven again before.")
    ] = False,
    find_lost: Annotated[
        Path | None,
        typer.Option(help="After a rebuild from a shorter log: write what it lost to this file."),
    ] = None,
    lost: Annotated[
        Path | None, typer.Option(help="Append the submissions of such a file anew.")
    ] = None,
    results: Annotated[
        bool,
        typer.Option(
            "--results", help="Publish every outcome and fact again; who has them drops repeats."
        ),
    ] = False,
) -> None:
    """Append records anew that could not be read, or that the log lost.

    They stand at the end of their topic then; verdicts given before never change.
    """
    ids = dead_letters or []
    if sum(map(bool, (ids, show, everything, find_lost, lost, results))) != 1:
        raise Problem(
            "Say one thing: --list, dead letters by their ids, --all, --find-lost, --lost or "
            "--results."
        )
    console = Console()
    if results:
        raise typer.Exit(_publish_results())
    if find_lost is not None:
        _find(console, find_lost)
    elif lost is not None:
        raise typer.Exit(asyncio.run(_append_lost(console, lost)))
    else:
        wanted = None if everything else ids
        work = _redrive(console, wanted, because=because, again=again, show=show)
        raise typer.Exit(asyncio.run(work))


def variables(process: str) -> Mapping[str, str]:
    """The RXLOG_ variables of one process of the network."""
    from infra.rebuild import running_network  # noqa: PLC0415

    given = all(name in os.environ for name in NEEDED)
    return os.environ if given else running_network().env(process)


# --- dead letters ---------------------------------------------------------------------------------


async def _redrive(
    console: Console, ids: Sequence[str] | None, *, because: str, again: bool, show: bool
) -> int:
    from infra.backup.dead_letters import DeadLetters  # noqa: PLC0415
    from infra.backup.driving import Driver  # noqa: PLC0415
    from services.kernel.log.language import published_language  # noqa: PLC0415
    from services.terminal.client import Client  # noqa: PLC0415
    from services.terminal.settings import read_settings  # noqa: PLC0415

    settings = variables("oversight-api")
    codec = published_language()
    async with Client(read_settings(settings)) as client:
        letters = DeadLetters(client, codec)
        if show:
            console.print(_listed(await letters.all()))
            return 0
        if ids is None:
            ids = [x.dead_letter_id for x in await letters.all() if again or not x.redriven]
        if not ids:
            _say(console, "There is nothing to drive again.")
            return 0
        async with Driver(settings["RXLOG_KAFKA_BOOTSTRAP"], codec) as driver:
            return _tell(console, await letters.redrive(ids, driver, because=because, again=again))


def _tell(console: Console, driven: Sequence[Redriven]) -> int:
    from services.topology import LOG  # noqa: PLC0415

    judged = True
    for one in driven:
        where = f"{one.letter.topic}/{one.place.partition} at offset {one.place.offset}"
        told = "appended"
        if one.letter.topic == LOG.name:
            told, is_judged = _verdict(one.outcome)
            judged = judged and is_judged
        _say(console, f"{one.letter.dead_letter_id} -> {where}: {told}")
    if not judged:
        _say(
            console,
            "What cannot be read again is a new dead letter; what is late is on the log and will "
            "be judged. Look with `rxlog status` and `rxlog redrive --list`.",
        )
    return 0 if judged else NOT_JUDGED


def _listed(letters: Sequence[Letter]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("dead letter", no_wrap=True)
    table.add_column("appended", no_wrap=True)
    table.add_column("driven again", no_wrap=True)
    table.add_column("what was wrong", overflow="fold")
    for letter in letters:
        last = letter.redriven[0]["redriven_at"][:19] if letter.redriven else ""
        at = letter.recorded_at.isoformat(timespec="seconds")
        table.add_row(letter.dead_letter_id, at, last, letter.error)
    return table


def _publish_results() -> int:
    from infra.local.environment import inherited  # noqa: PLC0415

    environment = inherited(os.environ) | dict(variables("registry-worker"))
    command = [sys.executable, "-m", "services.registry", "republish"]
    return subprocess.run(command, env=environment, check=False).returncode


# --- what the log lost ----------------------------------------------------------------------------


def _find(console: Console, file: Path) -> None:
    from infra.backup import lost  # noqa: PLC0415
    from infra.local.environment import inherited  # noqa: PLC0415

    found = lost.find(file, inherited(os.environ) | dict(variables("registry-worker")))
    for submission, count in sorted(found.items()):
        _say(console, f"{count:>8} {submission}")
    total = sum(found.values())
    if total:
        _say(
            console,
            f"{file} holds {total} submissions that the log lost. Append them anew with "
            f"`rxlog redrive --lost {file}`: their verdicts are given anew then.",
        )
    else:
        _say(console, f"The log lost no submission that is not there again; {file} is empty.")


async def _append_lost(console: Console, file: Path) -> int:
    from infra.backup import lost  # noqa: PLC0415
    from infra.backup.driving import Driver  # noqa: PLC0415
    from services.kernel.log.language import published_language  # noqa: PLC0415

    records = lost.read(file)
    settings = variables("registry-worker")
    async with Driver(settings["RXLOG_KAFKA_BOOTSTRAP"], published_language()) as driver:
        appended = await lost.append(records, driver)
    judged, changed = True, 0
    for one in appended:
        told, is_judged = _verdict(one.outcome)
        judged = judged and is_judged
        if one.outcome is not None and one.outcome.result != one.lost.result:
            changed += 1
            told += f" (it was {one.lost.result})"
        where = f"{one.lost.topic}/{one.place.partition} at offset {one.place.offset}"
        _say(console, f"{one.lost.submission} of {one.lost.key} -> {where}: {told}")
    _say(
        console,
        f"{len(appended)} submissions were appended as new records; {changed} have another verdict "
        "than before. Tell those who acted on the earlier one.",
    )
    return 0 if judged else NOT_JUDGED


def _verdict(outcome: SubmissionJudged | None) -> tuple[str, bool]:
    """How an outcome is told, and whether it is a verdict."""
    if outcome is None:
        return "the verdict is late", False
    if outcome.verdict == "UNREADABLE":
        return "it could not be read again", False
    return f"{outcome.verdict.lower()}, {outcome.result}", True


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
