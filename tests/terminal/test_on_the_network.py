"""The commands against a whole network, as a person at a terminal runs them."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from infra.local.network import LocalNetwork
from services.terminal import commands

pytestmark = pytest.mark.network
SAMPLES = Path(__file__).parents[2] / "services" / "vietnam" / "samples"
CODE = "01911zmjknr4-c"


@pytest.fixture
def wired(network: LocalNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    variables = network.env("oversight-api")
    monkeypatch.setattr(commands, "wiring", commands.Wiring(lambda: variables))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(commands.app, arguments, env={"RXLOG_LANG": "en"})


@pytest.mark.usefixtures("wired")
def test_files_are_submitted_and_their_life_is_told() -> None:
    good = SAMPLES / "808" / "c-clinic-cold-5-days.json"
    for _ in range(2):
        submitted = run("submit", str(good))
        assert submitted.exit_code == 0, submitted.output
        assert f"{CODE}  accepted" in submitted.stdout
    told = run("trace", CODE.upper())
    assert told.exit_code == 0, told.output
    assert told.stdout.startswith(f"{CODE}  expired\n")
    assert "issue  01911  accepted  Issued." in told.stdout
    assert "(a repeat of record " in told.stdout, "the second submission was the same event"


@pytest.mark.usefixtures("wired")
def test_wrong_files_are_refused_for_the_reason_in_their_names() -> None:
    submitted = run("submit", str(SAMPLES / "808-wrong"))
    assert submitted.exit_code == 1
    assert "accepted" not in submitted.stdout
    assert "at most 7 days, not 10" in submitted.stdout


@pytest.mark.usefixtures("wired")
def test_alerts_can_be_listed() -> None:
    listed = run("alerts", "--open")
    assert listed.exit_code == 0, listed.output
    missing = run("alert", "no-such-alert")
    assert missing.exit_code == 1
    assert missing.stderr == "Not found. Check the address and the identifier in it.\n"
