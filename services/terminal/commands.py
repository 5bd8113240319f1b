"""The commands: `app` is mounted into `rxlog`, whose network `wiring` finds when a command runs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from services.terminal.alerts import follow_alerts, show_alert, show_alerts
from services.terminal.client import Client
from services.terminal.files import find
from services.terminal.printing import Printer
from services.terminal.report import Report
from services.terminal.settings import (
    Language,
    Resolve,
    Settings,
    from_environment,
    language,
    read_settings,
)
from services.terminal.submit import Sender, bad_file, exit_code
from services.terminal.texts import say
from services.terminal.trace import trace as show_trace
from services.terminal.trouble import EXPECTED, REFUSED, explained
from services.vietnam.draft import Prescriber
from services.vietnam.prescription_code import MalformedCodeError, parse

INTERRUPTED = 130

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Lang = Annotated[
    Language | None, typer.Option("--lang", help="en or vi; else RXLOG_LANG, else en.")
]
Command = Callable[[Client, Printer, Language], Awaitable[int]]


@dataclass
class Wiring:
    """Where the commands find the network: the variables of this process, unless told better."""

    resolve: Resolve = from_environment


wiring = Wiring()


@app.command()
def alerts(
    *,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with changes as they come.")
    ] = False,
    rule: Annotated[str | None, typer.Option(help="Of one rule only, such as cob.")] = None,
    only_open: Annotated[bool, typer.Option("--open", help="Without retracted ones.")] = False,
    statistics: Annotated[
        bool, typer.Option("--statistics", help="Also what asks nobody to look (S4).")
    ] = False,
    in_full: Annotated[bool, typer.Option("--full", help="Each with its evidence.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many of the newest.")] = 50,
    lang: Lang = None,
) -> None:
    """Show alerts, the newest first. An alert is an indication, never a verdict."""

    async def run(client: Client, printer: Printer, lang: Language) -> int:
        after = await show_alerts(
            client,
            printer,
            lang,
            rule=rule,
            only_open=only_open,
            statistics=statistics,
            in_full=in_full,
            limit=limit,
        )
        if follow:
            printer.line((say("following", lang), "dim"))
            await follow_alerts(
                client, printer, lang, after=after, rule=rule, statistics=statistics
            )
        return 0

    run_command(run, lang, interrupted=0)


@app.command()
def alert(alert_id: Annotated[str, typer.Argument(metavar="ALERT")], lang: Lang = None) -> None:
    """Show one alert: its evidence, its figures and limits, what it does not mean."""

    async def run(client: Client, printer: Printer, lang: Language) -> int:
        await show_alert(client, printer, lang, alert_id)
        return 0

    run_command(run, lang)


@app.command()
def trace(code: Annotated[str, typer.Argument(metavar="CODE")], lang: Lang = None) -> None:
    """Tell the life of a prescription, record by record, with every verdict."""

    async def run(client: Client, printer: Printer, lang: Language) -> int:
        try:
            canonical = str(parse(code))
        except MalformedCodeError as error:
            sys.stderr.write((error.message_vi if lang == "vi" else error.message_en) + "\n")
            return REFUSED
        await show_trace(client, printer, lang, canonical)
        return 0

    run_command(run, lang)


@app.command()
def submit(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files or folders.")],
    prescriber: Annotated[
        str | None, typer.Option(help="Who prescribes, when the files do not say it.")
    ] = None,
    licence: Annotated[str, typer.Option(help="The prescriber's licence number.")] = "",
    parallel: Annotated[int, typer.Option(min=1, max=64, help="Requests at a time.")] = 16,
    lang: Lang = None,
) -> None:
    """Submit prescriptions in the national API's JSON (QĐ 808/QĐ-BYT).

    Ends with 0 when all were accepted, 1 when some were refused or bad, 2 when some could not be
    sent or have no verdict yet. Submitting the same files again is harmless.
    """
    person = _prescriber(prescriber, licence)

    async def run(client: Client, printer: Printer, lang: Language) -> int:
        files, bad = find(paths)
        report = Report(printer, lang, sum(file.size for file in files))
        sender = Sender(client, person, parallel)
        try:
            with report.progress():
                for file in bad:
                    report.add(bad_file(file))
                async for result in sender.results(files):
                    report.add(result)
        finally:
            report.summary()
        return exit_code(report.counts)

    run_command(run, lang, connections_max=parallel)


def _prescriber(person_id: str | None, licence: str) -> Prescriber | None:
    if person_id is None:
        return None
    try:
        return Prescriber(person_id=person_id, licence=licence)
    except ValidationError:
        raise typer.BadParameter(
            "Give 1 to 50 characters to --prescriber, at most 50 to --licence."
        ) from None


def run_command(
    command: Command,
    lang: Language | None,
    *,
    connections_max: int = 20,
    interrupted: int = INTERRUPTED,
) -> None:
    """Run a command; what can be expected to go wrong is one sentence and an exit code."""
    spoken = language(lang, from_environment())
    try:
        variables = wiring.resolve()
        settings = read_settings(variables)
        code = asyncio.run(_with_client(command, settings, spoken, connections_max))
    except EXPECTED as error:
        sentence, code = explained(error, spoken)
        sys.stderr.write(sentence + "\n")
    except KeyboardInterrupt:
        code = interrupted
    raise typer.Exit(code)


def _with_client(
    command: Command, settings: Settings, lang: Language, connections_max: int
) -> Coroutine[Any, Any, int]:
    async def run() -> int:
        async with Client(settings, connections_max=connections_max) as client:
            return await command(client, Printer(), lang)

    return run()
