"""Repeats are looked for in the batch at hand only; "Kafka is exactly-once by now anyway".

Breaks: a repeat of an event id gets its first verdict and has no second effect.
Caught by: repeats get the first verdict; same key, same answer; the tables say what the log says.
Scenario: a day at the counters.
"""

from __future__ import annotations

from typing import Any

from services.registry import folder
from tests.faults.planted.patching import swap


def plant() -> None:
    load = folder.load_known

    async def load_known(database: Any, asked: Any) -> Any:
        return (await load(database, asked))._replace(earlier={})

    swap(folder, "load_known", load_known)
