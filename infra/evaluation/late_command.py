"""`rxlog late`: what facts that came too late would have meant, and how to tell it after all."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Annotated

import typer

from infra.local.environment import inherited
from infra.rebuild import running_network
from services.terminal.commands import Lang
from services.terminal.settings import language


def late(
    *,
    publish: Annotated[
        bool, typer.Option("--publish", help="Publish the changes, mark the facts as taken.")
    ] = False,
    lang: Lang = None,
) -> None:
    """Judge whole lives with the facts that came too late; touches nothing without --publish.

    Exit code 0: told, or published. 1: some patients could not be judged, or another re-run is
    publishing.
    """
    options = ["--publish"] * publish
    options += ["--vi"] * (language(lang, os.environ) == "vi")
    environment = (
        inherited(os.environ)
        | running_network().env("surveillance-worker")
        | {"RXLOG_LOG_LEVEL": "warning"}
    )
    command = [sys.executable, "-m", "services.surveillance", "late", *options]
    raise typer.Exit(subprocess.run(command, env=environment, check=False).returncode)
