"""REASONS.md: every word the registry and the law answer with, and what to do about it.

Made from the catalogue of reasons and the law: `python -m infra.reasons`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from services.contracts.reasons import FINDINGS, HAPPENINGS, REFUSALS, RESULTS, Text
from services.vietnam.law import LAW_FILE

# The safe loader, ten times faster where libyaml is built in.
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

FILE = Path(__file__).parents[1] / "REASONS.md"

HEAD = """# Reasons

Every code of a verdict: what it means, what the person at the counter, in the clinic or at the
payer does next, and where it stands in the law. Words in braces are filled from the reason's
`details`; times are shown as on a clock in Vietnam. "RxLog" as a source is a rule of this system,
not of a law.

The page is generated (`python -m infra.reasons`); a test fails when it is stale, when the judge can
say something that is not here, and when something here is never said.
"""

KINDS: tuple[tuple[str, str, Mapping[str, Text]], ...] = (
    (
        "Refusals, and what waits",
        "`verdict` is `refused`, or `pending` for what is kept until the log decides it.",
        REFUSALS,
    ),
    (
        "Findings and remarks",
        "`verdict` is `recorded` or `accepted`: it holds, and this is to be known about it.",
        FINDINGS,
    ),
    ("Results", "What became of a submission that holds (`result`).", RESULTS),
    (
        "What time brings about",
        "Nobody submitted anything (`submission` is `TimeTicked`): log time passed.",
        HAPPENINGS,
    ),
)

LAW_HEAD = """## Rules of the law

Checked when a prescription is written. S1 refuses it; S2 and S3 are told to the prescriber, and go
with the prescription as findings. An entry holds from its first to its last day, both included.
"""


def reasons() -> str:
    """The whole page."""
    parts = [HEAD]
    for title, about, texts in KINDS:
        parts += [f"## {title}\n", f"{about}\n", *_table(texts)]
    parts += [LAW_HEAD, *_law()]
    return "\n".join(parts)


def _table(texts: Mapping[str, Text]) -> Iterable[str]:
    yield "| code | meaning | what next | source |"
    yield "|---|---|---|---|"
    for code, text in sorted(texts.items()):
        meaning, next_step = _both(text.vi, text.en), _both(text.next_vi, text.next_en)
        yield f"| `{code}` | {meaning} | {next_step} | {text.source} |"
    yield ""


def _law() -> Iterable[str]:
    """Every dated entry of every rule, in the order of the file."""
    yield "| code | severity | in force | rule | what the prescriber reads | what next | source |"
    yield "|---|---|---|---|---|---|---|"
    document = yaml.load(LAW_FILE.read_text(encoding="utf-8"), Loader=_YAML)
    rules: list[dict[str, Any]] = document["rules"]
    for rule in rules:
        parts = (rule.get(name) for name in ("title", "message", "what_next"))
        texts = " | ".join(_both(part["vi"], part["en"]) if part else "" for part in parts)
        yield (
            f"| `{rule['id']}` | {rule['severity']} | {_dates(rule)} | {texts} "
            f"| {_line(rule['source'])} |"
        )
    yield ""


def _dates(rule: Mapping[str, Any]) -> str:
    first, last = rule["in_force_from"], rule["in_force_until"]
    if first is None and last is None:
        return "always"
    return f"{first or ''} – {last or ''}".strip()


def _both(vi: str, en: str) -> str:
    return f"{_line(vi)}<br>*{_line(en)}*"


def _line(text: str) -> str:
    """One cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def main() -> int:
    FILE.write_text(reasons(), encoding="utf-8")
    sys.stdout.write(f"wrote {FILE.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
