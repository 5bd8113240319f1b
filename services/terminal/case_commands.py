"""The commands about cases and rules, mounted beside the others."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from services.kernel.clock import new_uuid
from services.terminal.cases import decide, show_case, show_cases, show_rules, show_work
from services.terminal.client import Client
from services.terminal.commands import Lang, app, run_command
from services.terminal.printing import Printer
from services.terminal.settings import Language

__all__ = ["app"]

Told = Annotated[
    list[str] | None, typer.Option("--told", help="Told of it, such as pharmacy:01P01.")
]
TakenBack = Annotated[
    list[str] | None, typer.Option("--taken-back", help="Told that it does not hold.")
]


@app.command()
def cases(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Every case, whatever the day's budget.")
    ] = False,
    status: Annotated[
        list[str] | None, typer.Option(help="Of this status, such as under_review.")
    ] = None,
    rule: Annotated[str | None, typer.Option(help="Of one rule, such as cob.")] = None,
    owing: Annotated[bool, typer.Option("--owing", help="Where somebody must be told.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 50,
    lang: Lang = None,
) -> None:
    """Show what to look at today; with a filter or --all, every case, the heaviest first."""

    async def run(client: Client, printer: Printer, lang: Language) -> int:
        if everything or status or rule or owing:
            await show_cases(
                client,
                printer,
                lang,
                statuses=status or (),
                rule=rule,
                owing=owing,
                limit=limit,
            )
        else:
            await show_work(client, printer, lang)
        return 0

    run_command(run, lang)


@app.command()
def case(
    number: Annotated[int, typer.Argument(metavar="N", min=1)],
    *,
    step: Annotated[str | None, typer.Option(help="What you decide, such as under-review.")] = None,
    reason: Annotated[str, typer.Option(help="The code of the reason.")] = "",
    seen: Annotated[int | None, typer.Option(help="The version you looked at.")] = None,
    told: Told = None,
    taken_back: TakenBack = None,
    reference: Annotated[str, typer.Option(help="Number of your own file.")] = "",
    although_provisional: Annotated[
        bool, typer.Option("--although-provisional", help="It cannot wait.")
    ] = False,
    lang: Lang = None,
) -> None:
    """Show a case with all its evidence and what may be decided; or decide, with --step."""
    decision = _decision(step, reason, seen, told or [], taken_back or [])
    decision |= {"reference": reference, "although_provisional": although_provisional}
    key = str(new_uuid())

    async def run(client: Client, printer: Printer, lang: Language) -> int:
        if step is None:
            await show_case(client, printer, lang, number)
        else:
            await decide(client, printer, lang, number, decision=decision, key=key)
        return 0

    run_command(run, lang)


@app.command()
def rules(lang: Lang = None) -> None:
    """Show how often each rule fired, and how often people found it right."""

    async def run(client: Client, printer: Printer, lang: Language) -> int:
        await show_rules(client, printer, lang)
        return 0

    run_command(run, lang)


def _decision(
    step: str | None, reason: str, seen: int | None, told: list[str], taken_back: list[str]
) -> dict[str, Any]:
    if step is None:
        if reason or seen is not None or told or taken_back:
            raise typer.BadParameter("Say with --step what you decide.")
        return {}
    if seen is None or not reason:
        raise typer.BadParameter(
            "Give the version you looked at with --seen, and a reason with --reason."
        )
    return {
        "step": step.upper().replace("-", "_"),
        "reason": reason,
        "version": seen,
        "informed": [
            *(_informed(text, "SUSPICION") for text in told),
            *(_informed(text, "WITHDRAWAL") for text in taken_back),
        ],
    }


def _informed(text: str, message: str) -> dict[str, str]:
    party, colon, ref = text.partition(":")
    if not colon or not party or not ref:
        raise typer.BadParameter(f"Write {text} as party:code, such as pharmacy:01P01.")
    return {"party": party.upper(), "ref": ref, "message": message}
