"""Reading a topic whole."""

from __future__ import annotations

from typing import Any

from confluent_kafka import Consumer, TopicPartition

from infra.kafka.offsets import ends
from infra.local.network import LocalNetwork
from services.topology import Topic


def everything(network: LocalNetwork, topic: Topic) -> list[Any]:
    """Every record that is on a topic now, partition by partition."""
    until = ends(network.kafka_bootstrap, [topic.name])
    due = {partition: end for (_, partition), end in until.items() if end > 0}
    consumer = Consumer(
        {
            "bootstrap.servers": network.kafka_bootstrap,
            "group.id": "tests",
            "enable.auto.commit": False,
            "fetch.wait.max.ms": 50,
        }
    )
    found = []
    try:
        consumer.assign([TopicPartition(topic.name, partition, 0) for partition in due])
        while due:
            for message in consumer.consume(1000, timeout=0.05):
                assert message.error() is None, message.error()
                end = until[topic.name, message.partition()]
                if message.offset() < end:
                    found.append(message)
                if message.offset() >= end - 1:
                    due.pop(message.partition(), None)
    finally:
        consumer.close()
    return sorted(found, key=lambda message: (message.partition(), message.offset()))
