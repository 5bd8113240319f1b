"""The statements of `reads.sql` by name.

They are data, all in one place, so that the plans of all of them can be examined
(`python -m infra.query_plans`).
"""

from __future__ import annotations

import re
from pathlib import Path

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def named(text: str) -> dict[str, str]:
    """Name -> statement, of a text in which each statement begins with a line `-- name: <name>`."""
    _before, *parts = _NAME.split(text)
    return {
        name: sql.strip().removesuffix(";")
        for name, sql in zip(parts[::2], parts[1::2], strict=True)
    }


READS = named(Path(__file__).with_name("reads.sql").read_text(encoding="utf-8"))
