"""Faults of Kafka and Postgres themselves."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

import asyncpg
import psutil

from infra.faults.kinds.fault import Fault
from infra.faults.stage import CAMPAIGN
from infra.processes import KAFKA, POSTGRES


class _OfKafka(Fault):
    family = "broker"

    @classmethod
    def targets(cls) -> tuple[str, ...]:
        return (KAFKA,)


class _OfPostgres(Fault):
    family = "database"

    @classmethod
    def targets(cls) -> tuple[str, ...]:
        return (POSTGRES,)


class BrokerKill(_OfKafka):
    name = "broker-kill"
    proves = "the log keeps what it acknowledged over kill -9 of the broker; repeats are one record"

    async def inject(self) -> None:
        pid = await self.stage.pid(KAFKA)
        self.gone = {pid}
        os.kill(pid, signal.SIGKILL)


class BrokerRestart(_OfKafka):
    name = "broker-restart"
    proves = "while the broker is away callers get 503, and go on with the same key afterwards"
    hold_s = (0.5, 3.0)

    async def inject(self) -> None:
        self.gone = {await self.stage.pid(KAFKA)}
        await self.stage.stop(KAFKA)

    async def heal(self) -> None:
        await self.stage.start(KAFKA)


class BrokerPause(_OfKafka):
    name = "broker-pause"
    proves = "an append whose fate is unknown is one record or none, never two effects"
    hold_s = (1.0, 7.0)
    _pid = 0

    async def inject(self) -> None:
        self._pid = await self.stage.pid(KAFKA)
        os.kill(self._pid, signal.SIGSTOP)

    async def heal(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGCONT)


class PostgresCrash(_OfPostgres):
    """kill -9 of one server process: Postgres ends every connection and recovers from its WAL."""

    name = "postgres-crash"
    proves = "states, verdicts and offset go back together; appended submissions get their verdict"

    async def inject(self) -> None:
        family = await self.stage.family(POSTGRES)
        victims = [child for child in family[1:] if _is_ours_to_kill(child)]
        victim = self.rng.choice(victims)
        self.detail = _title(victim)
        victim.kill()


class PostgresKill(_OfPostgres):
    """kill -9 of the server itself; its processes notice and end by themselves."""

    name = "postgres-kill"
    proves = "the server comes back from a death without warning, and the fold goes on where it was"

    async def inject(self) -> None:
        pid = await self.stage.pid(POSTGRES)
        self.gone = {pid}
        os.kill(pid, signal.SIGKILL)


class PostgresImmediate(_OfPostgres):
    name = "postgres-immediate"
    proves = "an immediate stop (no checkpoint) loses no verdict that was told"

    async def inject(self) -> None:
        pid = await self.stage.pid(POSTGRES)
        self.gone = {pid}
        os.kill(pid, signal.SIGQUIT)


class PostgresPause(_OfPostgres):
    """SIGSTOP of the server and all its processes."""

    name = "postgres-pause"
    proves = "a silent database stops verdicts (202) and nothing else; they come when it wakes up"
    hold_s = (0.5, 4.0)

    async def inject(self) -> None:
        self._stopped = await self.stage.family(POSTGRES)
        for process in self._stopped:
            with suppress(psutil.Error):
                process.suspend()

    async def heal(self) -> None:
        for process in self._stopped:
            with suppress(psutil.Error):
                process.resume()


class PostgresTerminate(_OfPostgres):
    """Every connection of the rooms is ended by the server, in the middle of whatever it does."""

    name = "postgres-terminate"
    proves = "a transaction that is cut off has no effect, and the batch is applied anew"

    async def inject(self) -> None:
        database = await self.stage.database()
        try:
            ended = await database.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE usename = ANY($1) AND application_name <> $2",
                ["registry", "surveillance", "oversight", "identity"],
                CAMPAIGN,
            )
            self.detail = f"{ended} connections"
        finally:
            with suppress(OSError, asyncpg.PostgresError):
                await database.close()


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline()).strip().removeprefix("postgres: ")[:40]
    except psutil.Error:
        return "?"


def _is_ours_to_kill(process: psutil.Process) -> bool:
    return CAMPAIGN not in _title(process) and "logger" not in _title(process)
