"""Secret files: private, made once, agreed on by all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.kernel.secret_files import (
    client_secret,
    random_hex,
    read_or_make_secret,
    read_secret,
)
from services.kernel.settings import CannotStartError


def test_a_secret_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.key"
    secret = read_or_make_secret(path, random_hex)
    assert len(bytes.fromhex(secret)) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert secret == read_or_make_secret(path, random_hex) == read_secret(path)
    assert [file.name for file in path.parent.iterdir()] == ["a.key"]


def test_those_who_start_together_agree(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: read_or_make_secret(path, random_hex), range(40)))
    assert secrets == {read_secret(path)}
    assert len(list(tmp_path.iterdir())) == 1


def test_a_secret_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    path.write_text("secret")
    path.chmod(0o640)
    with pytest.raises(CannotStartError, match="chmod 600"):
        read_secret(path)


def test_a_missing_secret_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_secret(tmp_path / "none")


def test_client_secrets_differ_by_client_and_master() -> None:
    expected = "a42d5c8e4ac1e0e01ba7ba2c0d0ee2c3"
    one = client_secret("master", "clinic:01234:p:l")
    assert len(one) == 64
    assert one != expected
    assert len({one, client_secret("other", "clinic:01234:p:l"), client_secret("master", "x")}) == 3
