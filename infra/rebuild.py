"""`rxlog rebuild`: fold the log anew beside the live registry and compare."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Annotated

import typer

from infra.local.environment import inherited
from infra.local.network import LocalNetwork
from infra.problem import Problem

WORKER = "registry-worker"


def running_network() -> LocalNetwork:
    """The network of this home; Problem when it is not up."""
    network = LocalNetwork(ephemeral=False)
    if not network.running:
        raise Problem("RxLog is not up: start it with `rxlog up`.")
    return network


def rebuild(
    swap: Annotated[
        bool, typer.Option("--swap", help="Put the rebuilt registry in the live one's place.")
    ] = False,
) -> None:
    """Rebuild the registry from offset 0 beside the live one and compare them byte for byte."""
    network = running_network()
    command = [sys.executable, "-m", "services.registry", "rebuild", *(["--swap"] * swap)]
    environment = inherited(os.environ) | network.env(WORKER) | {"RXLOG_LOG_LEVEL": "warning"}
    raise typer.Exit(subprocess.run(command, env=environment, check=False).returncode)
