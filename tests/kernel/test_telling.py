"""Results go out while states are written; the commit waits for both."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from services.kernel.folding.telling import Telling
from services.kernel.log.event_log import AppendFailedError, Record


def result(name: str) -> Record:
    return Record("rx.outcomes", name.encode(), b"", [])


class Broker:
    """Takes results when it is let; refuses the one that it is told to."""

    def __init__(self, *, refuses: str = "") -> None:
        self.seen: list[str] = []
        self.open = asyncio.Event()
        self._refuses = refuses.encode()

    async def begin(self) -> None:
        self.seen.append("begun")

    async def publish(self, results: Sequence[Record]) -> None:
        await self.open.wait()
        for one in results:
            if one.key == self._refuses:
                raise AppendFailedError("refused", unknown=False)
            self.seen.append((one.key or b"").decode())


async def test_results_go_out_in_order_after_what_has_to_be_done_before() -> None:
    broker = Broker()
    telling = Telling(broker.publish, broker.begin)
    telling.tell([result("one"), result("two")])
    telling.tell([result("three")])
    broker.open.set()
    await telling.all_told()
    assert broker.seen == ["begun", "one", "two", "three"]
    await telling.end()


async def test_nothing_told_is_nothing_to_begin_or_to_wait_for() -> None:
    broker = Broker()
    telling = Telling(broker.publish, broker.begin)
    await telling.all_told()
    await telling.end()
    assert broker.seen == []


async def test_a_result_that_is_refused_is_raised_and_no_later_one_goes_out() -> None:
    broker = Broker(refuses="two")
    telling = Telling(broker.publish, None)
    for name in ("one", "two", "three"):
        telling.tell([result(name)])
    broker.open.set()
    with pytest.raises(AppendFailedError):
        await telling.all_told()
    await telling.end()
    assert broker.seen == ["one"]


async def test_when_states_cannot_be_written_nothing_more_is_sent() -> None:
    broker = Broker()
    telling = Telling(broker.publish, broker.begin)
    telling.tell([result("one")])
    telling.tell([result("two")])
    await asyncio.sleep(0)
    await telling.end()
    broker.open.set()
    await asyncio.sleep(0)
    assert broker.seen == ["begun"]
