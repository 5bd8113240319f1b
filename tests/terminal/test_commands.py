"""The commands themselves: exit codes, sentences instead of tracebacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.kernel.settings import CannotStartError
from services.terminal import commands
from services.terminal.settings import read_settings
from tests.terminal.artificial import MASTER, Network, answer, by_path, document, in_turn, written

NOWHERE = {
    "RXLOG_ISSUER": "http://127.0.0.1:9",
    "RXLOG_OVERSIGHT_URL": "http://127.0.0.1:9",
    "RXLOG_REGISTRY_URL": "http://127.0.0.1:9",
    "RXLOG_PRESCRIBING_URL": "http://127.0.0.1:9",
}


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    (tmp_path / "room.secret").write_text(MASTER)
    (tmp_path / "room.secret").chmod(0o600)
    return tmp_path


@pytest.fixture(autouse=True)
def wiring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "wiring", commands.Wiring())


@pytest.fixture
def network(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> Network:
    """Every command meets this network."""
    network = Network(by_path({}))
    monkeypatch.setattr(commands, "Client", lambda *_given, **_more: network.client(secrets))
    return network


def run(*arguments: str, variables: dict[str, str] | None = None, **environment: Any) -> Result:
    given = NOWHERE if variables is None else variables
    commands.wiring.resolve = lambda: given
    return CliRunner().invoke(commands.app, list(arguments), env={"RXLOG_LANG": "", **environment})


def test_a_network_that_is_down_is_one_sentence(secrets: Path) -> None:
    here = NOWHERE | {"RXLOG_SECRETS_DIR": str(secrets)}
    result = run("alerts", variables=here)
    assert result.exit_code == 2
    assert result.stderr == (
        "The room issuer does not answer. Start the network with `rxlog up`, then try again.\n"
    )
    assert "rxlog up" in run("alerts", "--lang", "vi", variables=here).stderr


@pytest.mark.parametrize("command", [("alerts",), ("alert", "x"), ("trace", "01911zmjknr4-c")])
def test_without_a_network_it_says_how_to_start_one(command: tuple[str, ...]) -> None:
    result = run(*command, variables={})
    assert result.exit_code == 2
    assert "start one with `rxlog up`, or set RXLOG_" in result.stderr


def test_a_wrong_address_is_named() -> None:
    with pytest.raises(CannotStartError, match="Correct RXLOG_ISSUER, RXLOG_REGISTRY_URL"):
        read_settings({"RXLOG_ISSUER": "here", "RXLOG_REGISTRY_URL": "ftp://x", "PATH": "x"})


def test_a_malformed_code_needs_no_network() -> None:
    result = run("trace", "0191-c", variables={})
    assert (result.exit_code, result.stderr) == (
        1,
        "A prescription code has 14 characters including the dash, not 6.\n",
    )
    assert "14 ký tự" in run("trace", "0191-c", variables={}, RXLOG_LANG="vi").stderr


def test_a_missing_one_is_refused(network: Network) -> None:
    result = run("trace", "01911ZMJKNR4-C")
    assert (result.exit_code, result.stderr) == (1, "Not found.\n")
    assert network.requests[0].url.path == "/prescriptions/01911zmjknr4-c"


@pytest.mark.parametrize(
    ("replies", "code"),
    [([answer(201, {})], 0), ([answer(201, {}), answer(409, {"type": "x", "title": "Taken"})], 1)],
)
def test_submit_ends_with_what_became_of_it(
    network: Network, tmp_path: Path, replies: list[Any], code: int
) -> None:
    network.room = in_turn(*replies)
    files = written(tmp_path / "in", "a.json", [document(1), document(2)]).parent
    result = run("submit", str(files), "--parallel", "1")
    assert result.exit_code == code, result.output
    assert "accepted" in result.stdout


def test_submit_goes_on_past_what_is_bad(network: Network, tmp_path: Path) -> None:
    network.room = in_turn(answer(201, {}))
    good = written(tmp_path / "in", "good.json", document())
    bad = written(tmp_path / "in", "bad.json", b"{")
    result = run("submit", str(bad), str(tmp_path / "none.json"), str(good))
    assert result.exit_code == 1
    assert "1 accepted, 2 cannot be read" in result.stdout


def test_a_prescriber_that_cannot_be_is_said_at_once(tmp_path: Path) -> None:
    result = run("submit", str(tmp_path), "--prescriber", "x" * 51)
    assert result.exit_code == 2
    assert "--prescriber" in result.stderr


def test_ctrl_c_is_the_way_to_stop_following(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.room = by_path({"/alerts": {"alerts": [], "before": None, "feed": ""}})

    async def interrupted(*_given: Any, **_more: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "follow_alerts", interrupted)
    result = run("alerts", "--follow")
    assert result.exit_code == 0
    assert "Ctrl-C to stop" in result.stdout
