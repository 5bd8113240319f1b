"""The pharmacies' counters: tokens, prescriptions in the patients' hands, generators that call."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import httpx2
import msgspec

from infra.bench import costs
from infra.bench.latency.arrivals import arrivals
from infra.bench.latency.calls import GIVES_UP_S, Call, Done, Job, Visit
from infra.bench.latency.generator import READY
from infra.bench.latency.prescriptions import Prescriptions
from infra.local.environment import PROJECT, inherited
from infra.local.network import LocalNetwork
from infra.problem import Problem
from services.kernel.secret_files import client_secret, read_secret
from services.simulation.client import client_id_of
from services.vietnam.directory import FACILITIES_FILE, FacilityDirectory

GENERATORS = 2
PHARMACIES = 24
LEAD_S = 0.3
PATIENCE_S = 60.0
LAST_LINES = 12


@dataclass(frozen=True, slots=True)
class Phase:
    """Calls at a rate (a second) for so many seconds."""

    rate: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Stepped:
    """The calls of a step in order of when they were due, and processor time in seconds: of the
    generators, and of the network's processes by name."""

    calls: list[Call]
    generators_s: float
    network_s: dict[str, float]


@dataclass
class Counters:
    """Makes steps of calls to a running network."""

    network: LocalNetwork
    prescriptions: Prescriptions
    seed: int

    def step(self, name: str, phases: Sequence[Phase]) -> Stepped:
        """Call at these rates, one after the other, each prescription once."""
        moments: list[float] = []
        after = 0.0
        for phase in phases:
            moments += arrivals(phase.rate, phase.seconds, self.seed, after)
            after += phase.seconds
        codes = self.prescriptions.make(len(moments))
        visits = [
            Visit(moment, code, number % PHARMACIES)
            for number, (moment, code) in enumerate(zip(moments, codes, strict=True))
        ]
        tokens = self._tokens()  # they last for five minutes: new ones for every step
        jobs = [
            Job(
                url=self.network.urls["dispensing"],
                tokens=tokens,
                visits=visits[hand::GENERATORS],
                run=f"bench-{name}-{hand}",
            )
            for hand in range(GENERATORS)
        ]
        used = costs.ProcessorTime(self.network)
        done = _work(jobs, after + GIVES_UP_S + PATIENCE_S)
        calls = sorted((call for one in done for call in one.calls), key=lambda call: call.due)
        return Stepped(calls, sum(one.cpu_seconds for one in done), used.read())

    def _tokens(self) -> list[str]:
        """A token of each pharmacy. Problem when the issuer gives none."""
        secret = read_secret(self.network.home.secrets / "room.secret")
        directory = FacilityDirectory.load(FACILITIES_FILE)
        places = [
            place.facility_id
            for place in directory.of_kind("pharmacy")
            if place.is_standing and "NARCOTIC" in place.permitted_classes
        ][:PHARMACIES]
        tokens = []
        with httpx2.Client(trust_env=False) as http:
            for number in range(PHARMACIES):
                client_id = client_id_of("pharmacy", places[number % len(places)])
                form = {
                    "grant_type": "client_credentials",
                    "client_id": client_id,
                    "client_secret": client_secret(secret, client_id),
                }
                answer = http.post(f"{self.network.urls['issuer']}/token", data=form)
                if answer.status_code != 200:
                    raise Problem(f"The issuer gave {client_id} no token: {answer.text}")
                tokens.append(answer.json()["access_token"])
        return tokens


def _work(jobs: Sequence[Job], patience_s: float) -> list[Done]:
    """Every job in a process of its own, begun at the same moment."""
    processes = [_started(job) for job in jobs]
    try:
        for process in processes:
            assert process.stdout is not None, "it is a pipe"
            if process.stdout.readline() != READY:
                raise _failed(process)
        begins_at = f"{time.monotonic() + LEAD_S}\n".encode()
        for process in processes:
            assert process.stdin is not None, "it is a pipe"
            process.stdin.write(begins_at)
            process.stdin.flush()
        return [_finished(process, patience_s) for process in processes]
    finally:
        for process in processes:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()


def _started(job: Job) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-m", "infra.bench.latency.generator"],
        env={**inherited(os.environ), "PYTHONPATH": str(PROJECT)},
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C reaches us; we end it
    )
    assert process.stdin is not None, "it is a pipe"
    with suppress(BrokenPipeError):  # it says why on its standard error
        process.stdin.write(msgspec.json.encode(job) + b"\n")
        process.stdin.flush()
    return process


def _finished(process: subprocess.Popen[bytes], patience_s: float) -> Done:
    output, said = process.communicate(timeout=patience_s)
    if process.returncode != 0:
        raise _failed(process, said)
    return msgspec.json.decode(output, type=Done)


def _failed(process: subprocess.Popen[bytes], said: bytes = b"") -> Problem:
    process.kill()
    said = said or process.communicate()[1]
    tail = "\n".join(said.decode(errors="replace").strip().splitlines()[-LAST_LINES:])
    return Problem(f"A load generator ended too early. It said:\n{tail}")
