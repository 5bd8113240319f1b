"""What a power loss leaves of a lone broker's log: whole batches missing at the end."""

from __future__ import annotations

import os

from infra.backup.batches import read_batches
from infra.local.network import LocalNetwork
from infra.processes import KAFKA
from services.topology import Topic


def lose_power(
    network: LocalNetwork, topic: Topic, partition: int, batches: int = 1, offset: int | None = None
) -> int:
    """The broker ends, and the last batches of a partition were not on disk yet (of a record and
    what follows it, when its offset is given); the first offset that is lost."""
    network.stop_process(KAFKA)
    data = network.home.kafka_data
    for said_so in (".kafka_cleanshutdown", "recovery-point-offset-checkpoint"):
        (data / said_so).unlink(missing_ok=True)
    segment = max((data / f"{topic.name}-{partition}").glob("*.log"))
    with segment.open("rb") as file:
        written = list(read_batches(file))
    if offset is not None:
        batches = len(written) - max(n for n, batch in enumerate(written) if batch.base <= offset)
    assert len(written) > batches
    os.truncate(segment, sum(len(batch.data) for batch in written[:-batches]))
    return written[-batches].base


def come_back(network: LocalNetwork) -> None:
    """The broker starts again."""
    network.start_process(KAFKA)
    network.wait_ready(KAFKA)
