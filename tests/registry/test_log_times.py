"""How far the log is known is told to every partition of facts when a tick is folded."""

from __future__ import annotations

from services.contracts.facts import LogTimePassed
from services.contracts.submissions import TimeTicked
from services.kernel.log.language import published_language
from services.kernel.log.log_record import LogRecord
from services.registry.folder import log_times, read_entry
from services.topology import FACTS, LOG

CODEC = published_language()


def tick(partition: int, offset: int, timestamp_ms: int) -> LogRecord:
    value = CODEC.encode(TimeTicked(tick_id="tick", partition=partition))
    return LogRecord(LOG.name, partition, offset, timestamp_ms, None, value, [])


def test_a_tick_is_told_to_every_partition() -> None:
    """With its own partition and its append time, under an id that a repeat has too."""
    entries = [read_entry(CODEC, tick(3, 17, 1_800_000_000_000))]
    records = [*log_times(CODEC, entries)]
    assert [record.partition for record in records] == [*range(FACTS.partitions)]
    assert {record.topic for record in records} == {FACTS.name}
    (told,) = {CODEC.decode(record.value or b"") for record in records}
    assert isinstance(told, LogTimePassed)
    assert (told.log_partition, told.log_partitions) == (3, LOG.partitions)
    assert told.at.timestamp() == 1_800_000_000
    assert [*log_times(CODEC, entries)] == records


def test_other_records_tell_nothing() -> None:
    """Not even those that cannot be read."""
    broken = LogRecord(LOG.name, 0, 0, 0, b"code", b"nonsense", [])
    assert not [*log_times(CODEC, [read_entry(CODEC, broken)])]
