"""A broker that came back is noticed by its connections."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from aiokafka.client import ConnectionGroup

from services.kernel.folding.links import Links

BROKER = 1


def consumer(connection: object | None) -> Any:
    """What is read of a consumer whose partitions are all led by one broker."""
    cluster = SimpleNamespace(leader_for_partition=lambda _partition: BROKER)
    connections = {} if connection is None else {(BROKER, ConnectionGroup.DEFAULT): connection}
    return SimpleNamespace(_client=SimpleNamespace(cluster=cluster, _conns=connections))


def test_the_same_connection_is_the_same_broker() -> None:
    links, here = Links(), consumer(object())
    links.remember(here, ["p0", "p1"])
    assert not links.are_new(here)
    assert not links.are_new(consumer(None)), "nothing was fetched over no connection"


def test_another_connection_may_lead_to_another_log() -> None:
    links, back = Links(), consumer(object())
    links.remember(consumer(object()), ["p0", "p1"])
    assert links.are_new(back)
    links.remember(back, ["p0", "p1"])
    assert not links.are_new(back)


def test_the_connections_of_partitions_that_went_to_another_worker_are_forgotten() -> None:
    """A worker that compared them for ever would take its own over again and again."""
    links, back = Links(), consumer(object())
    links.remember(consumer(object()), ["p0", "p1"])
    links.keep(["p0"])
    links.remember(back, ["p0"])
    assert not links.are_new(back)
