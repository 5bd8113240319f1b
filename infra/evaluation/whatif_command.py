"""`rxlog whatif`: the history of the running network, or a generated one, judged twice.

It reads the topic of facts without joining a group and writes nothing anywhere. The live parameters
are those of RXLOG_PARAMETERS_FILE, as for the worker; without it, the shipped ones.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from infra.evaluation.country.generator import Country
from infra.evaluation.whatif import WhatIf, proposal
from infra.local.environment import PARAMETERS_FILE
from infra.problem import Problem
from infra.rebuild import running_network
from services.contracts.facts import Fact, FactRecorded, FactWithdrawn
from services.kernel.log.codec import Codec, UnreadableError
from services.kernel.log.language import published_language
from services.kernel.log.log_record import LogRecord
from services.surveillance.parameters import Parameters, ParametersError
from services.surveillance.replay import Replay, SilentLogError
from services.topology import FACTS

Rules = Annotated[
    Path,
    typer.Argument(help="Entries as in parameters.yaml; rules it leaves out stay as they are."),
]
Since = Annotated[
    datetime, typer.Option(formats=["%Y-%m-%d"], help="Alerts with a hit on this day or later.")
]
Generated = Annotated[
    int, typer.Option(min=0, help="Judge a generated country of so many patients instead.")
]


def whatif(
    rules: Rules,
    since: Since = datetime(2000, 1, 1),  # noqa: DTZ001 - typer gives days without a time zone
    generated: Generated = 0,
) -> None:
    """Show which alerts about patients other parameters would add and remove; touches nothing.

    Rules that look at a month of prescribers, pharmacies or all patients are refused by name.
    """
    configured = os.environ.get(PARAMETERS_FILE)
    try:
        live = Parameters.load(Path(configured) if configured else None)
        compared = WhatIf(live, proposal(rules, live), since.replace(tzinfo=UTC))
    except (ParametersError, OSError) as error:
        raise Problem(str(error)) from error
    print(f"Live: {configured or 'the shipped parameters'}.")
    if generated:
        for patient in Country.of(1, generated, copies=1).everybody():
            compared.judge(patient.facts)
    else:
        for partition in _partitions(running_network().kafka_bootstrap):
            compared.judge(partition)
    for line in compared.told():
        print(line)


def _partitions(bootstrap: str) -> Iterator[Iterator[Fact]]:
    """The facts of one partition after the other; all of a patient are in one."""
    codec = published_language()
    with Replay(bootstrap, FACTS.name) as replay:
        for partition, end in replay.ends().items():
            yield _facts(replay.records(partition, end), codec)


def _facts(records: Iterable[LogRecord], codec: Codec) -> Iterator[Fact]:
    try:
        for record in records:
            try:
                event = codec.decode(record.value)
            except UnreadableError:
                continue  # surveillance has set it aside as well
            if isinstance(event, FactRecorded | FactWithdrawn):
                yield event
    except SilentLogError as error:
        raise Problem(str(error)) from error
