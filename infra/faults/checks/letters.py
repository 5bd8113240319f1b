"""What cannot be read is kept whole among the dead letters, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.faults.checks.pairing import is_tick, readable
from infra.faults.checks.records import Logged
from infra.faults.checks.violations import Violation
from services.contracts.dead_letters import DeadLettered
from services.topology import LOG

LETTERS = "what cannot be read is a dead letter"


def check_letters(
    log: Sequence[Logged],
    letters: Sequence[DeadLettered],
    topic: str = LOG.name,
    *,
    partitions: int = LOG.partitions,
) -> Iterator[Violation]:
    """`letters` of other topics are left alone; a letter that was sent again is one letter."""
    kept: dict[tuple[int, int], DeadLettered] = {}
    for letter in letters:
        if letter.source_topic == topic:
            kept[letter.source_partition, letter.source_offset] = letter
    for record in log:
        found = kept.pop(record.place, None)
        is_whole = readable(record, partitions) is not None or is_tick(record)
        where = f"{record.partition}/{record.offset} of {record.code}"
        if is_whole and found is not None:
            yield Violation(LETTERS, f"{where} can be read and is a dead letter: {found.error}")
        elif not is_whole and found is None:
            yield Violation(LETTERS, f"{where} cannot be read and is no dead letter")
        elif found is not None and record.event is None and found.value != record.value:
            yield Violation(LETTERS, f"the dead letter of {where} does not have its bytes")
    for partition, offset in sorted(kept):
        yield Violation(LETTERS, f"a dead letter names {partition}/{offset}, where nothing lies")
