"""Erases patients, and keeps them erased whatever database or log is put back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

import asyncpg
import structlog

from services.contracts.erasures import LegalBasis, PatientErased
from services.identity.erasing import store
from services.identity.erasing.erasure_log import ErasureLog
from services.kernel import clock
from services.kernel.log.event_log import AppendFailedError
from services.kernel.settings import CannotStartError
from services.kernel.store.database import OUTAGES
from services.topology import ERASURES

AGAIN_AFTER_S = 1.0

log = structlog.get_logger(__name__)


class Erasing:
    """The erased patients of the log, in memory and in Postgres.

    A reference in here is dead: what Postgres may hold of it was brought back by a restore. Kept
    as 16 bytes each, about 80 MB for a million of them.
    """

    def __init__(self, erasure_log: ErasureLog) -> None:
        self._log = erasure_log
        self._dead: set[bytes] = set()
        self._following: asyncio.Task[None]
        self._pool: asyncpg.Pool

    @asynccontextmanager
    async def opened(self, pool: asyncpg.Pool) -> AsyncIterator[None]:
        """Apply every erasure of the log, put on the log what only the ledger has, then follow.

        Raises CannotStartError when Kafka does not answer.
        """
        self._pool = pool
        async with self._log.opened():
            async for erasures in self._log.from_the_start():
                await self._apply(erasures)
            await self._append_what_the_log_lacks()
            self._following = asyncio.create_task(self._follow())
            try:
                yield
            finally:
                self._following.cancel()
                with suppress(asyncio.CancelledError):
                    await self._following

    def __contains__(self, patient_ref: str) -> bool:
        return bytes.fromhex(patient_ref) in self._dead

    async def check(self) -> str | None:
        """Readiness: erasures of other processes are being applied."""
        return "Erasures are not read any more: restart it." if self._following.done() else None

    async def erase(
        self, patient_ref: str, *, by: str, reason: str, legal_basis: LegalBasis
    ) -> bool:
        """Erase a patient; False when there was nothing to erase.

        The erasure is on the log before the keys are gone for good. Raises AppendFailedError, and
        nothing is erased then; should it be on the log all the same, it is applied from there.
        """
        erased = PatientErased(
            patient_ref=patient_ref, erased_at=clock.now(), legal_basis=legal_basis
        )
        async with self._pool.acquire() as connection, connection.transaction():
            done = await store.erase(
                connection,
                patient_ref,
                at=erased.erased_at,
                by=by,
                reason=reason,
                legal_basis=legal_basis,
            )
            if done:
                await self._log.append(erased)
                self._dead.add(bytes.fromhex(patient_ref))
        return done

    async def erase_again(self, patient_ref: str) -> None:
        """Delete what a database that was put back holds of a patient who is in here."""
        erased = PatientErased(patient_ref=patient_ref, erased_at=clock.now())
        await self._apply([erased])

    async def _apply(self, erasures: Iterable[PatientErased]) -> None:
        given = list(erasures)
        if not given:
            return
        self._dead.update(bytes.fromhex(erased.patient_ref) for erased in given)
        async with self._pool.acquire() as connection, connection.transaction():
            count = await store.apply(connection, given, by=ERASURES.name)
        if count:
            log.warning("keys of erased patients deleted", count=count)

    async def _append_what_the_log_lacks(self) -> None:
        """A log that was put back, or that is younger than the ledger, gets what it has not."""
        for erased in await store.erasures(self._pool):
            if erased.patient_ref in self:
                continue
            try:
                await self._log.append(erased)
            except AppendFailedError as error:
                raise CannotStartError(
                    f"Kafka does not take an erasure that it lost ({error}): look at its state, "
                    "then start again."
                ) from None
            await self._apply([erased])
            log.warning("an erasure was not on the log and is again")

    async def _follow(self) -> None:
        async for erasures in self._log.from_there_on():
            while True:
                try:
                    await self._apply(erasures)
                    break
                except tuple(OUTAGES) as error:
                    log.warning("erasures wait for Postgres", error=type(error).__name__)
                    await asyncio.sleep(AGAIN_AFTER_S)
