"""The samples shipped with RxLog, loaded by whoever makes a network: quick, and only into topics
that hold nothing else. What an operator loaded is never touched."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

from services.contracts.directories import LawPublished
from services.directories.appending import append, holding
from services.directories.comparing import Rules, compared
from services.directories.loading import DIRECTORIES, Directory, records_of
from services.directories.publishing import publication, record_of
from services.directories.settings import settings_for
from services.kernel.log.codec import Codec
from services.kernel.log.event_log import Record
from services.kernel.log.language import published_language
from services.kernel.settings import KafkaSettings
from services.topology import LAW
from services.vietnam.catalogue import DRUGS_FILE
from services.vietnam.directory import FACILITIES_FILE
from services.vietnam.law import LAW_FILE, Law
from services.vietnam.practitioners import PRACTITIONERS_FILE
from services.vietnam.registers.reading import read

FILES = {
    "facilities": FACILITIES_FILE,
    "practitioners": PRACTITIONERS_FILE,
    "medicines": DRUGS_FILE,
    "law": LAW_FILE,
}
ANSWERS_WITHIN_S = 30.0


async def load_samples(bootstrap: str) -> dict[str, int]:
    """Load every sample whose topic is empty, or was left half loaded; records appended by name.

    Raises `OutOfReachError`, `AppendFailedError`.
    """
    settings, codec = settings_for(bootstrap), published_language()
    contents = {name: file.read_bytes() for name, file in FILES.items()}
    missing = await asyncio.gather(
        *(
            _register(directory, contents[name], settings, codec)
            for name, directory in DIRECTORIES.items()
        ),
        _law(contents["law"].decode(), settings, codec),
    )
    await append(settings, [record for records in missing for record in records])
    return {name: len(records) for name, records in zip(contents, missing, strict=True)}


async def _register(
    directory: Directory[Any], content: bytes, settings: KafkaSettings, codec: Codec
) -> list[Record]:
    """What a topic lacks of a sample."""
    reading, contract = read(directory.register, content), directory.register.contract
    async with holding(settings, directory.topic, codec, contract, ANSWERS_WITHIN_S) as held:
        if any(entry.load_id != reading.load_id for entry in held.values()):
            return []
        rules = Rules(as_of=date.max, partial=True)
        comparison = compared(directory.register, reading, held, rules)
    return records_of(directory, comparison, codec, reading.load_id)


async def _law(text: str, settings: KafkaSettings, codec: Codec) -> list[Record]:
    async with holding(settings, LAW, codec, LawPublished, ANSWERS_WITHIN_S) as held:
        if len(held):
            return []
    return [record_of(publication(Law.read(text), text), codec)]
