"""The partitions a worker must not fold, and why: in its ready file, its metrics and its log."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

import structlog
from prometheus_client import Gauge

log = structlog.get_logger(__name__)

PARTITION_STOPPED = Gauge("rxlog_partition_stopped", "1 when stopped", ["topic", "partition"])


class Stopped:
    """Stopped partitions of one topic, each with a sentence that says what to do.

    The ready file is there once the partitions are assigned and taken; the process runner waits
    for it. It names what is stopped, a line each; an empty file means that all is well.
    """

    def __init__(self, topic: str, ready_file: Path | None) -> None:
        self._topic = topic
        self._ready_file = ready_file
        self._reasons: dict[int, str] = {}

    def stop(self, partition: int, reason: str) -> None:
        """Note a partition; the same reason again is not told again."""
        if self._reasons.get(partition) == reason:
            return
        self._reasons[partition] = reason
        PARTITION_STOPPED.labels(self._topic, partition).set(1)
        log.error("partition stopped", topic=self._topic, partition=partition, reason=reason)
        self.show()

    def release(self, partitions: Iterable[int]) -> None:
        """These partitions are folded again."""
        for partition in set(partitions) & self._reasons.keys():
            del self._reasons[partition]
            PARTITION_STOPPED.labels(self._topic, partition).set(0)
            log.info("partition goes on", topic=self._topic, partition=partition)
            self.show()

    def keep(self, mine: Collection[int]) -> None:
        """Forget the partitions that are another worker's now."""
        self.release(self._reasons.keys() - set(mine))

    def show(self) -> None:
        """Write the ready file, whole or not at all."""
        if self._ready_file is not None:
            draft = self._ready_file.with_name(f".{self._ready_file.name}")
            reasons = (self._reasons[partition] for partition in sorted(self._reasons))
            draft.write_text("".join(f"{reason}\n" for reason in reasons), encoding="utf-8")
            draft.rename(self._ready_file)

    def hide(self) -> None:
        """Remove the ready file: the worker stops."""
        if self._ready_file is not None:
            self._ready_file.unlink(missing_ok=True)
