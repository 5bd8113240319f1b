"""Segment files: whole batches are told from torn and damaged ones, whatever the bytes."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from hypothesis import given
from hypothesis import strategies as st

from infra.backup import batches
from infra.backup.batches import TornError, read_batches
from infra.backup.kafka_copy import Partition, copy_partition, end_of, partitions_in
from infra.problem import Problem


def a_batch(base: int, count: int, timestamp_ms: int = 1_000) -> bytes:
    """`count` records from offset `base` on, as a broker writes them."""
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=False,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=1 << 20,
    )
    for number in range(count):
        builder.append(number, timestamp_ms, b"key", f"value {base + number}".encode(), [])
    data = bytearray(builder.build())
    data[:8] = base.to_bytes(8, "big")  # the broker sets it; the checksum does not cover it
    return bytes(data)


def a_segment(sizes: list[int]) -> list[bytes]:
    found, base = [], 0
    for size in sizes:
        found.append(a_batch(base, size))
        base += size
    return found


@given(st.lists(st.integers(1, 5), min_size=1, max_size=6), st.integers(1, 300))
def test_batches_are_read_whatever_the_size_of_a_read(sizes: list[int], at_once: int) -> None:
    whole = b"".join(a_segment(sizes))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(batches, "READ_BYTES", at_once)
        found = list(read_batches(io.BytesIO(whole)))
    assert b"".join(batch.data for batch in found) == whole
    assert [batch.next_offset - batch.base for batch in found] == sizes
    assert {batch.timestamp_ms for batch in found} == {1_000}


@given(st.lists(st.integers(1, 3), min_size=1, max_size=4), st.data())
def test_a_torn_end_is_told_and_all_before_it_is_kept(
    sizes: list[int], data: st.DataObject
) -> None:
    segment = a_segment(sizes)
    whole = b"".join(segment)
    length = data.draw(st.integers(0, len(whole) - 1))
    kept: list[bytes] = []
    torn_at = None
    try:
        kept += [batch.data for batch in read_batches(io.BytesIO(whole[:length]))]
    except TornError as error:
        torn_at = error.position
    borders = [sum(map(len, segment[:n])) for n in range(len(segment) + 1)]
    last = max(border for border in borders if border <= length)
    assert torn_at == (None if length == last else last)


@given(st.integers(0, 7), st.data())
def test_a_flipped_bit_is_noticed(bit: int, data: st.DataObject) -> None:
    """Everywhere but in the base offset and the leader epoch, which the checksum leaves out."""
    whole = bytearray(a_batch(0, 3))
    place = data.draw(st.integers(16, len(whole) - 1))
    whole[place] ^= 1 << bit
    with pytest.raises(TornError):
        list(read_batches(io.BytesIO(bytes(whole))))


def a_data_folder(root: Path, *segments: list[bytes]) -> Path:
    """A broker's folder with one partition, its segments named by their first offset."""
    folder = root / "data" / "rx.log-3"
    folder.mkdir(parents=True)
    (folder / "partition.metadata").write_text("version: 0\ntopic_id: x\n")
    for written in segments:
        first = int.from_bytes(written[0][:8], "big")
        (folder / f"{first:020d}.log").write_bytes(b"".join(written))
        (folder / f"{first:020d}.index").write_bytes(b"rebuilt")
    (root / "data" / "__consumer_offsets-0").mkdir()
    (root / "data" / "rx.old-0.0123abc-delete").mkdir()
    return root / "data"


def test_a_partition_is_copied_up_to_its_cut(tmp_path: Path) -> None:
    first, second = [a_batch(0, 3), a_batch(3, 2)], [a_batch(5, 1), a_batch(6, 4)]
    data = a_data_folder(tmp_path, first, [*second, b"\0torn"])
    [partition] = partitions_in(data)
    assert partition == Partition("rx.log", 3)
    for end, count in ((0, 0), (3, 1), (5, 1), (6, 2), (10, 2)):
        target = tmp_path / f"copy-{end}"
        target.mkdir()
        files = copy_partition(data, target, partition, end)
        copied = target / "rx.log-3"
        assert end_of(copied) == end
        assert len(list(copied.glob("*.log"))) == count
        assert {f"rx.log-3/{path.name}" for path in copied.iterdir()} == files.keys()
        assert all(path.stat().st_mode & 0o777 == 0o600 for path in copied.iterdir())


def test_a_log_that_misses_what_was_acknowledged_is_not_copied(tmp_path: Path) -> None:
    data = a_data_folder(tmp_path, [a_batch(0, 3), a_batch(3, 2)])
    (tmp_path / "copy").mkdir()
    with pytest.raises(Problem, match=r"ends at offset 5 although 9 was acknowledged"):
        copy_partition(data, tmp_path / "copy", Partition("rx.log", 3), 9)


def test_a_damaged_copy_is_a_problem(tmp_path: Path) -> None:
    data = a_data_folder(tmp_path, [a_batch(0, 3), a_batch(3, 2)])
    segment = data / "rx.log-3" / f"{0:020d}.log"
    os.truncate(segment, segment.stat().st_size - 1)
    with pytest.raises(Problem, match="cannot be trusted"):
        end_of(data / "rx.log-3")


def test_a_segment_that_a_cleaner_replaces_meanwhile_is_copied_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = a_data_folder(tmp_path, [a_batch(0, 3), a_batch(3, 2)])
    segment = data / "rx.log-3" / f"{0:020d}.log"
    (tmp_path / "copy").mkdir()
    replacements = []

    def replacing(file: io.BufferedReader):  # type: ignore[no-untyped-def]
        if not replacements:
            replacements.append(segment.rename(tmp_path / "before"))
            segment.write_bytes(a_batch(4, 1))  # compacted: the older records are gone
        return read_batches(file)

    monkeypatch.setattr("infra.backup.kafka_copy.read_batches", replacing)
    copy_partition(data, tmp_path / "copy", Partition("rx.log", 3), 5)
    copied = tmp_path / "copy" / "rx.log-3" / segment.name
    assert copied.read_bytes() == segment.read_bytes()
