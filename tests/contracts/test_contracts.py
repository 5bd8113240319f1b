"""The contracts are the schemas, field by field, and every byte ever released can be read."""

from __future__ import annotations

import json
import types
import typing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from avro.schema import parse as parse_avro

from infra.schema_catalogue import FILE, catalogue
from infra.schema_lock import SCHEMAS, new_entries, schema_files
from services.kernel.log.codec import LOCK_FILE, Codec, SchemaLockError, UnreadableError
from services.kernel.log.language import published_language
from services.topology import TOPICS
from tests.contracts.golden import GOLDEN, golden_events

LOCK = json.loads((SCHEMAS / LOCK_FILE).read_text())
EVENTS = [event for topic in TOPICS for event in topic.events]
NEWEST = {event: file for event, _version, file in schema_files(SCHEMAS)}


@pytest.mark.parametrize("contract", EVENTS, ids=lambda c: c.__name__)
def test_the_contract_has_the_fields_and_types_of_its_newest_schema(contract: type) -> None:
    schema = json.loads(NEWEST[contract.__name__].read_text())
    _same(contract, schema, {})


def _same(contract: type, schema: dict, named: dict) -> None:
    named[schema["name"]] = schema
    hints = typing.get_type_hints(contract)
    ours = {field.name: field for field in msgspec.structs.fields(contract)}
    assert sorted(ours) == sorted(field["name"] for field in schema["fields"])
    for field in schema["fields"]:
        _same_type(hints[field["name"]], field["type"], named, f"{schema['name']}.{field['name']}")
        has_default = ours[field["name"]].default is not msgspec.NODEFAULT or (
            ours[field["name"]].default_factory is not msgspec.NODEFAULT
        )
        assert has_default == ("default" in field), f"{field['name']}: default on one side only"


SIMPLE = {"string": str, "int": int, "long": int, "double": float, "boolean": bool, "bytes": bytes}
LOGICAL = {"timestamp-millis": datetime, "date": date, "decimal": Decimal}


def _same_type(hint: object, avro: object, named: dict, where: str) -> None:
    if isinstance(avro, list):
        assert avro[0] == "null", where
        assert isinstance(hint, types.UnionType), where
        [hint] = [arm for arm in typing.get_args(hint) if arm is not type(None)]
        avro = avro[1]
    if isinstance(avro, str) and avro in named:
        avro = named[avro]
    if isinstance(avro, str):
        assert hint is SIMPLE[avro], where
    elif "logicalType" in avro:
        assert hint is LOGICAL[avro["logicalType"]], where
    elif avro["type"] == "array":
        assert typing.get_origin(hint) is tuple, where
        _same_type(typing.get_args(hint)[0], avro["items"], named, where)
    elif avro["type"] == "map":
        assert typing.get_args(hint) == (str, SIMPLE[avro["values"]]), where
    elif avro["type"] == "enum":
        named[avro["name"]] = avro
        assert set(typing.get_args(hint)) == set(avro["symbols"]), where
    else:
        _same(hint, avro, named)  # type: ignore[arg-type]


@pytest.mark.parametrize("file", [f for _, _, f in schema_files(SCHEMAS)], ids=lambda f: f.name)
def test_every_field_and_every_type_is_documented(file: Path) -> None:
    def look(node: object) -> None:
        if isinstance(node, list):
            for item in node:
                look(item)
        elif isinstance(node, dict):
            if node.get("type") in ("record", "enum") or "name" in node:
                assert node.get("doc"), f"{file.name}: {node.get('name')} has no doc"
            for value in node.values():
                look(value)

    look(json.loads(file.read_text()))


def test_every_schema_file_is_released() -> None:
    assert new_entries(SCHEMAS, LOCK) == [], "run python -m infra.schema_lock"
    assert len({entry["id"] for entry in LOCK}) == len(LOCK)


def test_a_released_schema_that_changes_is_refused(tmp_path: Path) -> None:
    for entry in LOCK:
        source = SCHEMAS / entry["file"]
        target = tmp_path / entry["file"]
        target.parent.mkdir(exist_ok=True)
        target.write_text(source.read_text().replace("Who sent", "Somebody sent"))
    (tmp_path / LOCK_FILE).write_text(json.dumps(LOCK))
    with pytest.raises(SchemaLockError, match="a released schema never changes"):
        Codec(tmp_path, EVENTS)


VERSIONS: dict[str, list[Path]] = {}
for _event, _version, _file in schema_files(SCHEMAS):
    VERSIONS.setdefault(_event, []).append(_file)


@pytest.mark.parametrize("event", VERSIONS)
def test_every_version_reads_every_other(event: str) -> None:
    """FULL_TRANSITIVE: replays read the oldest bytes, old readers meet the newest."""
    schemas = [json.loads(file.read_text()) for file in VERSIONS[event]]
    for writer in schemas:
        for reader in schemas:
            result = ReaderWriterCompatibilityChecker().get_compatibility(
                parse_avro(json.dumps(reader)), parse_avro(json.dumps(writer))
            )
            assert result.compatibility is SchemaCompatibilityType.compatible, result.messages
            assert _decimals(reader) >= _decimals(writer), "a decimal changed its scale"


def _decimals(node: object) -> set[tuple[int, int]]:
    """(precision, scale) of every decimal: the checker does not look at them."""
    if isinstance(node, list):
        return set().union(*(_decimals(item) for item in node)) if node else set()
    if not isinstance(node, dict):
        return set()
    own = {(node["precision"], node["scale"])} if node.get("logicalType") == "decimal" else set()
    return own.union(*(_decimals(value) for value in node.values()))


@pytest.mark.parametrize("entry", LOCK, ids=lambda e: e["file"])
def test_yesterdays_bytes_decode_to_todays_type(entry: dict) -> None:
    value = bytes.fromhex((GOLDEN / f"{entry['name']}.{entry['version']}.hex").read_text().strip())
    event = golden_events()[entry["name"]]
    schema = json.loads((SCHEMAS / entry["file"]).read_text())
    content = _known_to(schema, msgspec.to_builtins(event, builtin_types=NATIVE), {})
    expected = msgspec.convert(content, type(event), builtin_types=NATIVE)
    assert published_language().decode(value) == expected


NATIVE = (bytes, datetime, date, Decimal)


def _known_to(schema: object, content: object, named: dict) -> object:
    """`content` without the fields that this version of the schema does not have yet."""
    if isinstance(schema, list):
        return None if content is None else _known_to(schema[1], content, named)
    schema = named.get(schema, schema) if isinstance(schema, str) else schema
    if not isinstance(schema, dict):
        return content
    if "name" in schema:
        named[schema["name"]] = schema
    if schema["type"] == "array":
        return [_known_to(schema["items"], item, named) for item in content]  # type: ignore
    if schema["type"] != "record":
        return content
    return {
        field["name"]: _known_to(field["type"], content[field["name"]], named)  # type: ignore
        for field in schema["fields"]
    }


@pytest.mark.parametrize("event", golden_events().values(), ids=lambda e: type(e).__name__)
def test_todays_bytes_are_those_on_file(event: msgspec.Struct) -> None:
    codec = published_language()
    name = type(event).__name__
    version = max(entry["version"] for entry in LOCK if entry["name"] == name)
    on_file = (GOLDEN / f"{name}.{version}.hex").read_text().strip()
    assert codec.encode(event).hex() == on_file


@pytest.mark.parametrize(
    "value",
    [None, b"", b"\x00\x00", b"\x01\x00\x00\x00\x01abc", b"\x00\x00\x00\x03\xe7abc"],
)
def test_what_is_no_record_of_ours_is_said_to_be_unreadable(value: bytes | None) -> None:
    with pytest.raises(UnreadableError):
        published_language().decode(value)


@pytest.mark.parametrize("event", golden_events().values(), ids=lambda e: type(e).__name__)
def test_a_truncated_or_padded_record_is_unreadable(event: msgspec.Struct) -> None:
    codec = published_language()
    value = codec.encode(event)
    for damaged in (value[:-1], value + b"\x00"):
        with pytest.raises(UnreadableError):
            codec.decode(damaged)


def test_an_older_reader_meets_a_newer_writer(tmp_path: Path) -> None:
    """A new optional field is filled with its default, an unknown enum symbol with UNKNOWN."""
    old = json.loads(NEWEST["ReservationReleased"].read_text())
    new = json.loads(json.dumps(old))
    new["fields"].append({"name": "note", "type": "string", "doc": "New.", "default": ""})
    folder = tmp_path / "log"
    folder.mkdir()
    (folder / "ReservationReleased.1.avsc").write_text(json.dumps(old))
    (folder / "ReservationReleased.2.avsc").write_text(json.dumps(new))
    entries = new_entries(tmp_path, [])
    (tmp_path / LOCK_FILE).write_text(json.dumps(entries[:1]))
    [contract] = [c for c in EVENTS if c.__name__ == "ReservationReleased"]
    value = Codec(tmp_path, [contract]).encode(golden_events()["ReservationReleased"])
    (tmp_path / LOCK_FILE).write_text(json.dumps(entries))
    assert Codec(tmp_path, [contract]).decode(value) == golden_events()["ReservationReleased"]


def test_times_are_kept_to_the_millisecond_in_utc() -> None:
    event = golden_events()["DispensingReserved"]
    local = datetime(2026, 11, 22, 8, 0, 0, 123_000, tzinfo=UTC)
    moved = msgspec.structs.replace(event, occurred_at=local)
    assert published_language().decode(published_language().encode(moved)) == moved


def test_the_catalogue_is_that_of_the_schemas() -> None:
    assert FILE.read_text() == catalogue(), "run python -m infra.schema_catalogue"
