"""Cases on the terminal, from what oversight's own views give."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.oversight.casebook.refusals import refused
from services.oversight.casebook.views import case_detail, case_summary, decision_view, rule_view
from services.oversight.casebook.watching import Watch
from services.oversight.cases.folding import Decision
from services.oversight.cases.precision import precision
from services.oversight.projection import project
from services.oversight.views import Places
from services.terminal.cases import decide, show_case, show_cases, show_rules, show_work
from services.terminal.settings import Language
from services.terminal.trouble import RefusedError, explained
from services.vietnam.directory import FacilityDirectory
from tests.oversight.artificial import EXEMPT_FIGURES, at, changed, raised, retracted
from tests.oversight.case_stories import Story, decision, referred, told
from tests.terminal.artificial import Network, answer, by_path, printer

WATCH = Watch(watermark=None, trips=())
PLACES = Places.of(FacilityDirectory({}), [])
BUDGET = {"a_day": 50, "taken": 0, "waiting": 1, "left_out": 0}


def plain(content: Any) -> Any:
    """As it comes over HTTP."""
    return msgspec.json.decode(msgspec.json.encode(content))


def listed(story: Story) -> Any:
    return plain(case_summary(story.case, WATCH, at(60)))


def shown(story: Story, *changes: Any, decisions: Any = ()) -> Any:
    alerts = list(project(changes or [changed(raised())]).values())
    exempt = list(project([changed(raised(2, figures=EXEMPT_FIGURES))]).values())
    return plain(
        case_detail(story.case, alerts, decisions, exempt, watch=WATCH, places=PLACES, at=at(60))
    )


async def text_of(tmp_path: Path, network: Network, show: Any, lang: Language = "en") -> str:
    out, text = printer()
    async with network.client(tmp_path) as client:
        await show(client, out, lang)
    return text.getvalue()


async def test_the_days_work_comes_by_how_it_presses(tmp_path: Path) -> None:
    work = {
        "must_tell": [listed(referred().withdrawn())],
        "in_hand": [],
        "new": [listed(Story().found(severity="S2"))],
        "budget": BUDGET | {"left_out": 7},
    }
    text = await text_of(tmp_path, Network(by_path({"/work": work})), show_work)
    lines = [line for line in text.splitlines() if line]
    assert lines[0] == "Must be told: it does not hold any more"
    assert lines[2] == "New, the heaviest first"
    assert lines[3] == (
        "100  S2  4.00  provisional  patient  patient-mau-0042  cob  2026-11-16 08:00"
    )
    assert lines[4].startswith("7 more wait for another day (50 a day).")


async def test_no_work_is_said(tmp_path: Path) -> None:
    nothing = {"must_tell": [], "in_hand": [], "new": [], "budget": BUDGET | {"waiting": 0}}
    network = Network(by_path({"/work": nothing}))
    assert await text_of(tmp_path, network, show_work) == "There are no cases.\n"


async def test_all_cases_come_page_by_page(tmp_path: Path) -> None:
    pages = [{"cases": [listed(Story().found())], "before": "-inf_100"} for _ in range(3)]
    network = Network(by_path({"/cases": pages}))

    async def show(client: Any, out: Any, lang: Language) -> None:
        await show_cases(client, out, lang, statuses=["open", "triaged"], owing=True, limit=2)

    assert (await text_of(tmp_path, network, show)).count("patient-mau-0042") == 2
    first, second = (request.url.params for request in network.requests)
    assert first.get_list("status") == ["open", "triaged"]
    assert (first["owing"], second["before"]) == ("true", "-inf_100")


async def case_text(tmp_path: Path, case: Any, lang: Language = "en") -> str:
    async def show(client: Any, out: Any, lang: Language) -> None:
        await show_case(client, out, lang, 100)

    return await text_of(tmp_path, Network(by_path({"/cases/100": case})), show, lang)


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        (
            "en",
            ["case 100  provisional", "a reason to look, not a verdict", "complete until: not",
             "tell nobody yet", "What the score is made of: 1.00", "1 × 1 × 1.00 = 1.00",
             "Alert 1 of 1", "01901k7m2p9q-c", "2026-11-16 07:59", "palliative care not long",
             "Parameters, version 1/2020-01-01", "What it does not mean", "needs-a-look",
             "rxlog case 100 --seen 1", "On record only", "cancer treatment not long before"],
        ),
        (
            "vi",
            ["hồ sơ 100  tạm thời", "không phải kết luận", "chưa báo cho ai", "Điểm gồm",
             "người bệnh patient-mau-0042", "Cảnh báo 1 trên 1", "Không có nghĩa",
             "chăm sóc giảm nhẹ", "Có thể làm tiếp"],
        ),
    ],
)  # fmt: skip
async def test_a_case_is_told_with_all_that_is_needed(
    tmp_path: Path, lang: Language, expected: list[str]
) -> None:
    text = await case_text(tmp_path, shown(Story().found()), lang)
    for words in expected:
        assert words in text


async def test_who_must_be_told_stands_out(tmp_path: Path) -> None:
    story = referred().withdrawn()
    event = decision(story.case, "NOTED", "inquiry", told())
    past = Decision(partition=0, offset=3, recorded_at=at(3), ruling="overtaken", event=event)
    text = await case_text(
        tmp_path,
        shown(story, changed(raised()), changed(retracted(), 1), decisions=[past]),
    )
    assert "MUST BE TOLD" in text
    assert "authority 01TTR  cob-0001" in text
    assert "evidence withdrawn after somebody had acted" in text
    assert "pharmacy 01P01 told of it  officer-mau-1 (01SYT)  The case changed while" in text


async def decided(tmp_path: Path, network: Network) -> str:
    async def show(client: Any, out: Any, lang: Language) -> None:
        wanted = {"step": "TRIAGED", "reason": "needs-a-look", "version": 1}
        await decide(client, out, lang, 100, decision=wanted, key="key-00001")

    return await text_of(tmp_path, network, show)


async def test_a_decision_is_sent_and_told(tmp_path: Path) -> None:
    story = Story().found().accepts("TRIAGED", "needs-a-look")
    event = decision(Story().found().case, "TRIAGED", "needs-a-look")
    ruled = Decision(partition=0, offset=1, recorded_at=at(1), ruling="accepted", event=event)
    body = plain({"decision": decision_view(ruled), "case": shown(story)})
    network = Network(by_path({"/cases/100/decisions": answer(201, body)}))
    text = await decided(tmp_path, network)
    assert text.startswith("The decision counts.\ncase 100  triaged\n")
    (request,) = network.requests
    assert request.headers["Idempotency-Key"] == "key-00001"
    assert json.loads(request.content)["reason"] == "needs-a-look"


async def test_a_decision_that_is_late_is_no_error(tmp_path: Path) -> None:
    network = Network(by_path({"/cases/100/decisions": answer(202, {"ruling": "late"})}))
    assert "whether it counts is not known yet" in await decided(tmp_path, network)


async def test_a_decision_that_was_overtaken_says_what_to_do(tmp_path: Path) -> None:
    problem = answer(409, refused("overtaken").document())
    with pytest.raises(RefusedError) as error:
        await decided(tmp_path, Network(by_path({"/cases/100/decisions": problem})))
    sentence, code = explained(error.value, "vi")
    assert (sentence, code) == (
        "Hồ sơ đã thay đổi trong lúc bạn quyết định. Xem lại hồ sơ rồi quyết định.", 1,
    )  # fmt: skip


async def test_rules_tell_how_often_they_were_right(tmp_path: Path) -> None:
    rules = [
        rule_view("cob", precision("cob", {"confirmed": 3, "explained": 1}), raised=9,
                  retracted=2, suppressed={"cancer": 4, "palliative": 1}, trips=()),
        rule_view("mpe", precision("mpe", {}), raised=0, retracted=0, suppressed={}, trips=()),
    ]  # fmt: skip
    network = Network(by_path({"/rules": plain({"rules": rules})}))
    assert (await text_of(tmp_path, network, show_rules)).splitlines() == [
        "cob  9  2  5  4  0.75 (0.30-0.95), too few",
        "mpe  0  0  0  0",
    ]
    nothing = Network(by_path({"/rules": {"rules": []}}))
    assert "No rule has found" in await text_of(tmp_path, nothing, show_rules)
