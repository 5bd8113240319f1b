"""Stopped partitions: told once, shown in the ready file, forgotten when they go on."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import structlog
from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.cluster import ClusterMetadata

from infra.health import file_reason
from services.kernel.folding.links import Links
from services.kernel.folding.stopped import PARTITION_STOPPED, Stopped


@pytest.fixture
def ready_file(tmp_path: Path) -> Path:
    return tmp_path / "worker"


def metric(partition: int) -> float:
    return PARTITION_STOPPED.labels("a-topic", partition)._value.get()


def test_a_worker_is_ready_once_it_shows_that_nothing_is_stopped(ready_file: Path) -> None:
    stopped = Stopped("a-topic", ready_file)
    assert file_reason(ready_file) == "it has not taken its partitions yet"
    stopped.show()
    assert file_reason(ready_file) is None
    stopped.hide()
    assert file_reason(ready_file, partly=True) == "it has not taken its partitions yet"


def test_a_stopped_partition_is_named_in_the_file_the_metric_and_once_in_the_log(
    ready_file: Path,
) -> None:
    stopped = Stopped("a-topic", ready_file)
    with structlog.testing.capture_logs() as lines:
        for _ in range(3):
            stopped.stop(7, "a-topic/7 ends early")
        stopped.stop(2, "a-topic/2 differs")
    assert file_reason(ready_file) == "a-topic/2 differs\na-topic/7 ends early"
    assert file_reason(ready_file, partly=True) is None, "it works on the others"
    assert [line["partition"] for line in lines if line["log_level"] == "error"] == [7, 2]
    assert (metric(2), metric(7)) == (1, 1)
    stopped.release({2, 5})
    assert file_reason(ready_file) == "a-topic/7 ends early"
    stopped.keep([2])
    assert file_reason(ready_file) is None
    assert (metric(2), metric(7)) == (0, 0)


def consumer(leader: int | None, connections: dict[object, object]) -> SimpleNamespace:
    cluster = SimpleNamespace(leader_for_partition=lambda _partition: leader)
    return SimpleNamespace(_client=SimpleNamespace(cluster=cluster, _conns=connections))


def test_another_connection_is_noticed_and_a_missing_one_is_waited_for() -> None:
    links, before, after = Links(), object(), object()
    place = (1, ConnectionGroup.DEFAULT)
    links.remember(consumer(1, {place: before}), ["p"])
    assert not links.are_new(consumer(1, {place: before}))
    assert not links.are_new(consumer(1, {})), "the broker is away: nothing comes from there"
    assert links.are_new(consumer(1, {place: after}))
    assert links.are_new(consumer(2, {place: before, (2, ConnectionGroup.DEFAULT): after}))


def test_the_client_has_what_the_links_read() -> None:
    assert callable(AIOKafkaClient._get_conn)
    assert "_conns" in AIOKafkaClient.__init__.__code__.co_names
    assert callable(ClusterMetadata.leader_for_partition)
