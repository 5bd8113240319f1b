"""A tick looks at the prescriptions that its batch touches, and at no other.

Breaks: log time moves a quiet prescription on: what was due is told, and told once.
Caught by: ticks move on what is due.
Scenario: log time passes.
"""

from __future__ import annotations

from services.registry import folder
from tests.faults.planted.patching import swap


def plant() -> None:
    async def nothing(_database, _partition, _at):  # type: ignore[no-untyped-def]
        for page in ():
            yield page

    swap(folder, "load_due", nothing)
