"""Makes the topics of services/topology.py on a Kafka cluster, and waits for the cluster."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Protocol

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    OffsetSpec,
)

from infra.problem import Problem

ANSWER_S = 30.0


class Topic(Protocol):
    """What is needed of a topic; services.topology.Topic is one."""

    @property
    def name(self) -> str: ...
    @property
    def partitions(self) -> int: ...
    @property
    def config(self) -> dict[str, str]: ...


def silent() -> logging.Logger:
    """For clients whose lost connections are nobody's news."""
    found = logging.getLogger("rxlog.kafka-client")
    found.addHandler(logging.NullHandler())
    found.propagate = False
    return found


def client(bootstrap: str) -> AdminClient:
    """An admin client that keeps its connection troubles to itself."""
    return AdminClient(
        {
            "bootstrap.servers": bootstrap,
            "reconnect.backoff.ms": 20,
            "reconnect.backoff.max.ms": 200,
        },
        logger=silent(),
    )


def cluster_id(bootstrap: str, timeout_s: float) -> str | None:
    """The id of the cluster that answers at `bootstrap`; None when none answers in time."""
    admin = client(bootstrap)  # kept: a call ends when its client is collected
    try:
        described = admin.describe_cluster(request_timeout=timeout_s).result(timeout_s)
    except (KafkaException, TimeoutError):
        return None
    return str(described.cluster_id) if described.nodes else None


def partitions_not_served(bootstrap: str, timeout_s: float) -> int | None:
    """How many partitions nobody reads or writes yet; None when the cluster does not answer.

    A broker that comes back answers questions about the cluster before it leads its partitions.
    """
    admin = client(bootstrap)
    try:
        topics = admin.list_topics(timeout=timeout_s).topics
        asked = (
            admin.list_offsets(
                {
                    TopicPartition(name, partition): OffsetSpec.latest()
                    for name, topic in topics.items()
                    for partition in topic.partitions
                },
                request_timeout=timeout_s,
            )
            if topics
            else {}
        )
        return sum(answer.exception(timeout_s) is not None for answer in asked.values())
    except (KafkaException, TimeoutError):
        return None


def ensure(bootstrap: str, topics: Iterable[Topic], replication_factor: int) -> list[str]:
    """Create what is missing and set what differs; return the names created.

    With three copies or more, a write is acknowledged by all but one of them
    (min.insync.replicas), so one broker may die without a loss or a stop.
    Raises Problem when an existing topic has another number of partitions: keys would move.
    """
    admin = client(bootstrap)
    wanted = list(topics)
    existing = admin.list_topics(timeout=ANSWER_S).topics
    missing = [topic for topic in wanted if topic.name not in existing]
    for topic in wanted:
        if topic in missing:
            continue
        found = len(existing[topic.name].partitions)
        if found != topic.partitions:
            raise Problem(
                f"Topic {topic.name} has {found} partitions and services/topology.py says "
                f"{topic.partitions}: keys would change their partition, so start a new network "
                "(another RXLOG_HOME) or set topology.py back."
            )
    created = (
        admin.create_topics(
            [
                NewTopic(
                    topic.name,
                    num_partitions=topic.partitions,
                    replication_factor=replication_factor,
                    config=_config(topic, replication_factor),
                )
                for topic in missing
            ],
            operation_timeout=ANSWER_S,
        )
        if missing
        else {}
    )
    for name, done in created.items():
        _await(done, f"Topic {name} could not be created")
    _set_config(admin, [topic for topic in wanted if topic not in missing], replication_factor)
    return [topic.name for topic in missing]


def _config(topic: Topic, replication_factor: int) -> dict[str, str]:
    return {"min.insync.replicas": str(max(1, replication_factor - 1)), **topic.config}


def _set_config(admin: AdminClient, topics: list[Topic], replication_factor: int) -> None:
    if not topics:
        return
    changes = [
        ConfigResource(
            ConfigResource.Type.TOPIC,
            topic.name,
            incremental_configs=[
                ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
                for key, value in _config(topic, replication_factor).items()
            ],
        )
        for topic in topics
    ]
    for resource, done in admin.incremental_alter_configs(changes).items():
        _await(done, f"The settings of topic {resource.name} could not be set")


def _await(done: object, what: str) -> None:
    try:
        done.result(ANSWER_S)  # type: ignore[attr-defined]
    except KafkaException as error:
        raise Problem(f"{what}: {error.args[0].str()}.") from error
