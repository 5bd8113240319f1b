"""Loads a register: reads the file whole, compares it with the topic, appends what differs.

Safe to repeat: what was appended before a crash is unchanged the next time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from services.contracts.directories import Entry
from services.directories.appending import READ_WITHIN_S, append, holding, record
from services.directories.comparing import Change, Comparison, Rules, compared
from services.kernel.log.codec import Codec
from services.kernel.log.event_log import Record
from services.kernel.log.language import published_language
from services.kernel.settings import KafkaSettings
from services.topology import FACILITIES, MEDICINES, PRACTITIONERS, Topic
from services.vietnam.registers import facilities, medicines, practitioners
from services.vietnam.registers.reading import Reading, Register, read

E = TypeVar("E", bound=Entry)

ENDINGS_FREE, ENDINGS_SHARE = 20, 0.05
"""A file that would end more entries than this was probably cut short on its way."""

Step = Literal["rows read", "entries appended"]
Progress = Callable[[Step, int], None]


@dataclass(frozen=True)
class Directory(Generic[E]):
    """A register and its topic."""

    register: Register[E]
    topic: Topic


DIRECTORIES: dict[str, Directory[Any]] = {
    "facilities": Directory(facilities.FACILITIES, FACILITIES),
    "practitioners": Directory(practitioners.PRACTITIONERS, PRACTITIONERS),
    "medicines": Directory(medicines.MEDICINES, MEDICINES),
}


@dataclass(frozen=True)
class Wishes:
    """What was asked for. `skip_bad` loads the good rows of a file with bad ones, `many_endings`
    lets it end any number of entries, `dry_run` appends nothing."""

    rules: Rules
    skip_bad: bool = False
    many_endings: bool = False
    dry_run: bool = False


@dataclass
class Loaded(Generic[E]):
    """What came of a load. `held` is how many entries the topic had; `refused` says why nothing was
    appended, empty when all is well."""

    reading: Reading[E]
    held: int = 0
    comparison: Comparison[E] = field(default_factory=Comparison)
    refused: Literal["", "bad-rows", "too-many-endings"] = ""


async def load(
    directory: Directory[E],
    content: bytes,
    settings: Callable[[], KafkaSettings],
    wishes: Wishes,
    progress: Progress,
) -> Loaded[E]:
    """Load the content of a file. Raises `OutOfReachError`, `AppendFailedError`.

    `settings` are asked for once the file is known to be right.
    """
    reading = read(directory.register, content, lambda rows: progress("rows read", rows))
    if reading.bad and not (wishes.skip_bad and reading.entries):
        return Loaded(reading, refused="bad-rows")
    return await apply(directory, reading, settings(), wishes, progress)


async def apply(
    directory: Directory[E],
    reading: Reading[E],
    settings: KafkaSettings,
    wishes: Wishes,
    progress: Progress,
) -> Loaded[E]:
    """Append what differs between a file that was read and the topic."""
    codec, register = published_language(), directory.register
    held_now = holding(settings, directory.topic, codec, register.contract, READ_WITHIN_S)
    async with held_now as held:
        loaded = Loaded(reading, len(held), compared(register, reading, held, wishes.rules))
    ended = loaded.comparison.count("ended")
    if ended > max(ENDINGS_FREE, ENDINGS_SHARE * loaded.held) and not wishes.many_endings:
        loaded.refused = "too-many-endings"
    elif not wishes.dry_run:
        records = records_of(directory, loaded.comparison, codec, reading.load_id)
        await append(settings, records, lambda count: progress("entries appended", count))
    return loaded


def records_of(
    directory: Directory[E], comparison: Comparison[E], codec: Codec, load_id: str
) -> list[Record]:
    """The records that make a topic say what a file says. Pure."""

    def as_record(change: Change[E]) -> Record:
        entry, contract = change.entry, directory.register.contract
        version = entry.entry_version if entry is not None else load_id
        return record(directory.topic, codec, contract, change.key, entry, version=version)

    return [as_record(change) for change in comparison.changes]
