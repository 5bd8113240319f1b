"""What a backup is: its parts, what they hold, and how each file of it must look."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from infra.backup.files import Copied, files_below, measure, write_private
from infra.backup.positions import Applied, ahead_of
from infra.kafka.offsets import Offsets
from infra.problem import Problem
from infra.schema_lock import SCHEMAS
from services.kernel.log.codec import LOCK_FILE

FILE = "manifest.json"
FORMAT = 1
POSTGRES, LOG, IDENTITY, KEYS = "postgres", "log", "identity", "keys"
"""The parts, in the order in which they are copied. Each is a folder; the keys may lie apart."""

WARNING_FILE = "KEEP-APART.txt"
"""Lies beside the secrets."""


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Offsets at one moment: where the partitions ended, how far each room had applied them.

    Keys are `topic/partition`, and room names for `applied`.
    """

    at: str
    ends: dict[str, int]
    applied: dict[str, dict[str, int]]


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The copying of one part, with what was seen when it began and when it had ended."""

    part: str
    began: Seen
    ended: Seen


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a file must look."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of it. `moment` is the cut: the log holds everything appended before, and what
    was appended later is not in it; `cut` is the first offset of each partition left out. `folders`
    are those of the Postgres cluster: it misses the empty ones that a copy of a copy leaves out."""

    format: int
    rxlog: str
    kafka: str
    cluster_id: str
    postgres: int
    schema_lock: str
    schemas: dict[str, str]
    moment: str
    cut: dict[str, int]
    steps: tuple[Step, ...]
    folders: tuple[str, ...]
    files: dict[str, File]

    def step(self, part: str) -> Step:
        return next(step for step in self.steps if step.part == part)

    def of_part(self, part: str) -> dict[str, File]:
        """The files of one part, by path below its folder."""
        begin = f"{part}/"
        return {
            path.removeprefix(begin): file
            for path, file in self.files.items()
            if path.startswith(begin)
        }


def write(manifest: Manifest, folder: Path) -> None:
    """Write the manifest; it is the last file of a backup, so one without it is not whole."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    write_private(folder / FILE, [text, b"\n"])


def read(folder: Path) -> Manifest:
    """The manifest of a backup. Raises Problem when there is none or it is not one."""
    try:
        text = (folder / FILE).read_bytes()
    except FileNotFoundError:
        raise Problem(
            f"{folder} is no whole backup: it has no {FILE}, which is written last. Use another "
            "backup, and delete this one if it was cut short."
        ) from None
    try:
        manifest = msgspec.json.decode(text, type=Manifest)
    except msgspec.DecodeError as error:
        raise Problem(
            f"{folder / FILE} is damaged or of another release of RxLog ({error}): use another "
            "backup, or the release that made this one."
        ) from error
    if manifest.format != FORMAT:
        raise Problem(
            f"{folder} is a backup of format {manifest.format} and this RxLog reads {FORMAT}: use "
            "the release that made it."
        )
    return manifest


def schema_lock() -> tuple[str, dict[str, str]]:
    """SHA-256 of the lock of the published language, and the fingerprint of each of its files."""
    text = (SCHEMAS / LOCK_FILE).read_bytes()
    entries = json.loads(text)
    return hashlib.sha256(text).hexdigest(), {e["file"]: e["fingerprint"] for e in entries}


def cut_short(manifest: Manifest) -> list[str]:
    """What Postgres holds of records that the copied log does not; empty when all is well."""
    held = {
        room: offsets(applied) for room, applied in manifest.step(POSTGRES).ended.applied.items()
    }
    return ahead_of(held, offsets(manifest.cut))


def differences(manifest: Manifest, folders: Mapping[str, Path]) -> Iterable[str]:
    """One sentence per file that is missing, differs or does not belong, part by part."""
    for part, folder in folders.items():
        expected = manifest.of_part(part)
        found = {path.relative_to(folder).as_posix(): path for path in files_below(folder)}
        for name in sorted(expected.keys() - found.keys()):
            yield f"{folder / name} is missing."
        for name in sorted(found.keys() - expected.keys()):
            yield f"{folder / name} does not belong to the backup."
        for name in sorted(expected.keys() & found.keys()):
            if as_file(measure(found[name])) != expected[name]:
                yield f"{folder / name} is not the file that was copied (its SHA-256 differs)."


def as_file(copied: Copied) -> File:
    return File(copied.bytes, copied.sha256)


def written(given: Mapping[tuple[str, int], int]) -> dict[str, int]:
    """Offsets as the manifest has them."""
    return {f"{topic}/{partition}": offset for (topic, partition), offset in sorted(given.items())}


def offsets(given: Mapping[str, int]) -> Offsets:
    """Offsets of the manifest by topic and partition."""
    split = ((name.rpartition("/"), offset) for name, offset in given.items())
    return {(topic, int(partition)): offset for (topic, _, partition), offset in split}


def seen(at: str, ends: Offsets, applied: Applied) -> Seen:
    return Seen(at, written(ends), {room: written(found) for room, found in applied.items()})
