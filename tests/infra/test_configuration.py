"""What the servers, the supervisor and the rooms are told."""

from __future__ import annotations

import subprocess
from configparser import RawConfigParser
from dataclasses import replace
from pathlib import Path

import pytest

from infra.kafka import broker
from infra.local import environment, ports
from infra.local.home import Home, Remembered, default_home
from infra.local.supervisor_config import ROOMS, SERVERS, Program, render, write_start_script
from infra.postgres.passwords import Passwords
from infra.postgres.roles import url_for
from infra.problem import Problem
from infra.processes import PROCESSES, ROLES, SERVER_PORTS, Process

OWNER = "postgresql://postgres:secret@127.0.0.1:15432/postgres?sslmode=disable"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.create()
    return made


def _environment(
    home: Home, name: str, through: dict[str, int] | None = None, **settings: str
) -> dict[str, str]:
    return environment.of_process(
        next(process for process in PROCESSES if process.name == name),
        home=home,
        processes=PROCESSES,
        ports=ports.port_names(PROCESSES),
        owner_url=OWNER,
        settings=settings,
        through=through,
    )


def test_names_and_default_ports_are_unique() -> None:
    names = [process.name for process in PROCESSES]
    all_ports = [*SERVER_PORTS.values(), *(p.port for p in PROCESSES if p.port)]
    assert len(names) == len(set(names))
    assert len(all_ports) == len(set(all_ports))
    assert {process.role for process in PROCESSES if process.role} == set(ROLES)


def test_the_configured_parameters_reach_a_room_wherever_it_runs(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path is meant from where the network is started; rooms run elsewhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RXLOG_PARAMETERS_FILE", "rules.yaml")
    variables = _environment(home, "surveillance-worker")
    assert variables["RXLOG_PARAMETERS_FILE"] == str(tmp_path / "rules.yaml")
    assert "RXLOG_PARAMETERS_FILE" not in _environment(home, "registry-worker")
    monkeypatch.delenv("RXLOG_PARAMETERS_FILE")
    assert "RXLOG_PARAMETERS_FILE" not in _environment(home, "surveillance-worker")


def test_a_room_gets_its_own_login_only(home: Home) -> None:
    variables = _environment(home, "registry-worker")
    password = Passwords(home.secrets).of("registry")
    place = "127.0.0.1:15432/rxlog?sslmode=disable"
    assert variables["RXLOG_POSTGRES_URL"] == f"postgresql://registry:{password}@{place}"
    assert "RXLOG_POSTGRES_URL" not in _environment(home, "dispensing")
    assert password not in str(_environment(home, "oversight-api"))


def test_a_worker_has_a_ready_file_and_an_api_a_port(home: Home) -> None:
    worker, api = _environment(home, "registry-worker"), _environment(home, "registry-api")
    assert worker["RXLOG_READY_FILE"] == str(home.ready / "registry-worker")
    assert "RXLOG_PORT" not in worker
    assert api["RXLOG_PORT"] == "8106"
    assert "RXLOG_READY_FILE" not in api


def test_given_settings_win(home: Home) -> None:
    assert _environment(home, "claims", RXLOG_LOG_LEVEL="debug")["RXLOG_LOG_LEVEL"] == "debug"


def test_servers_do_not_inherit_what_would_change_them() -> None:
    kept = environment.inherited({"PATH": "/bin", "PGDATA": "/x", "KAFKA_OPTS": "y", "HOME": "/h"})
    assert kept == {"PATH": "/bin", "HOME": "/h"}


def test_a_role_url_keeps_the_server_and_quotes_the_password() -> None:
    assert url_for("postgresql://me@db:5/x", "registry", "a/b@c") == (
        "postgresql://registry:a%2Fb%40c@db:5/rxlog"
    )
    assert url_for("postgresql://db:5", "registry", None) == "postgresql://registry@db:5/rxlog"


def test_the_start_script_carries_any_value_and_forgets_the_ready_file(home: Home) -> None:
    ready = home.ready / "tiny"
    ready.touch()
    odd = """it's "odd" $HOME `x` %s \\ ;"""
    tiny = Process("tiny", "platform")
    script = write_start_script(home, tiny, {"ODD": odd, "RXLOG_READY_FILE": str(ready)})
    text = script.read_text().replace("exec ", "exec /usr/bin/env #", 1)
    printed = subprocess.run(
        ["/bin/sh", "-c", text], capture_output=True, text=True, check=True
    ).stdout
    assert f"ODD={odd}\n" in printed
    assert not ready.exists()
    assert script.stat().st_mode & 0o077 == 0


def test_the_supervisor_restarts_everything_and_stops_rooms_before_servers(home: Home) -> None:
    room = Program("claims", ROOMS, ["/bin/sh", "/a b/c.sh"], home.run)
    text = render(
        home,
        [room, replace(room, name="postgres", group=SERVERS, user="pg", stop_signal="INT")],
        as_root=False,
    )
    config = RawConfigParser()
    config.read_string(text)
    assert config["program:claims"]["command"] == "/bin/sh '/a b/c.sh'"
    assert config["program:claims"]["autorestart"] == "true"
    assert config["program:postgres"]["user"] == "pg"
    assert config["program:postgres"]["stopsignal"] == "INT"
    assert "user" not in config["supervisord"]
    assert config.getint("group:rooms", "priority") > config.getint("group:servers", "priority")


def test_broker_settings_are_complete(home: Home) -> None:
    text = broker.write_settings(home.run, home.kafka_data, 1111, 2222).read_text()
    assert "listeners=PLAINTEXT://127.0.0.1:1111,CONTROLLER://127.0.0.1:2222" in text
    assert f"log.dirs={home.kafka_data}" in text
    assert "auto.create.topics.enable=false" in text
    assert "$" not in text


def test_behind_a_proxy_everybody_is_sent_to_it(home: Home) -> None:
    text = broker.write_settings(home.run, home.kafka_data, 1111, 2222, advertised=3333).read_text()
    assert "\nlisteners=PLAINTEXT://127.0.0.1:1111,CONTROLLER://127.0.0.1:2222" in text
    assert "advertised.listeners=PLAINTEXT://127.0.0.1:3333,CONTROLLER://127.0.0.1:2222" in text
    proxies = {"kafka": 3333, "postgres": 4444, "identity": 5555}
    variables = _environment(home, "registry-api", through=proxies)
    assert variables["RXLOG_POSTGRES_URL"].endswith("@127.0.0.1:4444/rxlog")
    assert variables["RXLOG_IDENTITY_URL"] == "http://127.0.0.1:5555"
    variables = _environment(home, "identity", through=proxies)
    assert variables["RXLOG_PORT"] == "8102", "it listens where it always does"
    assert _environment(home, "claims", through=proxies)["RXLOG_KAFKA_BOOTSTRAP"].endswith(":3333")


def test_a_short_lived_broker_compiles_quickly(home: Home) -> None:
    quick = broker.command("java", home.root, home.root / "s", short_lived=True)
    lasting = broker.command("java", home.root, home.root / "s", short_lived=False)
    assert set(quick) - set(lasting) == {"-XX:TieredStopAtLevel=1"}


@pytest.mark.parametrize(
    ("printed", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_402"', 8),
        ('openjdk version "25" 2025-09-16', 25),
        ("The operation couldn't be completed. Unable to locate a Java Runtime.", None),
    ],
)
def test_java_versions_are_read(printed: str, version: int | None) -> None:
    assert broker.java_version(printed) == version


def test_ports_are_named_based_remembered_or_default() -> None:
    def configured(**given: object) -> dict[str, int]:
        usual = {"base": None, "environment": {}, "remembered": {}}
        return ports.configured(PROCESSES, **{**usual, **given})  # type: ignore[arg-type]

    assert configured()["kafka"] == 19092
    assert configured(remembered={"kafka": 5000})["kafka"] == 5000
    based = configured(base=30000, remembered={"kafka": 5000})
    assert based["issuer"] == 30001
    assert based["kafka"] == 30091
    own = {"RXLOG_PORT_REGISTRY_API": "4444"}
    assert configured(base=30000, environment=own)["registry-api"] == 4444


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"RXLOG_PORT_KAFKA": "web"}, "RXLOG_PORT_KAFKA leads to port 'web'"),
        ({"RXLOG_PORT_KAFKA": "8101"}, "Port 8101 is given to both kafka and issuer"),
    ],
)
def test_wrong_ports_are_refused(variables: dict[str, str], said: str) -> None:
    with pytest.raises(Problem, match=said):
        ports.configured(PROCESSES, base=None, environment=variables, remembered={})


def test_free_ports_are_apart_from_those_of_clients() -> None:
    found = ports.free(PROCESSES)
    assert len(set(found.values())) == len(ports.port_names(PROCESSES))
    assert all(ports.FREE_FROM <= port < ports.FREE_TO for port in found.values())


def test_secrets_are_for_us_alone(home: Home) -> None:
    passwords = Passwords(home.secrets)
    first = passwords.of("registry")
    assert passwords.of("registry") == first
    assert passwords.write_passfile(["registry"]).read_text() == f"*:*:*:registry:{first}\n"
    assert home.secrets.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in home.secrets.iterdir()} == {0o600}


def test_a_home_remembers_and_says_when_its_memory_is_damaged(home: Home) -> None:
    assert home.remembered() is None
    facts = Remembered({"kafka": 1}, own_postgres=True)
    home.remember(facts)
    assert home.remembered() == facts
    (home.root / "network.json").write_text("{")
    with pytest.raises(Problem, match="is damaged: delete it"):
        home.remembered()


def test_the_control_socket_fits_everywhere(tmp_path: Path) -> None:
    assert Home(Path("/srv/rxlog")).socket == Path("/srv/rxlog/run/supervisor.sock")
    deep = Home(tmp_path / ("d" * 60) / ("e" * 60))
    assert len(str(deep.socket)) < 60
    assert deep.socket != Home(tmp_path / ("d" * 60) / ("f" * 60)).socket


def test_the_default_home_is_in_the_present_folder() -> None:
    assert default_home({}) == Path.cwd() / ".rxlog"
    assert default_home({"RXLOG_HOME": "/srv/x"}) == Path("/srv/x")


@pytest.mark.parametrize("name", ["a:b", "a;b", "a%b", "it's"])
def test_a_folder_that_java_or_the_supervisor_cannot_take(tmp_path: Path, name: str) -> None:
    with pytest.raises(Problem, match="set RXLOG_HOME to a plainer folder"):
        Home(tmp_path / name).create()
