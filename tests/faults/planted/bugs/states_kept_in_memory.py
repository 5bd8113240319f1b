"""A worker keeps the states it has loaded, to spare Postgres, also over the loss of a partition.

Breaks: verdicts follow from everything that lies on the log before.
Caught by: holds never overlap; verdicts follow from the log; linearizability.
Scenario: a partition goes and comes back.
"""

from __future__ import annotations

from services.registry import folder
from tests.faults.planted.patching import swap


def plant() -> None:
    load, save = folder.load_states, folder.save
    kept: dict = {}

    async def load_states(database, codes):  # type: ignore[no-untyped-def]
        wanted = set(codes)
        found = await load(database, wanted - set(kept))
        return {code: kept[code] for code in wanted & set(kept)} | found

    async def keeping(database, folded):  # type: ignore[no-untyped-def]
        await save(database, folded)
        kept.update(folded.states)

    swap(folder, "load_states", load_states)
    swap(folder, "save", keeping)
