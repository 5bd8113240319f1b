"""Results are published once the transaction has committed, so that nobody hears of what may
still be rolled back.

Breaks: every record has its outcome, also when publishing fails or the worker dies before it.
Caught by: one outcome per record; the tables say what the log says.
Scenario: the broker refuses results.
"""

from __future__ import annotations

from services.kernel.folding.mechanism import Folding
from tests.faults.planted.patching import swap


class _Collecting:
    """Takes results for later."""

    def __init__(self) -> None:
        self.results: list = []

    async def append_all(self, records) -> None:  # type: ignore[no-untyped-def]
        self.results.extend(records)


def plant() -> None:
    apply = Folding.apply

    async def publishing_last(self, fetch):  # type: ignore[no-untyped-def]
        publish, self._publish = self._publish, _Collecting()
        try:
            applied = await apply(self, fetch)
            await publish.append_all(self._publish.results)
        finally:
            self._publish = publish
        return applied

    swap(Folding, "apply", publishing_last)
