"""Topics of one round: made fresh, counted, removed; and who reads them."""

from __future__ import annotations

import time
from collections.abc import Sequence

from confluent_kafka import ConsumerGroupState, KafkaException
from confluent_kafka.admin import AdminClient

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
    while (found := _members(admin, group)) != wanted:
        if time.monotonic() > deadline:
            told = "no settled" if found is None else f"{found}"
            raise Problem(
                f"The group {group} has {told} members instead of {wanted}: start the bench again."
            )
        time.sleep(POLL_S)


def _members(admin: AdminClient, group: str) -> int | None:
    """How many members a group has; None while it shares its partitions out, or is not there."""
    [described] = admin.describe_consumer_groups([group]).values()
    try:
        found = described.result(STABLE_S)
    except KafkaException:  # nobody has joined it yet
        return None
    return len(found.members) if found.state == ConsumerGroupState.STABLE else None
