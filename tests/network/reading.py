"""Reading a topic whole."""

from __future__ import annotations

from typing import Any

from confluent_kafka import Consumer, TopicPartition

from infra.local.network import LocalNetwork
from services.topology import Topic


def everything(network: LocalNetwork, topic: Topic) -> list[Any]:
    """Every record of a topic, partition by partition."""
    consumer = Consumer(
        {
            "bootstrap.servers": network.kafka_bootstrap,
            "group.id": "tests",
            "enable.auto.commit": False,
        }
    )
    found = []
    try:
        for partition in range(topic.partitions):
            place = TopicPartition(topic.name, partition, 0)
            end = consumer.get_watermark_offsets(place, timeout=10)[1]
            consumer.assign([place])
            count = 0
            while count < end:
                messages = consumer.consume(min(1000, end - count), timeout=5)
                count += len(messages)
                found += messages
    finally:
        consumer.close()
    return found
