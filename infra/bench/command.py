"""`python -m infra.bench` and `rxlog bench`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console

from infra.bench.run import Plan, run
from infra.problem import Problem
from services.kernel import telemetry

INTERRUPTED = 130
WIDTH = 120
QUICK = Plan(records=10_000, prefix=2_000)


def register(app: typer.Typer) -> None:
    """Add the command to the `rxlog` application."""

    @app.command()
    def bench(
        quick: Annotated[bool, typer.Option("--quick", help="A shorter log.")] = False,
        records: Annotated[
            int | None, typer.Option(min=1000, max=1_000_000, help="Records in the log.")
        ] = None,
        seed: Annotated[int, typer.Option(help="Another seed, another log.")] = Plan.seed,
    ) -> None:
        """Measure the folders beside the limits and a plain Faust agent."""
        usual = QUICK if quick else Plan()
        plan = Plan(
            records=records or usual.records,
            prefix=min(usual.prefix, records or usual.prefix),
            rounds=usual.rounds,
            seed=seed,
        )
        raise typer.Exit(_measured(plan))


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
