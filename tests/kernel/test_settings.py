"""Settings: read from the environment, frozen, and refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from services.kernel.settings import (
    ApiSettings,
    DatabaseSettings,
    KafkaSettings,
    RoomName,
    RoomSettings,
    WorkerSettings,
    load,
    refuse,
)


class ExampleSettings(ApiSettings, KafkaSettings, DatabaseSettings, WorkerSettings):
    """A process that needs everything, and another room."""

    room: RoomName = "example"
    identity_url: str


COMPLETE = {
    "RXLOG_PORT": "8101",
    "RXLOG_ISSUER": "http://127.0.0.1:8100",
    "RXLOG_JWKS_URL": "http://127.0.0.1:8100/jwks.json/",
    "RXLOG_KAFKA_BOOTSTRAP": "127.0.0.1:19092",
    "RXLOG_POSTGRES_URL": "postgresql://role:hidden@127.0.0.1:15432/rxlog",
    "RXLOG_SECRETS_DIR": "/tmp/secrets",
    "RXLOG_IDENTITY_URL": "http://127.0.0.1:8102",
    "RXLOG_READY_FILE": "/tmp/ready",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def sentence(capsys: pytest.CaptureFixture[str], settings: type[RoomSettings]) -> str:
    with pytest.raises(SystemExit) as stopped:
        load(settings)
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


def test_a_complete_environment_is_read(environment: pytest.MonkeyPatch) -> None:
    settings = load(ExampleSettings)
    assert settings.port == 8101
    assert settings.host == "127.0.0.1"
    assert settings.jwks_url == "http://127.0.0.1:8100/jwks.json"
    assert settings.verdict_timeout_ms == 5000
    assert settings.secrets_dir == Path("/tmp/secrets")
    assert settings.ready_file == Path("/tmp/ready")
    assert settings.identity_url == "http://127.0.0.1:8102"


def test_settings_never_change(environment: pytest.MonkeyPatch) -> None:
    settings = load(ExampleSettings)
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]


def test_the_password_is_not_shown(environment: pytest.MonkeyPatch) -> None:
    assert "hidden" not in repr(load(ExampleSettings))


def test_every_missing_variable_is_named(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.delenv("RXLOG_PORT")
    environment.delenv("RXLOG_POSTGRES_URL")
    expected = (
        "The settings are not complete: set RXLOG_PORT and RXLOG_POSTGRES_URL in the "
        "environment, then start.\n"
    )
    assert set(expected.split()) == set(sentence(capsys, ExampleSettings).split())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RXLOG_PORT", "0"),
        ("RXLOG_PORT", "many"),
        ("RXLOG_KAFKA_BOOTSTRAP", "nowhere"),
        ("RXLOG_POSTGRES_URL", "mysql://x"),
        ("RXLOG_JWKS_URL", "ftp://x"),
        ("RXLOG_ISSUER", "issuer"),
        ("RXLOG_LOG_LEVEL", "loud"),
        ("RXLOG_VERDICT_TIMEOUT_MS", "0"),
        ("RXLOG_ROOM", "Not A Name"),
    ],
)
def test_a_wrong_variable_is_named_without_its_value(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    environment.setenv(name, value)
    error = sentence(capsys, ExampleSettings)
    assert f"correct {name} (" in error
    assert "mysql" not in error


def test_a_refusal_is_one_line_and_code_two(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        refuse("Nothing works: buy a new one.\n")
    assert stopped.value.code == 2
    assert capsys.readouterr().err == "Nothing works: buy a new one.\n"
