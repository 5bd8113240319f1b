"""Reads a topic once more, partition by partition, without joining a group or writing anything."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Self

from services.kernel.clock import monotonic
from services.kernel.folding.log_reader import LogReader
from services.kernel.log.log_record import LogRecord

SILENT_S_MAX = 30.0


class SilentLogError(RuntimeError):
    """The broker stopped answering; the message says where and what to do."""


class Replay:
    """A topic from its beginning. `ends` are the places after its last records."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._topic = topic
        self._reader = LogReader(bootstrap, topic)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._reader.close()

    def ends(self) -> dict[int, int]:
        """The end of every partition now."""
        return self._reader.ends()

    def records(self, partition: int, end: int) -> Iterator[LogRecord]:
        """The records of a partition before `end`, in order. Raises SilentLogError, and
        LogMismatchError where the log is shorter."""
        if end == 0:
            return
        self._reader.read_from({partition: 0})
        place, heard = 0, monotonic()
        while place < end:
            records = self._reader.fetch({partition: end}).get(partition, [])
            if records:
                heard = monotonic()
            elif monotonic() - heard > SILENT_S_MAX:
                raise SilentLogError(
                    f"{self._topic}/{partition} stopped answering at {place} of {end}: look at "
                    "`rxlog status` and ask again."
                )
            for record in records:
                place = record.offset + 1
                yield record
