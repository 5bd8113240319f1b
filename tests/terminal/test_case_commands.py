"""What is typed for `rxlog cases`, `rxlog case` and `rxlog rules`, and what is asked for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.terminal import commands
from services.terminal.case_commands import app
from tests.terminal.artificial import MASTER, Network, answer, by_path

NOTHING = {"must_tell": [], "in_hand": [], "new": [], "budget": {"left_out": 0, "a_day": 50}}


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Network:
    """Every command meets this network."""
    (tmp_path / "room.secret").write_text(MASTER)
    (tmp_path / "room.secret").chmod(0o600)
    network = Network(by_path({"/work": NOTHING, "/cases": {"cases": [], "before": None}}))
    wiring = commands.Wiring(lambda: {"RXLOG_ISSUER": "http://127.0.0.1:9"})
    monkeypatch.setattr(commands, "wiring", wiring)
    monkeypatch.setattr(commands, "Client", lambda *_given, **_more: network.client(tmp_path))
    return network


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"RXLOG_LANG": ""})


def test_cases_are_the_days_work_unless_asked_otherwise(network: Network) -> None:
    assert run("cases").output == "There are no cases.\n"
    assert run("cases", "--all", "--lang", "vi").output == "Không có hồ sơ nào.\n"
    run("cases", "--status", "open", "--status", "triaged", "--owing")
    paths = [request.url.path for request in network.requests]
    assert paths == ["/work", "/cases", "/cases"]
    assert network.requests[2].url.params.get_list("status") == ["open", "triaged"]


def test_a_decision_says_what_was_seen_who_was_told_and_who_was_told_otherwise(
    network: Network,
) -> None:
    network.room = by_path({"/cases/1803/decisions": answer(202, {})})
    result = run(
        "case", "1803", "--step", "under-review", "--reason", "records-requested", "--seen", "4",
        "--told", "pharmacy:01P01", "--taken-back", "authority:01TTR", "--reference", "TT-7",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    (request,) = network.requests
    assert len(request.headers["Idempotency-Key"]) == 36
    assert json.loads(request.content) == {
        "step": "UNDER_REVIEW",
        "reason": "records-requested",
        "version": 4,
        "reference": "TT-7",
        "although_provisional": False,
        "informed": [
            {"party": "PHARMACY", "ref": "01P01", "message": "SUSPICION"},
            {"party": "AUTHORITY", "ref": "01TTR", "message": "WITHDRAWAL"},
        ],
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--step", "closed", "--reason", "settled"], "--seen"),
        (["--step", "closed", "--seen", "4"], "--reason"),
        (["--reason", "settled"], "--step"),
        (
            ["--step", "noted", "--reason", "inquiry", "--seen", "4", "--told", "01P01"],
            "party:code",
        ),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_sent(
    network: Network, given: list[str], said: str
) -> None:
    result = run("case", "1803", *given)
    assert result.exit_code == 2
    assert said in result.output
    assert network.requests == []


def test_a_case_that_is_not_there_is_one_sentence(network: Network) -> None:
    result = run("case", "1803")
    assert (result.exit_code, result.stderr) == (1, "Not found.\n")
    assert network.requests[0].url.path == "/cases/1803"


def test_rules_are_asked_for(network: Network) -> None:
    network.room = by_path({"/rules": {"rules": []}})
    assert run("rules").output == "No rule has found anything yet.\n"
