"""A record that was told unreadable stays so, whatever release folds it again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.contracts.dead_letters import DeadLettered, DeadLetterRedriven
from services.kernel.folding.mechanism import partition_of
from services.kernel.log.language import published_language
from services.kernel.log.log_record import LogRecord
from services.registry.folder import SET_ASIDE, RegistryFolder
from services.registry.set_aside import places
from services.topology import FACTS, LOG
from tests.builders import CODE, reserved

CODEC = published_language()
AT = datetime(2026, 11, 22, tzinfo=UTC)


def letter(folder: str = "registry", topic: str = LOG.name, offset: int = 17) -> bytes:
    return CODEC.encode(
        DeadLettered(
            dead_letter_id="x",
            folder=folder,
            source_topic=topic,
            source_partition=3,
            source_offset=offset,
            recorded_at=AT,
            error="unknown frame",
        )
    )


def test_only_the_registrys_own_letters_of_the_log_count() -> None:
    redriven = DeadLetterRedriven(
        dead_letter_id="x", redriven_at=AT, topic=LOG.name, partition=3, offset=99
    )
    values = [
        *(letter(), letter("surveillance", FACTS.name, 18), letter("oversight", LOG.name, 19)),
        *(b"noise", None, CODEC.encode(redriven), letter(offset=20)),
    ]
    assert list(places(values, CODEC)) == [(3, 17), (3, 20)]


@pytest.mark.parametrize(("offset", "told"), [(17, SET_ASIDE), (18, "")])
def test_a_readable_record_is_left_unread_where_it_was_set_aside(offset: int, told: str) -> None:
    partition = partition_of(CODE, LOG.partitions)
    folder = RegistryFolder(CODEC, {(partition, 17)})
    record = LogRecord(LOG.name, partition, offset, 1, CODE.encode(), CODEC.encode(reserved()), ())
    entry = folder._entry(record)
    assert (entry.submission is None, entry.problem) == (bool(told), told)


def test_what_still_cannot_be_read_says_why() -> None:
    folder = RegistryFolder(CODEC, {(3, 17)})
    entry = folder._entry(LogRecord(LOG.name, 3, 17, 1, CODE.encode(), b"noise", ()))
    assert entry.problem.startswith("unknown frame")
