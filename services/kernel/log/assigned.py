"""Consumers that are told which partitions to read: they join no group and commit nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SILENCE_MAX_MS = 10_000
FETCH_BYTES_MAX = 512 * 1024
"""A broker silent for so long is called anew; as much as a slow line brings until then. The
client's own minute would be a minute of silence whenever a firewall forgets a connection."""


def assigned(
    bootstrap: str,
    name: str,
    more: Mapping[str, Any],
    *,
    silence_max_ms: int = SILENCE_MAX_MS,
    fetch_bytes_max: int = FETCH_BYTES_MAX,
) -> dict[str, Any]:
    """Settings of a confluent_kafka consumer, `more` among them."""
    return {
        "bootstrap.servers": bootstrap,
        "client.id": name,
        "group.id": name,  # required by the client, never joined
        "enable.auto.commit": False,
        "socket.timeout.ms": silence_max_ms,
        "message.max.bytes": fetch_bytes_max,  # the next one may not be less
        "fetch.max.bytes": fetch_bytes_max,
        "fetch.message.max.bytes": fetch_bytes_max,
        "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": 1000,
        **more,
    }
