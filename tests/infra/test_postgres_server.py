"""The user that the local Postgres runs as."""

from __future__ import annotations

import os
import pwd
import subprocess
import uuid

import pytest

from infra.postgres import server


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")
def test_root_gets_a_user_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The supervisor looks the user up before anything else of the server was made."""
    name = f"rxlog-{uuid.uuid4().hex[:8]}"
    monkeypatch.setattr(server, "SYSTEM_USER", name)
    try:
        assert server.system_user() == name
        assert pwd.getpwnam(name).pw_shell == "/usr/sbin/nologin"
        assert server.system_user() == name  # it is there already
    finally:
        subprocess.run(["/usr/sbin/userdel", name], check=False, capture_output=True)


def test_everybody_else_runs_it_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert server.system_user() is None
