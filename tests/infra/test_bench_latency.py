"""How verdict latency is measured: the schedule, the generator, what the calls come to."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import time
from datetime import UTC, datetime

import msgspec
import pytest
from aiohttp import web

from infra.bench.latency.arrivals import arrivals
from infra.bench.latency.calls import Call, Done, Job, Visit
from infra.bench.latency.figures import (
    figures,
    next_rate,
    percentile_ms,
    recovered_after,
    windows,
)
from infra.bench.latency.generator import READY, run
from infra.bench.latency.ladder import Climb
from infra.bench.latency.prescriptions import WAITING, Pad
from services.kernel.log.language import published_language
from services.kernel.log.log_record import LogRecord
from services.registry.fold import fold
from services.registry.folder import read_entry

NOW = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)


def calls_of(*waited: float, status: int = 201, first: float = 0.0) -> list[Call]:
    """A call every hundredth of a second."""
    return [
        Call(first + n / 100, first + n / 100, first + n / 100 + s, status, f"c{n}")
        for n, s in enumerate(waited)
    ]


def test_the_same_seed_gives_the_same_arrivals() -> None:
    assert arrivals(100, 5, seed=1) == arrivals(100, 5, seed=1)
    assert arrivals(100, 5, seed=1) != arrivals(100, 5, seed=2)


@pytest.mark.parametrize("rate", [20, 500])
def test_arrivals_come_at_their_rate_and_bunch(rate: float) -> None:
    moments = arrivals(rate, 60, seed=3, after=10)
    assert abs(len(moments) - rate * 60) < 4 * (rate * 60) ** 0.5
    assert moments == sorted(moments)
    assert 10 < moments[0] < moments[-1] < 70
    gaps = [b - a for a, b in itertools.pairwise(moments)]
    assert sum(gap < 0.1 / rate for gap in gaps) / len(gaps) == pytest.approx(0.095, abs=0.03)


def test_waiting_counts_from_when_a_call_was_due() -> None:
    late_start = Call(1.0, 3.0, 3.1, 201, "c")
    assert late_start.seconds == pytest.approx(2.1)
    assert figures([late_start]).in_time == 0.0


def test_calls_are_told_apart_by_what_became_of_them() -> None:
    statuses = [201, 409, 202, 429, 503, 0, 500]
    found = figures([Call(0, 0, 0.1, status, "c") for status in statuses])
    assert (found.verdicts, found.late, found.shed) == (2, 1, 2)
    assert (found.unanswered, found.others) == (1, 1)
    assert found.in_time == pytest.approx(2 / 7)


def test_a_percentile_of_too_few_calls_is_not_told() -> None:
    assert percentile_ms([0.001] * 99, 99) is None
    assert percentile_ms([0.001] * 99 + [1.0], 99) == 1
    assert percentile_ms([0.001] * 98 + [1.0] * 2, 99) == 1000
    assert percentile_ms([n / 1000 for n in range(1, 1001)], 99.9) == 999


def test_a_rate_is_held_when_nearly_all_calls_are_answered_within_a_second() -> None:
    assert figures(calls_of(*[0.1] * 99, 5.0)).is_held
    assert not figures(calls_of(*[0.1] * 98, 5.0, 5.0)).is_held


def test_it_has_recovered_when_no_call_waits_too_long_any_more() -> None:
    slow = calls_of(*[3.0] * 100, first=10)
    quick = calls_of(*[0.1] * 900, first=11)
    assert recovered_after([*slow, *quick], 10, 20) == pytest.approx(0.99)
    assert recovered_after(quick, 10, 20) == 0
    assert recovered_after(slow, 10, 11) is None
    assert recovered_after([], 10, 20) is None


def test_windows_are_seconds() -> None:
    found = windows([*calls_of(0.1, 2.0, first=3), *calls_of(0.2, status=429, first=5)])
    assert [(w.second, w.calls, w.in_time, w.shed, w.most_ms) for w in found] == [
        (3, 2, 1, 0, 2000),
        (5, 1, 0, 1, 200),
    ]


@pytest.mark.parametrize(("held", "not_held", "between"), [(500, 1000, 710), (20, 50, 32)])
def test_a_rate_between_is_tried(held: float, not_held: float, between: float) -> None:
    assert next_rate(held, not_held) == between


def test_prescriptions_wait_to_be_reserved() -> None:
    assert not WAITING.is_history
    assert WAITING.days_ago == (0, 0)


def test_every_prescription_is_issued_and_waits() -> None:
    codec, pad = published_language(), Pad(seed=4, most=200, moment=NOW)
    written = [*pad.next(60), *pad.next(60)]
    now_ms = round(NOW.timestamp() * 1000)
    log = [
        LogRecord(r.topic, 0, n, now_ms + n, r.key, r.value, r.headers)
        for n, r in enumerate(written)
    ]
    folded = fold({}, {}, [read_entry(codec, record) for record in log])
    assert len(folded.states) == 120
    assert {outcome.result for _, outcome in folded.judged} == {"issued"}
    assert {outcome.status for _, outcome in folded.judged} == {"active"}


def test_there_are_prescriptions_enough_for_every_step() -> None:
    climb = Climb(rates=(10, 20), seconds=5, overload_s=5, calm_s=10)
    assert climb.calls_most >= (10 + 20 + 15) * 5 + 40 * 5 + 5 * 10


async def test_a_slow_network_gets_no_pity() -> None:
    """One call at a time, 20 ms each at least, and twenty arrive within a tenth of a second: the
    last one waits for all before it."""
    one_at_a_time = asyncio.Lock()

    async def reserve(_request: web.Request) -> web.Response:
        async with one_at_a_time:
            await asyncio.sleep(0.02)
        return web.json_response({}, status=201)

    app = web.Application()
    app.router.add_post("/prescriptions/{code}/reserve", reserve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        [(host, port)] = [address[:2] for address in runner.addresses]
        visits = [Visit(n / 200, f"c{n}", 0) for n in range(20)]
        job = Job(url=f"http://{host}:{port}", tokens=["t"], visits=visits, run="r")
        calls = await run(job, time.monotonic())
    finally:
        await runner.cleanup()
    assert {call.status for call in calls} == {201}
    assert [call.code for call in calls] == [visit.code for visit in visits]
    assert max(call.done for call in calls) > 20 * 0.02
    assert sum(call.seconds for call in calls) > 20 * 19 / 2 * (0.02 - 1 / 200)


def test_a_generator_is_a_process_that_says_when_it_is_ready() -> None:
    """Nobody listens there, so every call is unanswered; and told as such."""
    job = Job(url="http://127.0.0.1:9", tokens=["t"], visits=[Visit(0.0, "c", 0)], run="r")
    process = subprocess.Popen(
        [sys.executable, "-m", "infra.bench.latency.generator"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(msgspec.json.encode(job) + b"\n")
    process.stdin.flush()
    assert process.stdout.readline() == READY
    output, _ = process.communicate(f"{time.monotonic()}\n".encode(), timeout=60)
    done = msgspec.json.decode(output, type=Done)
    assert [call.status for call in done.calls] == [0]
