"""Writes docs/planted-bugs.md from the planted bugs: `python -m tests.faults.matrix`.

What the table says is what `test_planted.py` holds to be so, and a test there fails when the file
is not the present one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.faults.planted import Bug, all_bugs

PATH = Path(__file__).resolve().parents[2] / "docs" / "planted-bugs.md"

HEAD = """\
# Planted bugs

A check that cannot fail proves nothing. So each of these mistakes is planted into the running
program, on real Kafka and Postgres, and the checks after it must find it. Without a bug the same
scenarios run too, and then no check may find anything. The product has no switch for them:
`tests/faults/planted/` changes the program in memory when the test suite starts a room.

Made by `python -m tests.faults.matrix` from the bugs themselves; `tests/faults/test_planted.py`
holds every line of it.
"""


def render(bugs: Sequence[Bug]) -> str:
    """The page: one table of bugs, one of checks."""
    lines = [
        HEAD,
        f"## {len(bugs)} bugs",
        "| planted bug | what was done | what it breaks | scenario | found by |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{bug.name}` | {bug.mistake} | {bug.breaks} | {bug.scenario} | "
        f"{'; '.join(sorted(bug.caught_by))} |"
        for bug in bugs
    ]
    checks = sorted({check for bug in bugs for check in bug.caught_by})
    lines += ["", f"## {len(checks)} checks", "| check | proved by |", "|---|---|"]
    lines += [
        f"| {check} | {', '.join(f'`{bug.name}`' for bug in bugs if check in bug.caught_by)} |"
        for check in checks
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    PATH.write_text(render(all_bugs()), encoding="utf-8")


if __name__ == "__main__":
    main()
