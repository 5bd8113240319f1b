"""What the network tests of this folder do: files, loads, and what came of them on the topics."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from infra.kafka import offsets
from infra.local.network import LocalNetwork
from services.contracts.submissions import Submission
from services.kernel.log.language import published_language
from services.topology import LOG, Topic
from services.vietnam.law import local_day
from services.vietnam.registers import facilities
from tests.network.reading import everything

TODAY = local_day(datetime.now(UTC))
DAY = timedelta(days=1)
CODEC = published_language()


def rxlog_load(network: LocalNetwork, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.directories", *arguments],
        env=network.env("prescribing"),
        capture_output=True,
        text=True,
        check=False,
    )


def ends(network: LocalNetwork, *topics: Topic) -> list[int]:
    """How many records each topic was ever given."""
    found = offsets.ends(network.kafka_bootstrap, [topic.name for topic in topics])
    return [found[topic.name, 0] for topic in topics]


def file_of(tmp_path: Path, header: tuple[str, ...], *rows: str) -> str:
    path = tmp_path / f"{len(list(tmp_path.iterdir()))}.csv"
    path.write_text("\n".join([",".join(header), *rows]) + "\n", encoding="utf-8")
    return str(path)


def a_facility(tmp_path: Path, code: str, kind: str, *periods: tuple[date, date | None]) -> str:
    """A file with one facility, licensed on these days."""
    rows = [
        f"{code},Nơi mẫu,{kind},no,,general,01,21.03,105.85,,NONE,GP-{code}-{number},{first},"
        f"{last or ''}"
        for number, (first, last) in enumerate(periods)
    ]
    return file_of(tmp_path, facilities.FACILITIES.columns, *rows)


def loaded(network: LocalNetwork, *arguments: str) -> str:
    """Load a part of a register; it must go well."""
    result = rxlog_load(network, *arguments, "--partial")
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def submissions(network: LocalNetwork, code: str) -> list[Submission]:
    """The records of one prescription, in order."""
    found = [m for m in everything(network, LOG) if (m.key() or b"").decode() == code]
    return [CODEC.decode(message.value()) for message in found]  # type: ignore[misc]
