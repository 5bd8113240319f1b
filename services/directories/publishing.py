"""Publishes the law: a text replaces the one before it and changes nothing that was in force."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import Literal

from services.contracts.directories import LawPublished
from services.directories.appending import READ_WITHIN_S, append, holding, record
from services.kernel.log.codec import Codec
from services.kernel.log.event_log import Record
from services.kernel.log.language import published_language
from services.kernel.settings import KafkaSettings
from services.topology import LAW
from services.vietnam.law import Law, LawError
from services.vietnam.law_book import in_force_from
from services.vietnam.registers.reading import VERSION_DIGITS

COUNTRY = "VN"


@dataclass(frozen=True)
class Published:
    """What came of it. `changed` are versions that were in force and would be others."""

    versions: tuple[str, ...] = ()
    result: Literal["published", "would-publish", "unchanged", "past-changed", "no-law"] = (
        "published"
    )
    changed: tuple[tuple[str, str], ...] = ()
    problem: str = ""


async def publish(
    text: str,
    name: str,
    settings_of: Callable[[], KafkaSettings],
    first_day: date,
    *,
    dry_run: bool,
) -> Published:
    """Publish a text unless it is the one published last.

    `first_day` is the first day whose law may still become another one: what is in force before
    that day stays. `settings_of` is asked once the text is known to be right. Raises
    `OutOfReachError`, `AppendFailedError`.
    """
    try:
        law = Law.read(text, name)
    except LawError as error:
        return Published(result="no-law", problem=str(error))
    codec, event, settings = published_language(), publication(law, text), settings_of()
    async with holding(settings, LAW, codec, LawPublished, READ_WITHIN_S) as held:
        before = held.get(COUNTRY)
    if before is not None and before.sha256 == event.sha256:
        return Published(law.versions, "unchanged")
    if before is not None:
        changed = past_changes(before.versions, law.versions, first_day)
        if changed:
            return Published(law.versions, "past-changed", changed=tuple(changed))
    if dry_run:
        return Published(law.versions, "would-publish")
    await append(settings, [record_of(event, codec)])
    return Published(law.versions)


def publication(law: Law, text: str) -> LawPublished:
    """The event that publishes a text, which was read as `law`. Pure."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return LawPublished(country=COUNTRY, versions=law.versions, text=text, sha256=digest)


def record_of(event: LawPublished, codec: Codec) -> Record:
    """The record of a publication. Pure."""
    version = event.sha256[:VERSION_DIGITS]
    return record(LAW, codec, LawPublished, event.country, event, version=version)


def past_changes(old: Sequence[str], new: Sequence[str], first_day: date) -> list[tuple[str, str]]:
    """Versions in force before a day, old and new, that are not the same; empty where the other
    text has none. Pure."""
    before, after = _begun(old, first_day), _begun(new, first_day)
    gone = [version for version in before if version not in after]
    come = [version for version in after if version not in before]
    return list(zip_longest(gone, come, fillvalue=""))


def _begun(versions: Sequence[str], first_day: date) -> list[str]:
    """Those that were in force before a day."""
    return [version for version in versions if in_force_from(version) < first_day]
