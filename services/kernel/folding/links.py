"""Notices a broker that came back: it may have lost the end of its log.

As long as a partition is fetched over one and the same connection, the broker is the same process
and has lost nothing. A client that follows the end of the log would else go on behind a gap that
was written again meanwhile and never see that the end is not what it was. The connections are
private to aiokafka: its version is pinned by Faust's, and `tests/kernel/test_worker.py` holds this.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aiokafka.client import ConnectionGroup


class Links:
    """The connections that partitions were fetched over when they were placed."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}

    def keep(self, partitions: Iterable[Any]) -> None:
        """Forget those of partitions that belong to another worker now: nobody notes them anew."""
        mine = set(partitions)
        self._known = {one: link for one, link in self._known.items() if one in mine}

    def remember(self, consumer: Any, partitions: Iterable[Any]) -> None:
        """Note the present connection of each partition, before anything is fetched from there."""
        self._known.update({partition: _link(consumer, partition) for partition in partitions})

    def are_new(self, consumer: Any) -> bool:
        """Whether what was fetched may have come over another connection than the one noted."""
        return any(
            _link(consumer, partition) not in (None, noted)
            for partition, noted in self._known.items()
        )


def _link(consumer: Any, partition: Any) -> Any:
    """The connection to the partition's leader; None while there is none."""
    client = consumer._client
    leader = client.cluster.leader_for_partition(partition)
    return client._conns.get((leader, ConnectionGroup.DEFAULT))
