"""What is applied is deleted from the log but for the last record, because Postgres has it now.

Breaks: the log is kept for ever, so that everything can be rebuilt from it.
Caught by: the log is whole.
Scenario: a day at the counters.
"""

from __future__ import annotations

import asyncio
import os

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from services.kernel.folding.mechanism import Folding
from tests.faults.planted.patching import swap


def plant() -> None:
    apply = Folding.apply
    admin = AdminClient({"bootstrap.servers": os.environ["RXLOG_KAFKA_BOOTSTRAP"]})

    async def tidying(self, fetch):  # type: ignore[no-untyped-def]
        applied = await apply(self, fetch)
        ends = [
            TopicPartition(self.folder.topic, partition, offset - 1)
            for partition, offset in applied.next_offsets.items()
        ]
        if ends:
            for deleted in admin.delete_records(ends).values():
                await asyncio.to_thread(deleted.result)
        return applied

    swap(Folding, "apply", tidying)
