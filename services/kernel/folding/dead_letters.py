"""A record that cannot be read or judged is kept whole, with its origin and what was wrong."""

from __future__ import annotations

from datetime import UTC, datetime

from services.contracts.dead_letters import DeadLettered
from services.kernel.log.codec import Codec, cloud_event_headers
from services.kernel.log.event_log import Record
from services.kernel.log.log_record import LogRecord
from services.topology import DEAD_LETTERS


def dead_letter(codec: Codec, folder: str, record: LogRecord, problem: str) -> Record:
    """The message for the dead-letter topic; its id is the record's place, so it repeats equal."""
    origin = f"{folder}:{record.topic}:{record.partition}:{record.offset}"
    letter = DeadLettered(
        dead_letter_id=origin,
        folder=folder,
        source_topic=record.topic,
        source_partition=record.partition,
        source_offset=record.offset,
        recorded_at=datetime.fromtimestamp(record.timestamp_ms / 1000, UTC),
        key=record.key,
        value=record.value,
        headers={_text(name): value or b"" for name, value in record.headers or ()},
        error=problem,
    )
    headers = cloud_event_headers(
        event_id=origin, event_type="DeadLettered", source=f"rxlog/{folder}", subject=origin
    )
    return Record(DEAD_LETTERS.name, record.key, codec.encode(letter), headers)


def _text(name: str) -> str:
    """A header's name without U+0000, which no text of an event holds."""
    return name.replace("\0", "\ufffd")
