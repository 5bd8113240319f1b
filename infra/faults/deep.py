"""The deep check after some faults, while nothing is under way: the whole log audited, the calls
checked for linearizability, the registry rebuilt beside the live one and compared."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infra.faults.checks import (
    Verdict,
    Violation,
    at_the_same_place,
    audit,
    linearizable,
    read_log,
    read_outcomes,
    read_rows,
)
from infra.faults.checks.records import Rows
from infra.faults.history import Call, clock, read
from infra.faults.life import Life
from infra.faults.stage import WORKERS
from infra.local.environment import inherited
from services.kernel.log.codec import Codec

DEAD_LETTERS_S = 20.0
REBUILD_S = 600.0


@dataclass
class Findings:
    """What the deep check found. `said` is what the rebuild printed."""

    violations: list[Violation] = field(default_factory=list)
    records: int = 0
    unreadable: int = 0
    linearizable: Verdict | None = None
    is_rebuild_same: bool = False
    said: str = ""
    seconds: float = 0.0

    def counted(self) -> Counter[str]:
        """Violations by the check that found them."""
        return Counter(violation.check for violation in self.violations)


async def deep_check(life: Life, histories: Sequence[Path]) -> Findings:
    """Check a life so far; `histories` are its segments', the last one is checked for order."""
    began = clock()
    found = Findings()
    found.violations += await _without_dead_letter(life)
    database = await life.stage.database("registry")
    try:
        rows = await read_rows(database)
    finally:
        await database.close()
    checked, order, rebuilt = await asyncio.gather(
        asyncio.to_thread(_audit, life.stage.network.kafka_bootstrap, life.codec, histories, rows),
        asyncio.to_thread(linearizable, histories[-1]),
        _rebuild(life),
    )
    violations, found.records, found.unreadable = checked
    found.violations += violations
    found.linearizable = order
    if order.was_run and order.holds is not True:
        found.violations.append(Violation("linearizability", order.reason))
    found.is_rebuild_same, found.said = rebuilt
    if not found.is_rebuild_same:
        found.violations.append(Violation("the rebuild differs", found.said))
    found.seconds = clock() - began
    return found


def _audit(
    bootstrap: str, codec: Codec, histories: Sequence[Path], rows: Rows
) -> tuple[list[Violation], int, int]:
    calls: list[Call] = [call for path in histories for call in read(path)]
    everything = read_log(bootstrap, codec), read_outcomes(bootstrap, codec)
    log, outcomes = at_the_same_place(rows, *everything)
    violations = audit(calls, log, outcomes, rows)
    return violations, len(log), sum(record.event is None for record in log)


async def _without_dead_letter(life: Life) -> list[Violation]:
    until = clock() + DEAD_LETTERS_S
    while True:
        missing = life.watch.without_dead_letter()
        if not missing or clock() > until:
            break
        await asyncio.sleep(0.1)
    return [
        Violation("no dead letter", f"none for the record at {partition}/{offset}")
        for partition, offset in missing
    ]


async def _rebuild(life: Life) -> tuple[bool, str]:
    """Whether a rebuild from offset 0 is byte for byte what the live registry is."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.registry", "rebuild"),
        env=inherited(os.environ) | life.stage.network.env(WORKERS[0]),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), REBUILD_S)
    except TimeoutError:
        process.kill()
        await process.wait()
        return False, f"the rebuild did not end within {REBUILD_S:.0f} s"
    return process.returncode == 0, said.decode(errors="replace").strip()
