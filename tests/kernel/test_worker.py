"""What the worker's override relies on in Faust; a new version of Faust must pass these first."""

from __future__ import annotations

import asyncio
import inspect
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

from aiokafka.errors import IllegalStateError
from faust.transport import consumer as faust_consumer
from faust.transport.drivers import aiokafka as driver

from services.kernel.clock import monotonic
from services.kernel.folding.fetching import WholeFetchConsumer, _while
from services.kernel.folding.worker import FoldingApp


def test_the_pinned_version_is_the_one_that_was_read() -> None:
    assert version("faust-streaming") == "0.15.3"


def test_the_fetcher_hands_control_to_the_overridden_method() -> None:
    assert "consumer._drain_messages(self)" in inspect.getsource(faust_consumer.Fetcher)
    parameters = inspect.signature(faust_consumer.Consumer._drain_messages).parameters
    assert list(parameters) == ["self", "fetcher"]
    assert WholeFetchConsumer._drain_messages is not driver.Consumer._drain_messages


def test_a_fetch_comes_as_records_by_partition() -> None:
    method = faust_consumer.Consumer._wait_next_records
    assert list(inspect.signature(method).parameters) == ["self", "timeout"]
    assert "return records, active_partitions" in inspect.getsource(method)


def test_the_consumer_has_what_the_override_calls() -> None:
    for name in (
        *("assignment", "seek", "pause_partitions", "resume_partitions"),
        *("_new_topicpartition", "sleep"),
    ):
        assert callable(getattr(WholeFetchConsumer, name)), name
    thread = driver.AIOKafkaConsumerThread
    for name in ("highwaters", "call_thread", "_ensure_consumer"):
        assert callable(getattr(thread, name)), name


async def test_a_partition_that_a_rebalance_took_away_is_let_go() -> None:
    """Given partitions just taken, when a rebalance gives one away before its place is set, then
    the worker goes on and soon looks at what is its own."""

    async def seek(_tp: object, _offset: int) -> None:
        raise IllegalStateError("No current assignment for partition")

    app = _app()
    app.followed = {3: 7, 4: 9}
    consumer = SimpleNamespace(seek=seek)
    await WholeFetchConsumer._read_from(consumer, app, SimpleNamespace(partition=3), 6)  # type: ignore[arg-type]
    assert app.followed == {4: 9}
    assert app.take_again_at < monotonic() + 1


async def test_partitions_that_went_to_others_meanwhile_are_not_taken_late() -> None:
    """Given a taking that waits for Postgres, when a rebalance gives the partitions to others, then
    it is given up: taken late, they would be taken from their next owner."""
    begun, ended = asyncio.Event(), asyncio.Event()

    async def take() -> dict[int, int]:
        begun.set()
        try:
            return await asyncio.Future()
        finally:
            ended.set()

    assert await _while(lambda: not begun.is_set(), take()) is None
    assert ended.is_set()


async def _never() -> None:
    raise AssertionError("not started in this test")


def _app() -> FoldingApp:
    return FoldingApp(
        "test",
        source="some-topic",
        bootstrap="127.0.0.1:1",
        open_folding=_never,  # type: ignore[arg-type]
        close=_never,
        instance="one",
        ready_file=Path("never-touched"),
    )


def test_the_app_reads_with_whole_fetches_and_no_truth_of_fausts() -> None:
    app = _app()
    assert isinstance(app.transport.Consumer, type)
    assert issubclass(app.transport.Consumer, WholeFetchConsumer)
    assert app.conf.processing_guarantee.name == "AT_LEAST_ONCE"
    assert app.conf.web_enabled is False
    assert app.conf.consumer_group_instance_id == "one"
    assert not app.tables


def test_faust_does_not_track_acknowledgements_of_the_source() -> None:
    assert _app().topics.acks_enabled_for("some-topic") is False
