"""Alerts on the terminal, from what oversight's own views give."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from services.oversight.casebook.views import standing
from services.oversight.casebook.watching import Watch
from services.oversight.projection import Alert, Changed, project
from services.oversight.views import Places, alert_detail, alert_summary, feed_entry
from services.terminal.alerts import follow_alerts, show_alert, show_alerts
from services.terminal.trouble import RefusedError, explained
from services.vietnam.directory import FacilityDirectory
from tests.oversight.artificial import changed, evidence, raised, retracted, revised
from tests.terminal.artificial import Network, answer, by_path, in_turn, printer

WATCH = Watch(watermark=None, trips=())
PLACES = Places.of(FacilityDirectory({}), [])
STORY = [
    changed(raised(evidence=(evidence(1),)), 0),
    changed(revised(), 1, minute=1),
    changed(retracted(revision=3), 2, minute=2),
]


def plain(content: Any) -> Any:
    """As it comes over HTTP."""
    return msgspec.json.decode(msgspec.json.encode(content))


def summary(alert: Alert) -> dict[str, Any]:
    return alert_summary(alert) | standing(alert, WATCH, 100)


def listed(changes: Sequence[Changed], before: str | None = None) -> Any:
    alerts = project(changes).values()
    return plain({"alerts": [summary(a) for a in alerts], "before": before, "feed": "0-9"})


def fed(*changes: Changed, after: str = "0-10") -> httpx2.Response:
    entries = [plain(feed_entry(change)) for change in changes]
    return answer(200, {"changes": entries, "after": after, "more": False})


async def test_alerts_are_plain_lines_without_a_terminal(tmp_path: Path) -> None:
    network = Network(by_path({"/alerts": listed(STORY[:2])}))
    out, text = printer()
    async with network.client(tmp_path) as client:
        feed = await show_alerts(client, out, "en", rule="cob", only_open=True)
    assert feed == "0-9"
    assert dict(network.requests[0].url.params) == {"limit": "50", "rule": "cob", "status": "open"}
    assert text.getvalue() == (
        "2026-11-16 08:01  S3  cob  open, provisional  patient-mau-0042  "
        "days with both in supply 9 ≥ 7  case 100  cob-0001\n"
    )


async def test_alerts_speak_vietnamese(tmp_path: Path) -> None:
    network = Network(by_path({"/alerts": listed(STORY)}))
    out, text = printer()
    async with network.client(tmp_path) as client:
        await show_alerts(client, out, "vi")
    assert "đã rút" in text.getvalue()
    assert "số ngày có cả hai thuốc 9 ≥ 7" in text.getvalue()


async def test_no_alerts_is_said(tmp_path: Path) -> None:
    network = Network(by_path({"/alerts": listed([])}))
    out, text = printer()
    async with network.client(tmp_path) as client:
        await show_alerts(client, out, "en")
    assert text.getvalue() == "There are no alerts.\n"


async def test_pages_are_put_together_up_to_what_was_asked(tmp_path: Path) -> None:
    pages = [listed([changed(raised(number))], before=f"{9 - number}_x") for number in range(5)]
    network = Network(by_path({"/alerts": pages}))
    out, text = printer()
    async with network.client(tmp_path) as client:
        await show_alerts(client, out, "en", limit=3)
    assert text.getvalue().count("cob-000") == 3
    assert "Only the newest 3 are shown." in text.getvalue()
    assert [r.url.params.get("before") for r in network.requests] == [None, "9_x", "8_x"]
    assert network.requests[-1].url.params["limit"] == "1"


async def followed(network: Network, tmp_path: Path, rule: str | None = None) -> str:
    """Follow until the pretended room has nothing more to say."""
    out, text = printer()

    async def pause(_seconds: float) -> None:
        await asyncio.sleep(0)

    async with network.client(tmp_path) as client:
        with pytest.raises(RefusedError):
            await follow_alerts(client, out, "en", after="0-9", rule=rule, pause=pause)
    return text.getvalue()


async def test_changes_are_told_as_they_come_and_a_lost_connection_loses_none(
    tmp_path: Path,
) -> None:
    down = httpx2.ConnectError("x")
    end = answer(403, {"type": "x", "title": "Enough"})
    network = Network(
        in_turn(fed(STORY[0], after="0-1"), down, answer(503), fed(*STORY[1:], after="0-3"), end)
    )
    told = (await followed(network, tmp_path)).splitlines()
    assert [line.split("  ")[1] for line in told if "cob-0001" in line] == [
        "raised",
        "revised",
        "retracted",
    ]
    assert told[1] == "The connection is lost; trying again."
    assert len(told) == 4, "it is said once"
    asked = [request.url.params["after"] for request in network.requests]
    assert asked == ["0-9", "0-1", "0-1", "0-1", "0-3"]


async def test_only_the_rule_asked_for_is_told(tmp_path: Path) -> None:
    other = changed(raised(7, rule="mpe", figures={}), 5)
    network = Network(in_turn(fed(STORY[0], other), answer(403)))
    told = await followed(network, tmp_path, rule="mpe")
    assert "mpe-0007" in told
    assert "cob" not in told


async def test_an_alert_is_told_with_evidence_limits_and_caution(tmp_path: Path) -> None:
    alert = project(STORY[:2])["cob-0001"]
    shown = alert_detail(alert, STORY[:2], PLACES) | standing(alert, WATCH, 100)
    detail = plain(shown)
    network = Network(by_path({"/alerts/cob-0001": detail}))
    for lang, expected in (
        ("en", ["not a verdict", "It does not mean", "01901k7m2p9q-c", "opioid tramadol, 30 days",
                "+1 −0", "length of the window (days): 90", "Review within the week.",
                "facts that come late may still end it", "palliative care not long before",
                "Parameters, version 1/2020-01-01", "case: 100"]),
        ("vi", ["không phải kết luận", "Không có nghĩa", "opioid tramadol, 30 ngày", "cập nhật",
                "sự kiện đến muộn", "chăm sóc giảm nhẹ"]),
    ):  # fmt: skip
        out, text = printer()
        async with network.client(tmp_path) as client:
            await show_alert(client, out, lang, "cob-0001")
        for words in expected:
            assert words in text.getvalue()


async def test_alerts_are_shown_in_full_with_everything_of_each(tmp_path: Path) -> None:
    alert = project(STORY)["cob-0001"]
    detail = plain(alert_detail(alert, STORY, PLACES) | standing(alert, WATCH, None))
    network = Network(by_path({"/alerts": listed(STORY), "/alerts/cob-0001": detail}))
    out, text = printer()
    async with network.client(tmp_path) as client:
        await show_alerts(client, out, "en", in_full=True, statistics=True)
    assert "Exemptions considered" in text.getvalue()
    asked = network.requests[0].url.params
    assert (asked["statistics"], asked["held_back"]) == ("true", "true")


async def test_a_missing_alert_is_one_sentence(tmp_path: Path) -> None:
    network = Network(by_path({}))
    out, _ = printer()
    async with network.client(tmp_path) as client:
        with pytest.raises(RefusedError) as refused:
            await show_alert(client, out, "en", "none")
    assert explained(refused.value, "en") == ("Not found.", 1)
