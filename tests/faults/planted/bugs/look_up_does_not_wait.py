"""A look-up reads what is committed and does not wait for the batch whose results were told.

Breaks: what was told can be read.
Caught by: linearizability.
Scenario: a look-up before the commit.
"""

from __future__ import annotations

from services.kernel.folding import told
from tests.faults.planted.patching import swap


def plant() -> None:
    async def unwaited(*_arguments) -> None:  # type: ignore[no-untyped-def]
        return None

    swap(told, "until_readable", unwaited)
