"""Topics of one round: made fresh, counted, removed; and who reads them."""

from __future__ import annotations

import time
from collections.abc import Sequence

from confluent_kafka import ConsumerGroupState

from infra.kafka import topics
from infra.problem import Problem
from services.kernel.folding.log_reader import LogReader
from services.topology import Topic

GONE_S, STABLE_S, POLL_S = 30.0, 60.0, 0.05


def make(bootstrap: str, wanted: Sequence[Topic]) -> None:
    """Create topics that are not there yet."""
    topics.ensure(bootstrap, wanted, 1)


def remove(bootstrap: str, names: Sequence[str]) -> None:
    """Delete topics and wait until the broker forgot them. Raises Problem when it does not."""
    admin = topics.client(bootstrap)
    present = sorted(set(names) & set(admin.list_topics(timeout=GONE_S).topics))
    if not present:
        return
    for deleted in admin.delete_topics(present, operation_timeout=GONE_S).values():
        deleted.result(GONE_S)
    deadline = time.monotonic() + GONE_S
    while set(present) & set(admin.list_topics(timeout=GONE_S).topics):
        if time.monotonic() > deadline:
            raise Problem(f"The broker kept {', '.join(present)}; start the bench again.")
        time.sleep(POLL_S)


def of_run(bootstrap: str, run: str) -> list[str]:
    """The topics that a run made for itself: its name is part of theirs."""
    found = topics.client(bootstrap).list_topics(timeout=GONE_S).topics
    return sorted(name for name in found if run in name)


def renew(bootstrap: str, wanted: Sequence[Topic]) -> None:
    """Put empty topics in the place of what is there."""
    remove(bootstrap, [topic.name for topic in wanted])
    make(bootstrap, wanted)


def count(bootstrap: str, topic: str) -> int:
    """How many records were ever appended to a topic."""
    reader = LogReader(bootstrap, topic)
    try:
        return sum(reader.ends().values())
    finally:
        reader.close()


def await_members(bootstrap: str, group: str, wanted: int) -> None:
    """Wait until a consumer group has so many members, no former one among them, and shares its
    partitions out no more. Raises Problem when it does not come to that."""
    admin, deadline = topics.client(bootstrap), time.monotonic() + STABLE_S
    while True:
        [described] = admin.describe_consumer_groups([group]).values()
        found = described.result(STABLE_S)
        if found.state == ConsumerGroupState.STABLE and len(found.members) == wanted:
            return
        if time.monotonic() > deadline:
            raise Problem(
                f"The group {group} has {len(found.members)} members instead of {wanted} and is "
                f"{found.state.name.lower()}; start the bench again."
            )
        time.sleep(POLL_S)
