"""Reading logs: the end of a file, and what is added, across rotation."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local import logs


def test_the_last_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "BLOCK", 7)
    path = tmp_path / "a.log"
    path.write_text("".join(f"dòng {number}\n" for number in range(100)))
    assert logs.last_lines(path, 3) == ["dòng 97", "dòng 98", "dòng 99"]
    assert len(logs.last_lines(path, 1000)) == 100
    assert logs.last_lines(path, 0) == []
    assert logs.last_lines(tmp_path / "none.log", 3) == []


def test_a_follower_gives_whole_new_lines_and_survives_rotation(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("old\n")
    follower = logs.Follower(path)
    assert follower.new_lines() == []

    with path.open("a") as file:
        file.write("one\ntw")
    assert follower.new_lines() == ["one"]
    with path.open("a") as file:
        file.write("o\n")
    path.rename(tmp_path / "a.log.1")
    path.write_text("three\n")
    assert follower.new_lines() == ["two", "three"]


def test_a_follower_waits_for_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    follower = logs.Follower(tmp_path / "later.log")
    assert follower.new_lines() == []
    (tmp_path / "later.log").write_text("first\n")
    assert follower.new_lines() == ["first"]
