"""What is shown where there is no terminal: whole lines, nothing but text."""

from __future__ import annotations

import io
from typing import Any

import typer
from rich.console import Console
from typer.testing import CliRunner

from infra.demo import register
from services.simulation.acts import Answer, Reserve
from services.simulation.regulator import Regulator, SeenAlert
from services.simulation.run import Plan, Run
from services.simulation.schemes import SCHEMES
from services.simulation.screen import (
    Screen,
    progress_line,
    progress_view,
    told_measures,
    told_verification,
)
from services.simulation.telling import Line
from services.simulation.verification import Planted, Verification
from tests.simulation.network_in_memory import COUNTRY

NO_CLIENT: Any = None


def screen(width: int = 60) -> tuple[Screen, io.StringIO]:
    stream = io.StringIO()
    return Screen(Console(file=stream, width=width, highlight=False, markup=False)), stream


def run() -> Run:
    made = Run(COUNTRY, NO_CLIENT, Plan(seconds=60, rate=30, seed=1, run="run-0001"))
    act = Reserve(by="01921", code="01901abcdefg-c", key="key-0001")
    for verdict, result in (("accepted", "granted"), ("refused", "expired")):
        made.measures.took(Answer(act, 201, {"verdict": verdict, "result": result}), 12.4)
    return made


def regulator() -> Regulator:
    made = Regulator(NO_CLIENT, "01991")
    made.alerts["a"] = SeenAlert("a", "cob", "patient", "raised", "", "")
    made.alerts["b"] = SeenAlert("b", "mpe", "patient", "retracted", "", "")
    return made


def test_a_line_of_the_story_is_one_line_whatever_the_width() -> None:
    shown, stream = screen()
    note = "Nhà thuốc 01921 đang giữ đơn này, và câu này dài hơn chiều rộng của màn hình."
    shown.line(Line(3, "Pharmacy 01922 asks", "refused: expired", "refused", 14.4, (note,)))
    first, second = stream.getvalue().splitlines()
    assert first.startswith(" 3  Pharmacy 01922 asks")
    assert first.endswith(" 14 ms")
    assert second.strip() == note
    assert "\x1b" not in stream.getvalue()


def test_progress_says_rate_percentiles_verdicts_and_open_alerts() -> None:
    line = progress_line(run(), regulator())
    assert "2 records" in line
    assert "p50 12 ms, p99 12 ms" in line
    assert "accepted 1, refused 1; wrong 0" in line
    assert line.endswith("open alerts: cob 1")


def test_the_live_view_shows_the_same() -> None:
    shown, stream = screen(width=120)
    shown.console.print(progress_view(run(), regulator()))
    text = stream.getvalue()
    assert "of 60 s" in text
    assert "reserve" in text
    assert "cob" in text
    assert "mpe" not in text


def test_the_end_names_every_wrong_verdict_and_every_missing_alert() -> None:
    shown, stream = screen()
    life = run()
    life.measures.went_wrong(["Reserve of x by y: expected this, got that"])
    told_measures(shown, life)
    by_name = {scheme.name: scheme for scheme in SCHEMES}
    missing = Planted(by_name["doctor-shopping"], "patient", is_whole=True, rules=frozenset())
    stranger = regulator().alerts["a"]
    told_verification(shown, Verification((missing,), (stranger,)))
    text = stream.getvalue()
    assert "wrong verdicts: 1, unanswered: 0" in text
    assert "Reserve of x by y: expected this, got that" in text
    assert "0 of 1 right" in text
    assert "an alert nobody planted: cob a" in text


def test_the_command_has_its_options() -> None:
    app = typer.Typer()
    register(app)
    said = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
    for option in ("--seconds", "--rate", "--seed", "--keep"):
        assert option in said
