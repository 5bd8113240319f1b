"""A producer that has come to nothing is replaced by one that works; nobody waits for ever."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from confluent_kafka import Producer

from infra.local.network import LocalNetwork
from services.kernel.log import event_log
from services.kernel.log.event_log import AppendFailedError, EventLog, Record

pytestmark = pytest.mark.network

DELIVERY_TIMEOUT_MS = 1_000
ATTEMPTS_MAX = 20


class ReachesNobody(Producer):
    """Looks for its broker where there is none, however often it tries."""

    def __init__(self, config: dict[str, Any], **more: Any) -> None:
        super().__init__(config | {"bootstrap.servers": "127.0.0.1:1"}, **more)


class ReportsNothing(Producer):
    """Takes records and never says what became of them."""

    def produce(self, *args: Any, **more: Any) -> None:
        pass


@pytest.fixture
def begins_with(
    network: LocalNetwork, monkeypatch: pytest.MonkeyPatch
) -> Callable[[type[Producer]], Any]:
    """An event log whose first client is of this kind, and the next ones as they should be."""

    @asynccontextmanager
    async def opened(kind: type[Producer]) -> AsyncIterator[EventLog]:
        kinds = [kind]

        def made(config: dict[str, Any], **more: Any) -> Producer:
            return (kinds.pop() if kinds else Producer)(config, **more)

        monkeypatch.setattr(event_log, "Producer", made)
        monkeypatch.setattr(event_log, "RENEW_AFTER_S", 0.5)
        monkeypatch.setattr(event_log, "SILENCE_S", 0.5)
        log = EventLog(
            network.kafka_bootstrap, "test", delivery_timeout_ms=DELIVERY_TIMEOUT_MS, linger_ms=0
        )
        try:
            yield log
        finally:
            log.close()

    return opened


@pytest.mark.parametrize("kind", [ReachesNobody, ReportsNothing])
@pytest.mark.parametrize("is_list", [False, True])
async def test_a_client_that_came_to_nothing_is_replaced(
    begins_with: Callable[[type[Producer]], Any], topic: str, kind: type[Producer], is_list: bool
) -> None:
    """Given a client that delivers nothing, when its caller repeats the append, then each attempt
    ends with an unknown fate, until a new client delivers."""
    record, failures = Record(topic, b"test", b"", []), []
    async with begins_with(kind) as log:
        while len(failures) < ATTEMPTS_MAX:
            try:
                await (log.append_all([record]) if is_list else log.append(record))
                break
            except AppendFailedError as error:
                failures.append(error)
    assert 0 < len(failures) < ATTEMPTS_MAX
    assert all(failure.unknown for failure in failures)
