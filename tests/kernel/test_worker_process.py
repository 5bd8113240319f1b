"""A worker whose place in its group is gone for good ends, so that its supervisor starts it anew.

aiokafka keeps a member in its group with one task. An error it did not expect (a broker that has
just come back and names no broker at all) ends this task: nothing is read any more, and nothing
says so. Seen as a room that was up and took no partitions for as long as one waited.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from infra.local.network import LocalNetwork

PROGRAM = """
import sys
from pathlib import Path
from aiokafka.client import AIOKafkaClient
from services.kernel import telemetry
from services.kernel.folding.worker import FoldingApp, run

bootstrap, ready_file, good_answers = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
look_up = AIOKafkaClient.coordinator_lookup

async def names_no_broker(*arguments):
    global good_answers
    good_answers -= 1
    assert good_answers >= 0, "Did we not perform bootstrap?"
    return await look_up(*arguments)

AIOKafkaClient.coordinator_lookup = names_no_broker

class Folding:
    async def take(self, partitions):
        thread = app.consumer._thread
        thread.thread_loop.call_soon_threadsafe(thread._consumer._coordinator.coordinator_dead)
        return {}

async def open_folding():
    return Folding()

async def close():
    pass

telemetry.configure("test")
app = FoldingApp("rxlog-test-worker-process", source="rx.dead-letters", bootstrap=bootstrap,
                 open_folding=open_folding, close=close, instance="", ready_file=ready_file)
run(app)
"""
WITHIN_S = 25
ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.network


@pytest.mark.parametrize(
    "good_answers", [pytest.param(0, id="while it joins"), pytest.param(1, id="once it has joined")]
)
async def test_a_worker_that_nobody_keeps_in_its_group_ends(
    network: LocalNetwork, tmp_path: Path, good_answers: int
) -> None:
    log = tmp_path / "log"
    with log.open("w") as into:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", PROGRAM, network.kafka_bootstrap, str(tmp_path / "ready")),
            str(good_answers),
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=into,
            stderr=asyncio.subprocess.STDOUT,
        )
    try:
        ended_with = await asyncio.wait_for(process.wait(), WITHIN_S)
    except TimeoutError:
        process.kill()
        await process.wait()
        pytest.fail(f"it lives and reads nothing: {log.read_text()[-2000:]}")
    assert ended_with != 0, log.read_text()[-2000:]
    assert "no longer kept in its group" in log.read_text()
    assert not (tmp_path / "ready").exists()
