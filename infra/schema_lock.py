"""Releases schema files: `python -m infra.schema_lock` adds new ones to `schemas/registry.lock`.

A file is `<folder>/<Event>.<n>.avsc`. A released file never changes; a change is a new version,
which must read and be read by every version before it (FULL_TRANSITIVE).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import fastavro

from services.kernel.log.codec import LOCK_FILE, fingerprint

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"


def schema_files(schemas: Path) -> list[tuple[str, int, Path]]:
    """(event, version, file) of every schema file, in order of release."""
    found = []
    for file in schemas.glob("*/*.avsc"):
        event, version = file.name.removesuffix(".avsc").rsplit(".", 1)
        found.append((event, int(version), file))
    return sorted(found, key=lambda item: (item[1], item[2].parent.name, item[0]))


def new_entries(schemas: Path, locked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lock entries for the files that are not locked yet, with the next free ids."""
    known = {entry["file"] for entry in locked}
    next_id = max((entry["id"] for entry in locked), default=0) + 1
    entries = []
    for event, version, file in schema_files(schemas):
        relative = file.relative_to(schemas).as_posix()
        if relative in known:
            continue
        schema = json.loads(file.read_text())
        fastavro.parse_schema(schema)
        entries.append(
            {
                "id": next_id,
                "subject": f"{schema['namespace']}.{schema['name']}",
                "name": event,
                "version": version,
                "file": relative,
                "fingerprint": fingerprint(schema),
            }
        )
        next_id += 1
    return entries


def main() -> int:
    lock = SCHEMAS / LOCK_FILE
    locked = json.loads(lock.read_text()) if lock.exists() else []
    added = new_entries(SCHEMAS, locked)
    rows = ",\n".join("  " + json.dumps(entry) for entry in [*locked, *added])
    lock.write_text(f"[\n{rows}\n]\n")
    for entry in added:
        sys.stdout.write(f"released {entry['file']} as id {entry['id']}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
