"""The `rxlog` command."""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - before the imports below meet syntax they do not know
    sys.exit(
        "RxLog needs Python 3.11 or newer and this is "
        + ".".join(str(part) for part in sys.version_info[:2])
        + ": run it with a newer one (make setup PYTHON=python3.11)."
    )

import typer

from infra import demo, load, rebuild
from infra.backup import commands as backups
from infra.backup import redrive
from infra.bench import command as bench
from infra.local import commands
from infra.problem import Problem
from services.terminal import commands as terminal

app = typer.Typer(
    name="rxlog",
    help="RxLog on this machine: a national e-prescription network where the log decides.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(commands.up)
app.command()(commands.down)
app.command()(commands.status)
app.command("logs")(commands.show_logs)
demo.register(app)
app.command()(rebuild.rebuild)
load.register(app)
app.command()(backups.backup)
app.command()(backups.restore)
app.command()(redrive.redrive)
app.add_typer(terminal.app)
bench.register(app)
terminal.wiring.resolve = lambda: rebuild.running_network().env("oversight-api")


def main() -> None:
    """Run the command; a problem is its sentence on standard error and exit code 1."""
    try:
        app()
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
