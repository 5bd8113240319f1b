"""LIFECYCLE.md: every state of a prescription and what becomes of every submission about it.

Made by the judge itself, so that it cannot say anything else: `python -m infra.lifecycle`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from infra.lifecycle_acts import CODE, at
from infra.lifecycle_cases import COLUMNS, NOW, ROWS, Column, Row, groups
from services.contracts.submissions import TimeTicked
from services.registry.judge import judge, tick
from services.registry.judgement.judgement import Judgement
from services.registry.prescription import Prescription, settle, status

FILE = Path(__file__).parents[1] / "LIFECYCLE.md"

HEAD = """# The life of a prescription

What the registry's judge answers to every submission in every state. The table is made by running
the judge (`python -m infra.lifecycle`); a test fails when the two differ.

A cell says the verdict, the `result`, what was found or remarked (in brackets), and the status of
the prescription afterwards where it changed. "I" am a pharmacy; a clinic, other pharmacies and
payers are the others. `REASONS.md` explains every word in `code type`.
"""


def state_of(row: Row) -> Prescription:
    """The state a row's submissions lead to, as it stands before anything more is judged."""
    state = Prescription(code=CODE)
    for minute, submission in row.steps:
        if isinstance(submission, TimeTicked):
            judged = tick(state, at(minute))
            state = judged.state if judged is not None else state
        else:
            state = judge(state, submission, at(minute)).state
    return state


def outcome(row: Row, column: Column) -> Judgement | None:
    """What the judge says; None when a tick finds nothing to do."""
    state = state_of(row)
    submission = column.act(state)
    if isinstance(submission, TimeTicked):
        return tick(state, at(column.minute))
    return judge(state, submission, at(column.minute))


def lifecycle() -> str:
    """The whole page."""
    parts = [HEAD]
    for group in groups():
        columns = [column for column in COLUMNS if column.group == group]
        parts.append(f"## {group}\n")
        parts.append("| state | " + " | ".join(column.title for column in columns) + " |")
        parts.append("|---|" + "---|" * len(columns))
        for row in ROWS:
            cells = (_cell(row, column) for column in columns)
            parts.append(f"| {row.title} | " + " | ".join(cells) + " |")
        parts.append("")
    return "\n".join(parts)


def _cell(row: Row, column: Column) -> str:
    judged = outcome(row, column)
    if judged is None:
        return "nothing"
    codes = dict.fromkeys(reason.code for reason in judged.reasons)
    found = [f"`{code}`" for code in codes if code != judged.result]
    told = f"{judged.verdict.lower()} `{judged.result}`" + (
        f" ({', '.join(found)})" if found else ""
    )
    before = status(settle(state_of(row), at(NOW)), at(NOW))
    after = status(judged.state, at(column.minute))
    return told if after == before else f"{told} → {after}"


def main() -> int:
    FILE.write_text(lifecycle())
    sys.stdout.write(f"wrote {FILE.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
