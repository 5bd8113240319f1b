"""A log that lost its end, or was written anew behind what is applied, stops its partition."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from infra.faults.checks.pairing import is_tick
from infra.faults.checks.records import Logged, Rows
from infra.faults.checks.violations import Violation

CUT_LOG = "a log that was cut stops its partition"


def check_cut(rows: Rows, log: Sequence[Logged], stopped: Collection[int]) -> Iterator[Violation]:
    """`stopped` are the partitions of which a worker said that it stopped them."""
    places = {record.place: record for record in log}
    ends: dict[int, int] = {}
    for record in log:
        ends[record.partition] = record.offset + 1
    grounds = {
        partition: f"it ends at {ends.get(partition, 0)} and {applied} records of it are applied"
        for partition, applied in rows.applied.items()
        if applied > ends.get(partition, 0)
    }
    for (partition, offset, _), kept in sorted(rows.records.items()):
        found = places.get((partition, offset))
        if found is None:
            continue
        code = "" if is_tick(found) else found.code
        was = "" if kept.submission == "TimeTicked" else kept.prescription_code
        if (was, kept.recorded_at) != (code, found.at):
            grounds.setdefault(
                partition,
                f"its record {offset} of {found.code} ({found.at.isoformat()}) is not the one "
                f"that was applied, of {kept.prescription_code} ({kept.recorded_at.isoformat()})",
            )
    for partition in sorted(set(grounds) | set(stopped)):
        if partition not in stopped:
            yield Violation(CUT_LOG, f"partition {partition} goes on, and {grounds[partition]}")
        elif partition not in grounds:
            yield Violation(CUT_LOG, f"partition {partition} is stopped, and nothing is wrong")
