"""`rxlog rebuild`: fold the log anew beside a live room, compare, swap."""

from __future__ import annotations

import os
import subprocess
import sys
from enum import StrEnum
from typing import Annotated

import typer

from infra.local.environment import inherited
from infra.local.network import LocalNetwork
from infra.problem import Problem


class Room(StrEnum):
    """A room whose tables come from a topic."""

    REGISTRY = "registry"
    SURVEILLANCE = "surveillance"
    OVERSIGHT = "oversight"


def running_network() -> LocalNetwork:
    """The network of this home; Problem when it is not up."""
    network = LocalNetwork(ephemeral=False)
    if not network.running:
        raise Problem("RxLog is not up: start it with `rxlog up`.")
    return network


def rebuild(
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", help="Only compare (the default); with --swap: swap only when the same."
        ),
    ] = False,
    swap: Annotated[
        bool, typer.Option("--swap", help="Compare, then put the rebuilt one in the live place.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin at offset 0, whatever an interrupted one left.")
    ] = False,
    room: Annotated[Room, typer.Option(help="What to rebuild.")] = Room.REGISTRY,
) -> None:
    """Fold the log anew beside the live registry and compare the two byte for byte.

    Exit code 0: the same, or swapped. 1: they differ, and the first differing rows were named.
    2: it could not be done. The live one goes on meanwhile; an interrupted rebuild is gone on with.
    """
    network = running_network()
    wished = {"--verify": verify, "--swap": swap, "--fresh": fresh}
    options = [option for option, is_wished in wished.items() if is_wished]
    command = [sys.executable, "-m", f"services.{room}", "rebuild", *options]
    environment = (
        inherited(os.environ) | network.env(f"{room}-worker") | {"RXLOG_LOG_LEVEL": "warning"}
    )
    raise typer.Exit(subprocess.run(command, env=environment, check=False).returncode)
