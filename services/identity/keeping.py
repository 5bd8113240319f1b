"""The shell between the API and the keys: find or make a patient, seal, open, look up, erase."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import structlog

from services.contracts.erasures import LegalBasis
from services.identity import store
from services.identity.erasing.erasing import Erasing
from services.identity.erasing.erasure_log import ErasureLog
from services.identity.erasing.store import is_erased
from services.identity.identifiers import Identifier
from services.identity.masters import load_keyring
from services.identity.sealing import (
    KEY_BYTES,
    NONCE_BYTES,
    Keyring,
    Place,
    WrappedKey,
    key_name,
    seal_fields,
    unseal_fields,
)
from services.identity.settings import MASTER_KEY_FILE, SCHEMA, Settings
from services.identity.store import Reading
from services.kernel import clock
from services.kernel.http.problems import unavailable
from services.kernel.log.codec import Codec
from services.kernel.store.database import open_pool

MIGRATIONS = Path(__file__).with_name("migrations")
ATTEMPTS_MAX = 5
_log = structlog.get_logger(__name__)


class UnknownPatientError(Exception):
    """No such patient, or no such key of the patient."""


class ErasedPatientError(Exception):
    """The patient's keys were deleted; nothing sealed with them opens ever again."""


class TooManyLookupsError(Exception):
    """The facility has used up its look-ups; `seconds` until the next one is granted."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Keeper:
    """What the room does. `pool` and `keyring` are there while it is open."""

    pool: asyncpg.Pool
    keyring: Keyring

    def __init__(self, settings: Settings, codec: Codec, schema: str = SCHEMA) -> None:
        self.erasing = Erasing(ErasureLog(settings, codec))
        self._settings = settings
        self._schema = schema

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Connect, migrate, load the keys, and erase again whom a restore brought back."""
        path = self._settings.secrets_dir / MASTER_KEY_FILE
        async with open_pool(self._settings, self._schema, migrations=MIGRATIONS) as self.pool:
            self.keyring = await load_keyring(self.pool, path)
            async with self.erasing.opened(self.pool):
                yield

    async def seal(
        self, identifier: Identifier, event_id: str, fields: Mapping[str, str]
    ) -> tuple[str, str, dict[str, bytes]]:
        """Patient reference, name of the data key, ciphertexts; makes the patient when new."""
        hmacs = self.keyring.number_hmacs(identifier)
        key = await self._living(await store.key_of_number(self.pool, list(hmacs.values())))
        if key is None:
            key = await self._new_patient(hmacs)
        data_key = self.keyring.unwrap(key)
        if key.master_version != self.keyring.newest:
            await self._renew(key, data_key, hmacs)
        place = Place(key.patient_ref, key.number, event_id)
        return key.patient_ref, key_name(key.number), seal_fields(data_key, place, fields)

    async def unseal(
        self, place: Place, sealed: Mapping[str, bytes], reading: Reading
    ) -> dict[str, str]:
        """The texts; the reading is on record before they are opened.

        Raises `ErasedPatientError`, `UnknownPatientError` or `NotAuthenticError`.
        """
        key = await self._living(
            await store.key_for_reading(self.pool, place.patient_ref, place.key_number, reading)
        )
        if key is None:
            if await is_erased(self.pool, place.patient_ref):
                raise ErasedPatientError
            raise UnknownPatientError
        return unseal_fields(self.keyring.unwrap(key), place, sealed)

    async def look_up(self, identifier: Identifier, reading: Reading) -> str:
        """The patient's reference. Raises `UnknownPatientError` or `TooManyLookupsError`."""
        hmacs = self.keyring.number_hmacs(identifier)
        async with self.pool.acquire() as connection, connection.transaction():
            ref, wait_seconds = await store.look_up(
                connection,
                list(hmacs.values()),
                reading,
                per_minute_max=self._settings.lookups_per_minute_max,
            )
        if wait_seconds > 0:
            _log.warning("too many look-ups", facility=reading.facility)
            raise TooManyLookupsError(wait_seconds)
        if ref is None:
            raise UnknownPatientError
        if ref in self.erasing:
            await self.erasing.erase_again(ref)
            raise UnknownPatientError
        return ref

    async def erase(
        self, patient_ref: str, *, by: str, reason: str, legal_basis: LegalBasis
    ) -> None:
        """Delete the patient's keys and what leads to them, for ever.

        Raises `UnknownPatientError`, and `AppendFailedError` when the log does not take it.
        """
        erased = await self.erasing.erase(
            patient_ref, by=by, reason=reason, legal_basis=legal_basis
        )
        if not erased and not await is_erased(self.pool, patient_ref):
            raise UnknownPatientError

    async def _living(self, key: WrappedKey | None) -> WrappedKey | None:
        """The key, unless its patient was erased and a restored database brought the key back."""
        if key is None or key.patient_ref not in self.erasing:
            return key
        await self.erasing.erase_again(key.patient_ref)
        return None

    async def _new_patient(self, hmacs: Mapping[int, bytes]) -> WrappedKey:
        """The key of a new patient, or of the one a concurrent call has just made."""
        for _ in range(ATTEMPTS_MAX):
            key = self.keyring.wrap(
                clock.random_bytes(KEY_BYTES),
                clock.random_bytes(16).hex(),
                number=1,
                nonce=clock.random_bytes(NONCE_BYTES),
            )
            async with self.pool.acquire() as connection:
                transaction = connection.transaction()
                await transaction.start()
                if await store.add_patient(connection, hmacs, key, clock.now()):
                    await transaction.commit()
                    return key
                await transaction.rollback()
            found = await store.key_of_number(self.pool, list(hmacs.values()))
            if found is not None:
                return found
        raise unavailable("The identity database")

    async def _renew(self, key: WrappedKey, data_key: bytes, hmacs: Mapping[int, bytes]) -> None:
        """Move a patient to the newest master key."""
        nonce = clock.random_bytes(NONCE_BYTES)
        renewed = self.keyring.wrap(data_key, key.patient_ref, key.number, nonce)
        async with self.pool.acquire() as connection, connection.transaction():
            await store.link_number(connection, hmacs, key.patient_ref, clock.now())
            await store.replace_key(connection, key, renewed)
