"""A load generator: `python -m infra.bench.latency.generator`, a process of its own.

Reads a `Job` as a line of JSON, says that it is ready, reads the moment of the monotonic clock (all
processes of a machine share it) at which it begins, and prints `Done` as JSON.
"""

from __future__ import annotations

import asyncio
import sys
from time import monotonic, process_time

import aiohttp
import msgspec
import uvloop

from infra.bench.latency.calls import GIVES_UP_S, SHED, UNANSWERED, Call, Done, Job, Visit

READY = b"ready\n"
CONNECTIONS_MAX = 4_000
KEEP_ALIVE_S = 15.0
CONNECTION_ERRORS = (aiohttp.ClientError, TimeoutError, OSError)


async def run(job: Job, begins_at: float) -> list[Call]:
    """Make every visit at its moment, whatever became of those before."""
    connector = aiohttp.TCPConnector(limit=CONNECTIONS_MAX, keepalive_timeout=KEEP_ALIVE_S)
    timeout = aiohttp.ClientTimeout(total=GIVES_UP_S)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        caller = _Caller(job, begins_at, session)
        async with asyncio.TaskGroup() as tasks:
            under_way = []
            for number, visit in enumerate(job.visits):
                await asyncio.sleep(begins_at + visit.at - monotonic())
                under_way.append(tasks.create_task(caller.call(number, visit)))
    return [task.result() for task in under_way]


class _Caller:
    """Makes calls of one job."""

    def __init__(self, job: Job, begins_at: float, session: aiohttp.ClientSession) -> None:
        self._job = job
        self._begins_at = begins_at
        self._session = session
        self._bearers = [f"Bearer {token}" for token in job.tokens]

    async def call(self, number: int, visit: Visit) -> Call:
        """Reserve once; no answer in time, or a broken line, is no answer."""
        job, began, sent = self._job, self._begins_at, monotonic()
        headers = {
            "Authorization": self._bearers[visit.token],
            "Idempotency-Key": f"{job.run}-{number}",
            "Content-Type": "application/json",
        }
        status, says_when = UNANSWERED, False
        url = f"{job.url}/prescriptions/{visit.code}/reserve"
        try:
            async with self._session.post(url, data=b"{}", headers=headers) as response:
                await response.read()
                status = response.status
                says_when = status in SHED and "Retry-After" in response.headers
        except CONNECTION_ERRORS:
            status = UNANSWERED
        return Call(visit.at, sent - began, monotonic() - began, status, visit.code, says_when)


def main() -> None:
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=Job)
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    begins_at = float(sys.stdin.buffer.readline())
    cpu_began = process_time()
    calls = uvloop.run(run(job, begins_at))
    done = Done(calls=calls, cpu_seconds=process_time() - cpu_began)
    sys.stdout.buffer.write(msgspec.json.encode(done) + b"\n")


if __name__ == "__main__":
    main()
