"""A new version of the law comes into force by a record in the log."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.local.network import LocalNetwork
from services.topology import LAW
from services.vietnam.law import LAW_FILE
from tests.directories.steps import DAY, TODAY, ends, rxlog_load, submissions
from tests.directories.test_publishing import with_validity
from tests.network.waiting import until
from tests.people import People, a_draft, key

pytestmark = pytest.mark.network


async def test_a_new_law_counts_from_its_day_and_old_records_keep_their_verdicts(
    network: LocalNetwork, people: People, tmp_path: Path
) -> None:
    async def valid_until(idempotency_key: str) -> tuple[str, datetime, str]:
        response = await people.issue(a_draft(authored_on=moment), idempotency_key=idempotency_key)
        code = response.json()["prescription_code"]
        [record] = submissions(network, code)[:1]
        return code, record.valid_until, record.law_version  # type: ignore[attr-defined]

    moment = datetime.now(UTC).isoformat()
    code, five_days, version = await valid_until(key())
    path = tmp_path / "law.yaml"
    shipped = LAW_FILE.read_text(encoding="utf-8")

    path.write_text(with_validity(shipped, 7, TODAY - DAY), encoding="utf-8")
    refused = await asyncio.to_thread(rxlog_load, network, "law", str(path))
    assert refused.returncode == 1
    assert "a version that was in force never changes" in refused.stdout

    path.write_text(with_validity(shipped, 7, TODAY), encoding="utf-8")
    too_late = await asyncio.to_thread(rxlog_load, network, "law", str(path))
    assert too_late.returncode == 1, "today's law is in force already"
    as_of = ("--as-of", str(TODAY))
    done = await asyncio.to_thread(rxlog_load, network, "law", str(path), *as_of)
    assert done.returncode == 0, done.stdout + done.stderr
    [publications] = ends(network, LAW)
    again = await asyncio.to_thread(rxlog_load, network, "law", str(path))
    assert "nothing to do" in again.stdout
    assert ends(network, LAW) == [publications]

    async def follows() -> bool:
        return (await valid_until(key()))[2] != version

    await until(follows, "the new law in the prescribing room")
    _, seven_days, newer = await valid_until(key())
    assert seven_days - five_days == 2 * DAY
    assert newer.startswith(f"vn-{TODAY}-")

    rebuilt = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "services.registry", "rebuild"],
        env=network.env("registry-worker"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert rebuilt.returncode == 0, rebuilt.stdout + rebuilt.stderr
    seen = (await people.look_up(f"/prescriptions/{code}")).json()
    assert datetime.fromisoformat(seen["valid_until"]) == five_days
