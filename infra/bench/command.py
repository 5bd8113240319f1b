"""`python -m infra.bench` and `rxlog bench`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from infra.bench import page
from infra.bench.run import QUICK, Plan, run
from infra.problem import Problem
from services.kernel import telemetry

INTERRUPTED = 130
WIDTH = 150


def register(app: typer.Typer) -> None:
    """Add the command to the `rxlog` application."""

    @app.command()
    def bench(
        *,
        quick: Annotated[
            bool, typer.Option("--quick", help="A shorter log, fewer rates: under two minutes.")
        ] = False,
        latency: Annotated[
            bool, typer.Option("--latency", help="Only how long verdicts take.")
        ] = False,
        folds: Annotated[bool, typer.Option("--folds", help="Only the folds.")] = False,
        records: Annotated[
            int | None, typer.Option(min=1000, max=1_000_000, help="Records in the log.")
        ] = None,
        seed: Annotated[int, typer.Option(help="Another seed, another log.")] = Plan.seed,
        grown_to: Annotated[
            int | None,
            typer.Option(
                "--grown-to",
                min=0,
                max=10_000_000,
                help="Also fold into registries of 100,000 by tens to so many prescriptions.",
            ),
        ] = None,
        publish: Annotated[
            Path | None,
            typer.Option(help="Measure nothing: write PERFORMANCE.md from this kept run.json."),
        ] = None,
    ) -> None:
        """Measure the folders beside the limits and the peers, and how long verdicts take."""
        if publish is not None:
            raise typer.Exit(_published(publish))
        plan = planned(
            quick=quick,
            latency=latency,
            folds=folds,
            records=records,
            grown_to=grown_to,
            seed=seed,
        )
        raise typer.Exit(_measured(plan))


def planned(
    *,
    quick: bool = False,
    latency: bool = False,
    folds: bool = False,
    records: int | None = None,
    grown_to: int | None = None,
    seed: int = Plan.seed,
) -> Plan:
    """The run that is asked for; with neither part named, both."""
    plan = replace(QUICK if quick else Plan(), seed=seed)
    options = ["--quick"] if quick else []
    if latency and not folds:
        plan, options = replace(plan, folds=False), [*options, "--latency"]
    if folds and not latency:
        plan, options = replace(plan, climb=None), [*options, "--folds"]
    if records is not None:
        plan = replace(plan, records=records, prefix=min(plan.prefix, records))
        options.append(f"--records {records}")
    if grown_to is not None:
        plan = replace(plan, grown_to=grown_to)
        options.append(f"--grown-to {grown_to}")
    if seed != Plan.seed:
        options.append(f"--seed {seed}")
    return replace(plan, options=" ".join(options))


def _published(kept: Path) -> int:
    try:
        written = page.publish(kept)
    except (OSError, msgspec.DecodeError) as error:
        sys.stderr.write(f"{kept} is no run that was kept: {error}\n")
        return 2
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    sys.stdout.write(f"{written} is written from {kept}\n")
    return 0


def _measured(plan: Plan) -> int:
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = WIDTH
    telemetry.configure("bench", "warning")
    try:
        return run(plan, console)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; nothing is left running.\n")
        return INTERRUPTED
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return 2


def main() -> None:
    """Run the bench alone."""
    app = typer.Typer(add_completion=False)
    register(app)
    app()
