"""What a violation leaves behind for whoever looks into it."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec

from infra.faults.checks import Violation
from infra.faults.checks.records import everything
from infra.faults.journal import Journal
from infra.faults.life import Life
from services.topology import DEAD_LETTERS, LOG, OUTCOMES

LISTED = 200


def keep(journal: Journal, life: Life, violations: Sequence[Violation], bouts: list[int]) -> Path:
    """Write everything into a folder of its own; return it."""
    folder = journal.folder / "evidence"
    folder.mkdir(exist_ok=True)
    shutil.copytree(life.stage.network.home.logs, folder / "logs", dirs_exist_ok=True)
    listed = "\n".join(str(violation) for violation in violations[:LISTED])
    text = (
        f"{len(violations)} violations, in bouts {min(bouts)} to {max(bouts)} of seed "
        f"{journal.terms.seed}\n\n{listed}\n\nTo repeat it:\n    {repeat(journal, bouts)}\n"
    )
    (folder / "violations.txt").write_text(text, encoding="utf-8")
    bootstrap = life.stage.network.kafka_bootstrap
    for topic in (LOG, OUTCOMES, DEAD_LETTERS):
        try:
            _dump(bootstrap, topic.name, folder / f"{topic.name}.jsonl")
        except Exception as error:
            (folder / f"{topic.name}.unread").write_text(f"{error!r}\n")
    return folder


def repeat(journal: Journal, bouts: list[int]) -> str:
    """The command that plays the same faults again, on a fresh network."""
    terms = journal.terms
    faults = sum(len(journal.cards(number)) for number in bouts)
    kinds = f" --kinds {','.join(terms.kinds)}" if terms.kinds else ""
    quick = " --quick" if terms.once else ""
    return f"rxlog faults --seed {terms.seed} --from {min(bouts)} --faults {faults}{kinds}{quick}"


def _dump(bootstrap: str, topic: str, path: Path) -> None:
    """Every record of a topic, as JSON lines with base64 values."""
    with path.open("wb") as file:
        for message in everything(bootstrap, topic):
            line = {
                "partition": message.partition(),
                "offset": message.offset(),
                "timestamp": message.timestamp()[1],
                "key": _text(message.key()),
                "value": _text(message.value()),
                "headers": [[name, _text(value)] for name, value in message.headers() or ()],
            }
            file.write(msgspec.json.encode(line) + b"\n")


def _text(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()
