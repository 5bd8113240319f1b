"""A worker keeps the states it has loaded, to spare Postgres, also over the loss of a partition.

Breaks: verdicts follow from everything that lies on the log before.
Caught by: holds never overlap; verdicts follow from the log; linearizability.
Scenario: a partition goes and comes back.
"""

from __future__ import annotations

from services.registry import folder
from tests.faults.planted.patching import swap


def plant() -> None:
    load, save = folder.load_known, folder.save
    kept: dict = {}

    async def load_known(database, asked):  # type: ignore[no-untyped-def]
        known = await load(database, asked)
        return known._replace(states=known.states | kept)

    async def keeping(database, folded):  # type: ignore[no-untyped-def]
        await save(database, folded)
        kept.update(folded.states)

    swap(folder, "load_known", load_known)
    swap(folder, "save", keeping)
