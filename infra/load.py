"""`rxlog load` on the network of this home, and the samples that a new network begins with."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping

import structlog
import typer

from infra.problem import Problem
from services.directories import commands
from services.directories.appending import OutOfReachError
from services.directories.samples import load_samples
from services.directories.settings import ROOM
from services.kernel import telemetry
from services.kernel.log.event_log import AppendFailedError

BOOTSTRAP = "RXLOG_KAFKA_BOOTSTRAP"
READER = "prescribing"


def register(app: typer.Typer) -> None:
    """Add the commands to the `rxlog` application."""
    commands.wiring.resolve = _variables
    app.add_typer(commands.app, name="load")


def _variables() -> Mapping[str, str]:
    """The log of RXLOG_KAFKA_BOOTSTRAP when that is set, else that of the running network."""
    from infra.rebuild import running_network  # noqa: PLC0415 - a network begins with this module

    telemetry.configure(ROOM, "warning")
    return os.environ if os.environ.get(BOOTSTRAP) else running_network().env(READER)


async def samples(bootstrap: str) -> str:
    """Load the shipped samples into topics that hold nothing else; what was appended, in words."""
    if not structlog.is_configured():  # this process tells people, not a log
        warning = structlog.make_filtering_bound_logger(logging.WARNING)
        structlog.configure(wrapper_class=warning)
    try:
        appended = await load_samples(bootstrap)
    except (OutOfReachError, AppendFailedError) as error:
        raise Problem(
            f"The sample registers could not be loaded ({error}): look at Kafka's log and start "
            "again; what was loaded stays."
        ) from error
    new = ", ".join(f"{count} {name}" for name, count in appended.items() if count)
    return new or "as they were"
