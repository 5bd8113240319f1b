"""That results are about to be told is not kept: a look-up trusts that a batch under way will
commit.

Breaks: what was told can be read.
Caught by: linearizability.
Scenario: a look-up after a cut commit.
"""

from __future__ import annotations

from services.kernel.folding import told
from tests.faults.planted.patching import swap


def plant() -> None:
    async def unnoted(*_arguments) -> None:  # type: ignore[no-untyped-def]
        return None

    swap(told, "note", unnoted)
