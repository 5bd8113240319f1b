"""The catalogue of events, from the topology and the schema files."""

from __future__ import annotations

import json
import sys
from typing import Any

from infra.schema_lock import SCHEMAS, schema_files
from services.topology import TOPICS, Topic

FILE = SCHEMAS / "README.md"

HEAD = """# The published language

One file per event and version, immutable once released; `registry.lock` names each file's schema
id. Values on the wire are `00`, the id (big-endian int32) and the Avro body; CloudEvents headers
say what a record is. Every version reads every other (FULL_TRANSITIVE). Personal fields travel
sealed; nothing personal is in clear.

This page is generated from `services/topology.py` and the schema files:
`python -m infra.schema_catalogue`.
"""


def catalogue() -> str:
    """The whole page."""
    newest = {event: file for event, _version, file in schema_files(SCHEMAS)}
    parts = [HEAD]
    for topic in TOPICS:
        parts.append(_topic(topic))
        for event in topic.events:
            schema = json.loads(newest[event.__name__].read_text())
            parts.append(_event(schema, topic.written_by[event], newest[event.__name__].name))
    return "\n".join(parts)


def _topic(topic: Topic) -> str:
    readers = ", ".join(topic.readers)
    return (
        f"## {topic.name}\nKey: {topic.key}. Partitions: {topic.partitions}. Read by {readers}.\n"
    )


def _event(schema: dict[str, Any], writer: str, file: str) -> str:
    rows = [
        f"| `{field['name']}` | {_type(field['type'])} | {field['doc']} |"
        for field in schema["fields"]
    ]
    title = f"### {schema['name']}\nWritten by {writer} (`{file}`). {schema['doc']}\n"
    return "\n".join([title, "| field | type | meaning |", "|---|---|---|", *rows, ""])


def _type(avro: Any) -> str:
    """An Avro type in a few words."""
    match avro:
        case str():
            return avro
        case ["null", other]:
            return f"{_type(other)} or null"
        case {"logicalType": "decimal", "scale": scale}:
            return f"decimal, {scale} places"
        case {"logicalType": logical}:
            return str(logical)
        case {"type": "array", "items": items}:
            return f"list of {_type(items)}"
        case {"type": "map", "values": values}:
            return f"map of {_type(values)}"
        case {"type": "record", "name": name, "fields": fields}:
            return f"{name} ({', '.join(field['name'] for field in fields)})"
        case {"type": "enum", "name": name, "symbols": symbols}:
            return f"{name} ({', '.join(symbols)})"
    return str(avro)


def main() -> int:
    FILE.write_text(catalogue())
    sys.stdout.write(f"wrote {FILE.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
