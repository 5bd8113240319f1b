"""What a manifest says of a backup, and what is told when the files say something else."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from infra.backup import manifest
from infra.backup.files import write_private
from infra.backup.manifest import LOG, POSTGRES, Manifest, Seen, Step
from infra.backup.positions import behind
from infra.backup.restoring import check_versions
from infra.problem import Problem


def a_manifest(**changes: object) -> Manifest:
    lock, schemas = manifest.schema_lock()
    nothing = Seen("2026-11-22T01:00:00.000Z", {}, {})
    applied = Seen(
        "2026-11-22T01:00:01.000Z", {"rx.log/0": 9}, {"registry": {"rx.log/0": 7, "rx.log/1": 2}}
    )
    known = Manifest(
        format=manifest.FORMAT,
        rxlog="0.1.0",
        kafka="4.1.2",
        cluster_id="x",
        postgres=18,
        schema_lock=lock,
        schemas=schemas,
        moment="2026-11-22T01:00:02.000Z",
        cut={"rx.log/0": 9, "rx.log/1": 2},
        steps=(Step(POSTGRES, nothing, applied), Step(LOG, applied, applied)),
        folders=(),
        files={},
    )
    return msgspec.structs.replace(known, **changes)


def test_a_log_that_holds_what_postgres_knows_is_in_order() -> None:
    assert manifest.cut_short(a_manifest()) == []


def test_a_postgres_newer_than_its_log_is_told_partition_by_partition() -> None:
    told = manifest.cut_short(a_manifest(cut={"rx.log/0": 6}))
    assert told == [
        "registry has applied 7 records of rx.log/0, which ends at 6",
        "registry has applied 2 records of rx.log/1, which ends at 0",
    ]


def test_what_is_behind_is_counted_room_by_room() -> None:
    positions = {"registry": {("rx.log", 0): 7}, "oversight": {("rx.alerts", 1): 3}}
    assert behind(positions, {("rx.log", 0): 9, ("rx.alerts", 1): 4, ("rx.facts", 0): 5}) == 3


def test_files_that_are_missing_changed_or_foreign_are_named(tmp_path: Path) -> None:
    folder = tmp_path / LOG
    folder.mkdir()
    files = {
        f"{LOG}/{name}": manifest.as_file(write_private(folder / name, [name.encode()]))
        for name in ("kept", "changed", "gone")
    }
    (folder / "changed").write_bytes(b"CHANGED")
    (folder / "gone").unlink()
    (folder / "foreign").write_bytes(b"")
    told = list(manifest.differences(a_manifest(files=files), {LOG: folder}))
    assert [sentence.removeprefix(f"{folder}/") for sentence in told] == [
        "gone is missing.",
        "foreign does not belong to the backup.",
        "changed is not the file that was copied (its SHA-256 differs).",
    ]


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    manifest.write(a_manifest(), tmp_path)
    assert manifest.read(tmp_path) == a_manifest()
    assert (tmp_path / manifest.FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "it has no manifest.json, which is written last"),
        (b"{", "is damaged or of another release"),
        (msgspec.json.encode(a_manifest(format=2)), "is a backup of format 2"),
    ],
)
def test_what_is_no_backup_is_told_with_what_to_do(
    tmp_path: Path, text: bytes | None, told: str
) -> None:
    if text is not None:
        (tmp_path / manifest.FILE).write_bytes(text)
    with pytest.raises(Problem, match=told) as refused:
        manifest.read(tmp_path)
    assert "use" in str(refused.value).lower()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"postgres": 19}, "data of Postgres 19"),
        ({"kafka": "4.2.0"}, "data of Kafka 4.2.0"),
        ({"schemas": {"log/New.1.avsc": "f"}}, "records in log/New.1.avsc"),
    ],
)
def test_a_backup_of_a_newer_release_is_refused(changes: dict[str, object], told: str) -> None:
    with pytest.raises(Problem, match=told):
        check_versions(a_manifest(**changes))


def test_a_backup_of_an_older_release_is_taken() -> None:
    check_versions(a_manifest(kafka="3.9.1", schemas={}))
