"""The life of a prescription on the terminal, from what the registry's own views give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.registry.prescription import settle
from services.registry.views import prescription_view, record_view
from services.terminal.trace import trace
from services.terminal.trouble import RefusedError
from tests.builders import (
    CODE,
    OTHER_PHARMACY,
    PHARMACY,
    at,
    cancelled,
    claimed,
    dispensed,
    given_out,
    issued,
    line,
    reserved,
)
from tests.dsl import Story, given
from tests.terminal.artificial import Network, by_path, printer

FIRST = reserved(PHARMACY, event_id="mine")
LIFE = given(
    issued(line(1, 20), line(2, 5)),
    FIRST,
    reserved(OTHER_PHARMACY),
    FIRST,
    dispensed(given_out(1, 8)),
    dispensed(given_out(1, 30), pharmacy=OTHER_PHARMACY),
    claimed(1, 8),
)


def plain(content: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(content))


def rooms(story: Story, minute: float = 10) -> Any:
    """What the registry answers about a story; its history comes in two pages."""
    records = [record_view(outcome) for outcome in story.outcomes]
    first = {"records": records[:3], "after_offset": 2}
    return by_path(
        {
            f"/prescriptions/{CODE}": plain(
                prescription_view(settle(story.state(), at(minute)), at(minute))
            ),
            f"/prescriptions/{CODE}/history": [
                plain(first), plain({"records": records[3:], "after_offset": None})
            ],
        }
    )  # fmt: skip


async def told(story: Story, tmp_path: Path, lang: Any = "en", minute: float = 10) -> str:
    out, text = printer()
    network = Network(rooms(story, minute))
    async with network.client(tmp_path) as client:
        await trace(client, out, lang, CODE)
    assert [dict(r.url.params) for r in network.requests[1:]] == [{}, {"after_offset": "2"}]
    return text.getvalue()


async def test_the_state_now_comes_first(tmp_path: Path) -> None:
    text = await told(LIFE, tmp_path)
    head = text.splitlines()
    assert head[0] == f"{CODE}  reserved"
    assert f"holder: held by {PHARMACY} until 2026-11-16 08:31" in text
    assert "patient: patient-1" in text
    assert "1  Amoxicillin mẫu 500  20 viên  38  0  8" in text


async def test_every_record_is_told_with_its_verdict_and_what_to_do(tmp_path: Path) -> None:
    text = await told(LIFE, tmp_path)
    lines = [row for row in text.splitlines() if row.startswith("#")]
    assert [row.split("  ")[2] for row in lines] == [
        "issue", "reserve", "reserve", "reserve", "dispense", "dispense", "claim",
    ]  # fmt: skip
    assert lines[0].startswith("#0  2026-11-16 08:00  issue  01001  accepted")
    assert "refused" in lines[2]
    assert "Nobody here did anything wrong" in text
    assert "→ Ask the patient whether 01P01 is serving them" in text
    assert lines[3].endswith("(a repeat of record 1)")
    assert "finding: line 1: " in text


async def test_it_speaks_vietnamese(tmp_path: Path) -> None:
    text = await told(LIFE, tmp_path, "vi")
    assert f"{CODE}  đang được giữ" in text
    assert "giữ đơn" in text
    assert "từ chối" in text
    assert "(gửi lại của bản ghi 1)" in text
    assert "phát hiện: dòng 1: " in text


async def test_a_cancellation_that_waits_is_told(tmp_path: Path) -> None:
    text = await told(given(issued(), reserved(), cancelled(), reserved()), tmp_path)
    assert "cancellation: prescribing-error, 2026-11-16 08:02 (pending)" in text


async def test_a_code_of_which_nothing_was_issued_has_records_only(tmp_path: Path) -> None:
    text = await told(given(*(cancelled() for _ in range(4))), tmp_path)
    assert text.startswith(f"{CODE}  not issued\n")
    assert "No prescription has arrived under this code yet" in text
    assert "medicine" not in text


async def test_a_code_nobody_knows_is_refused(tmp_path: Path) -> None:
    out, _ = printer()
    async with Network(by_path({})).client(tmp_path) as client:
        with pytest.raises(RefusedError):
            await trace(client, out, "en", CODE)
