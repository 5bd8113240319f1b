"""Each thing that can stand in the way of a start gives one sentence that says what to do."""

from __future__ import annotations

import os
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.kafka import broker
from infra.local import doctor, pids
from infra.local.home import Home
from infra.local.pids import Recorded
from infra.problem import Problem


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.create()
    return made


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def _fake(folder: Path, name: str, script: str) -> dict[str, str]:
    """An environment whose PATH has one program."""
    folder.mkdir(parents=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return {"PATH": str(folder)}


def test_java_is_missing(tmp_path: Path) -> None:
    java, problem = doctor.check_java({"PATH": str(tmp_path)})
    assert java is None
    assert problem is not None
    assert problem.startswith("Java was not found: install a Java runtime, version 17 or newer")


def test_java_is_too_old(tmp_path: Path) -> None:
    path = _fake(tmp_path / "bin", "java", """echo 'openjdk version "11.0.2"' >&2""")
    java, problem = doctor.check_java(path)
    assert java is None
    assert problem is not None
    assert "is Java 11, which is too old: install" in problem


def test_a_java_that_is_none(tmp_path: Path) -> None:
    _java, problem = doctor.check_java(_fake(tmp_path / "bin", "java", "exit 1"))
    assert problem is not None
    assert "is no working Java: install" in problem


def test_java_home_wins_over_path_and_a_wrong_one_is_passed_over(tmp_path: Path) -> None:
    on_path = _fake(tmp_path / "a", "java", """echo 'version "21.0.1"' >&2""")
    _fake(tmp_path / "jdk" / "bin", "java", """echo 'version "17.0.1"' >&2""")
    right = {**on_path, "JAVA_HOME": str(tmp_path / "jdk")}
    assert doctor.check_java(right) == (str(tmp_path / "jdk" / "bin" / "java"), None)
    wrong = {**on_path, "JAVA_HOME": str(tmp_path / "gone")}
    assert doctor.check_java(wrong) == (str(tmp_path / "a" / "java"), None)


def test_maven_is_needed_only_until_the_jars_are_there(home: Home, tmp_path: Path) -> None:
    nothing = {"PATH": str(tmp_path)}
    problem = doctor.check_maven(home.root, nothing)
    assert problem is not None
    assert problem.startswith("Maven (mvn) was not found and is needed once")
    jars = broker.jars_folder(home.root)
    jars.mkdir(parents=True)
    (jars / broker.RESOLVED).write_text("another pom")
    assert doctor.check_maven(home.root, nothing) == problem
    (jars / broker.RESOLVED).write_text(broker._pom_digest())
    assert doctor.check_maven(home.root, nothing) is None


def test_a_port_in_use_names_port_process_and_remedy(taken_port: int) -> None:
    problem = doctor.check_ports({"registry-api": taken_port}, configured=True)
    assert problem is not None
    assert problem.startswith(f"Port {taken_port}, which registry-api needs, is in use by ")
    assert "RXLOG_PORT_REGISTRY_API (all at once: rxlog up --port-base N)." in problem
    assert doctor.check_ports({}, configured=True) is None


def test_the_disk_is_nearly_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor.check_disk(tmp_path) is None
    monkeypatch.setattr(doctor, "DISK_FREE_MIN", 10**18)
    problem = doctor.check_disk(tmp_path)
    assert problem is not None
    assert "MB left: free at least" in problem


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Problem, match=r"cannot be written .*: set RXLOG_HOME to a folder of yours"):
        Home(tmp_path / "file" / "home").create()


def test_two_commands_at_once(home: Home) -> None:
    with (
        home.locked(),
        pytest.raises(Problem, match="Another command is starting or stopping the network"),
        home.locked(),
    ):
        pass
    with home.locked():
        pass


def test_a_process_id_that_belongs_to_somebody_else_is_left_alone(home: Home) -> None:
    ourselves = Recorded.of(os.getpid())
    assert ourselves is not None
    assert ourselves.alive()
    reused = Recorded(os.getpid(), ourselves.created - 60)
    pids.write(home.pids, {"kafka": reused})
    assert pids.read(home.pids) == {"kafka": reused}
    assert doctor.clear_stale_run(home) == []
    assert not home.pids.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kafka": {"pid": 1}}'])
def test_damaged_records_are_no_records(home: Home, text: str) -> None:
    home.pids.write_text(text)
    assert pids.read(home.pids) == {}


def test_files_of_a_killed_run_are_removed(home: Home) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(home.socket))
    (home.run / "supervisord.pid").write_text("1")
    assert doctor.check_supervisor(home) is None
    doctor.clear_stale_run(home)
    assert not home.socket.exists()
    assert not (home.run / "supervisord.pid").exists()


def test_an_old_python_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Path(doctor.__file__).parents[1] / "rxlog.py"
    first_lines = compile(source.read_text().partition("import typer")[0], str(source), "exec")
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit, match=r"RxLog needs Python 3\.11 or newer and this is 3\.9"):
        exec(first_lines, {})
