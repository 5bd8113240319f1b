"""The master key file, and the check that it is the one this database was made with.

Losing the file loses every patient's data; a new file beside an old database would quietly give
everybody a second reference. So a file is only made for a database that has never seen one.
"""

from __future__ import annotations

from pathlib import Path

import asyncpg

from services.identity import store
from services.identity.sealing import Keyring, parse_masters
from services.kernel.secret_files import random_hex, read_or_make_secret, read_secret
from services.kernel.settings import CannotStartError


async def load_keyring(database: asyncpg.Pool, path: Path) -> Keyring:
    """The keyring of the file. Raises `CannotStartError` when the file is not the right one.

    To change the master key, add a line with the next version and restart every process of the
    room: new keys use it at once, old ones as their patients are seen again.
    """
    remembered = await store.fingerprints(database)
    try:
        text = read_secret(path)
    except FileNotFoundError:
        if remembered:
            raise CannotStartError(
                f"{path} is missing, but the database holds keys made with it: restore the file "
                "from its backup."
            ) from None
        text = read_or_make_secret(path, lambda: f"1:{random_hex()}")
    try:
        keyring = Keyring(parse_masters(text))
    except ValueError:
        raise CannotStartError(
            f"{path} holds something else than lines of <version>:<64 hexadecimal digits>: restore "
            "the file from its backup."
        ) from None
    for version, fingerprint in remembered.items():
        given = keyring.fingerprints.get(version)
        if given is None and await store.uses_master(database, version):
            raise CannotStartError(
                f"Version {version} is missing in {path}, but patients' keys still need it: put "
                "its line back."
            )
        if given not in (None, fingerprint):
            raise CannotStartError(
                f"Version {version} in {path} is not the key this database was made with: restore "
                "the file from its backup."
            )
    await store.add_fingerprints(database, keyring.fingerprints)
    return keyring
