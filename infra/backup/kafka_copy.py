"""Copies the data folder of a running Kafka broker (KRaft) up to a cut.

Sound while the broker writes, because of what Kafka's files are:
- a partition's segments only grow; a batch once written never changes. Each partition is copied
  up to an offset that was acknowledged before the copying began, every batch's checksum proven;
- indexes, producer snapshots and the checkpoints of what was flushed are left out: a broker that
  finds none (and no mark of a clean shutdown) rebuilds them from the batches, checking each;
- `__cluster_metadata` comes last. It then knows every topic, leader epoch and producer id that the
  partitions carry; whatever it knows beyond them (a torn end apart) does no harm;
- consumer groups (`__consumer_offsets`) are left out: offsets are kept in Postgres.

A file that a cleaner replaces meanwhile (compacted topics, snapshots of the metadata) is noticed by
its name or inode, and that partition is copied again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.backup.batches import TornError, read_batches
from infra.backup.files import Copied, copy_private, make_private, write_private
from infra.kafka.offsets import Offsets
from infra.problem import Problem

METADATA = "__cluster_metadata-0"
TOPIC_ID = "partition.metadata"
IDENTITY = ("meta.properties", "bootstrap.checkpoint")
_PARTITION = re.compile(r"(?P<topic>[a-zA-Z0-9._-]+)-(?P<partition>[0-9]+)")
_KEPT_OF_METADATA = {".log", ".checkpoint", "", ".metadata"}
ATTEMPTS_MAX = 5

Files = dict[str, Copied]
"""What was copied, by path below the copied folder."""


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """One partition of one topic; its text is the name of its folder."""

    topic: str
    number: int

    def __str__(self) -> str:
        return f"{self.topic}-{self.number}"


def partitions_in(data: Path) -> list[Partition]:
    """The partitions in a broker's folder, the broker's own topics aside."""
    found = []
    for folder in sorted(data.iterdir()):
        match = _PARTITION.fullmatch(folder.name)
        if match and folder.is_dir() and not folder.name.startswith("__"):
            found.append(Partition(match["topic"], int(match["partition"])))
    return found


def copy_partition(data: Path, target: Path, partition: Partition, end: int) -> Files:
    """Copy one partition up to and without the offset `end`.

    Raises Problem when a batch before `end` is damaged or not there.
    """
    source, name = data / str(partition), str(partition)

    def copy(into: Path) -> Files:
        files = {}
        reached = 0
        for segment in _segments(source):
            if int(segment.stem) >= end:
                break
            cut = _Cut(segment, end)
            files[f"{name}/{segment.name}"] = write_private(into / segment.name, cut.parts())
            reached = max(reached, cut.reached)
        if reached < end:
            raise _damaged(source, reached, end)
        files[f"{name}/{TOPIC_ID}"] = copy_private(source / TOPIC_ID, into / TOPIC_ID)
        return files

    return _while_it_stays(source, target / name, copy)


def copy_metadata(data: Path, target: Path) -> Files:
    """Copy the log of the cluster itself, without a torn end, and the folder's identity."""
    source = data / METADATA

    def copy(into: Path) -> Files:
        files = {}
        for path in sorted(source.iterdir()):
            if not path.is_file() or path.suffix not in _KEPT_OF_METADATA:
                continue  # an index, a snapshot of producers, a draft
            parts = _Cut(path, None).parts() if path.suffix == ".log" else None
            where = into / path.name
            copied = write_private(where, parts) if parts else copy_private(path, where)
            files[f"{METADATA}/{path.name}"] = copied
        return files

    files = _while_it_stays(source, target / METADATA, copy)
    for name in IDENTITY:
        if (data / name).is_file():
            files[name] = copy_private(data / name, target / name)
    return files


def end_of(folder: Path) -> int:
    """The offset after the last batch of a copied partition, every checksum proven.

    Raises Problem at a batch that is not whole.
    """
    reached = 0
    for segment in _segments(folder):
        with segment.open("rb") as file:
            try:
                for batch in read_batches(file):
                    reached = batch.next_offset
            except TornError as error:
                raise Problem(
                    f"{segment} is damaged ({error}): use another backup, this one cannot be "
                    "trusted."
                ) from error
    return reached


def shortfalls(folder: Path, cut: Offsets) -> list[str]:
    """One sentence per partition of a copied log that ends before its cut."""
    found = []
    for (topic, number), end in cut.items():
        copied = folder / str(Partition(topic, number))
        reached = end_of(copied) if copied.is_dir() else 0
        if reached < end:
            found.append(f"{copied} ends at offset {reached} and not at {end}.")
    return found


class _Cut:
    """The batches of a segment before an offset; `reached` is the offset after the last of them.

    Without an end, everything up to the first batch that is not whole.
    """

    def __init__(self, segment: Path, end: int | None) -> None:
        self._segment = segment
        self._end = end
        self.reached = int(segment.stem)

    def parts(self) -> Iterator[bytes]:
        with self._segment.open("rb") as file:
            try:
                for batch in read_batches(file):
                    if self._end is not None and batch.base >= self._end:
                        self.reached = max(self.reached, self._end)
                        return
                    self.reached = batch.next_offset
                    yield batch.data
            except TornError:
                return  # being written just now, or damage: `reached` tells which


def _segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.log"), key=lambda path: int(path.stem))


def _while_it_stays(source: Path, into: Path, copy: Callable[[Path], Files]) -> Files:
    """Copy a folder again until no file of it was replaced meanwhile."""
    for _attempt in range(ATTEMPTS_MAX):
        before = _inodes(source)
        make_private(into)
        try:
            files = copy(into)
            if before.items() <= _inodes(source).items():
                return files
        except FileNotFoundError:
            pass  # a cleaner took it away: look again
        for path in into.iterdir():
            path.unlink()
        into.rmdir()
    raise Problem(
        f"Kafka replaced files of {source.name} again and again while they were copied: run the "
        "backup again when the network is quieter."
    )


def _inodes(folder: Path) -> Mapping[str, int]:
    """The files that must stay the same while they are copied, with their inodes."""
    kept = (".log", ".checkpoint")
    return {path.name: path.stat().st_ino for path in folder.iterdir() if path.suffix in kept}


def _damaged(source: Path, reached: int, end: int) -> Problem:
    return Problem(
        f"The log in {source} ends at offset {reached} although {end} was acknowledged, or a batch "
        "there is damaged: the broker's disk lost data. Keep the backups you have and see "
        "docs/operations.md, When the log lost its end."
    )
