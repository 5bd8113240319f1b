"""Reads Kafka's segment files: record batches (format 2), each with its checksum proven.

A segment is a file of batches, one after the other. The bytes of a batch never change once they
are written, so a copy of a file that grows meanwhile is a beginning of it, whole up to a torn end.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from aiokafka.record.util import calc_crc32c

_HEADER = struct.Struct(">qiibIhiqq")
"""baseOffset, batchLength, partitionLeaderEpoch, magic, crc, attributes, lastOffsetDelta,
baseTimestamp, maxTimestamp: the part of the header that is needed here."""

_LENGTH_FROM = 12
_CRC_FROM = 21
_MAGIC = 2
READ_BYTES = 4 * 1024 * 1024
BATCH_BYTES_MAX = 128 * 1024 * 1024
"""Far beyond what a broker takes: a longer one is damage, not to be waited for."""


class TornError(Exception):
    """What follows is no whole batch: a torn end, or damage. `position` is where it begins."""

    def __init__(self, position: int, what: str) -> None:
        super().__init__(f"{what} at byte {position}")
        self.position = position


@dataclass(frozen=True, slots=True)
class Batch:
    """Offsets from `base` up to and without `next_offset`. `data` are its bytes in the file."""

    base: int
    next_offset: int
    timestamp_ms: int
    data: bytes


def read_batches(file: BinaryIO) -> Iterator[Batch]:
    """The batches of a segment from where the file stands; ends at the end of the file.

    Raises TornError at the first bytes that are no whole batch with the right checksum.
    """
    position = 0
    waiting = b""
    while True:
        more = file.read(READ_BYTES)
        waiting += more
        taken = 0
        while (batch := _batch(waiting, taken, position + taken)) is not None:
            taken += len(batch.data)
            yield batch
        waiting, position = waiting[taken:], position + taken
        if not more:
            if waiting:
                raise TornError(position, "an incomplete batch")
            return


def _batch(data: bytes, start: int, position: int) -> Batch | None:
    """The batch that begins at `start`; None when its bytes are not all there."""
    if len(data) - start < _HEADER.size:
        return None
    base, length, _epoch, magic, crc, _attributes, last_delta, _first, timestamp_ms = (
        _HEADER.unpack_from(data, start)
    )
    size = _LENGTH_FROM + length
    if magic != _MAGIC or not _HEADER.size <= size <= BATCH_BYTES_MAX or last_delta < 0:
        raise TornError(position, "no record batch")
    if len(data) - start < size:
        return None
    whole = data[start : start + size]
    if calc_crc32c(whole[_CRC_FROM:]) != crc:
        raise TornError(position, "a batch whose checksum is wrong")
    return Batch(base, base + last_delta + 1, timestamp_ms, whole)
