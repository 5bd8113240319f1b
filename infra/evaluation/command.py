"""`rxlog evaluate`: generate, fold, compare, write DETECTION.md and its plots."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from infra.evaluation.country.generator import Country
from infra.evaluation.folding import fold_country
from infra.evaluation.measures import Scores
from infra.evaluation.oracle.asking import Alert, Compared, ask, compare, standing
from infra.evaluation.oracle.asking_places import ComparedMonths
from infra.evaluation.places.measuring import measure
from infra.evaluation.places.sites import Sites
from infra.evaluation.plots import draw, draw_places
from infra.evaluation.report import report
from infra.evaluation.verdicts import Verdict, modes, verdicts
from services.surveillance.parameters import Parameters

TELLS_EVERY = 10_000
TOLD_MAX = 3

Seed = Annotated[int, typer.Option(help="The country of this seed.")]
Patients = Annotated[int, typer.Option(min=100, help="How many people live in it.")]
Processes = Annotated[int, typer.Option(min=0, help="How many at once; 0: one per processor.")]
Out = Annotated[Path, typer.Option(help="Where DETECTION.md and docs/detection go.")]
Oracle = Annotated[bool, typer.Option(help="Ask the rules a second time, in SQL.")]


def evaluate(
    seed: Seed = 1,
    patients: Patients = 100_000,
    processes: Processes = 0,
    out: Out = Path(),
    *,
    oracle: Oracle = True,
) -> None:
    """Measure every rule against a country whose truth is known."""
    began = time.monotonic()
    at_once = processes or os.cpu_count() or 1
    country = Country.of(seed, patients)
    scores, compared = Scores(), []
    with tempfile.TemporaryDirectory(prefix="rxlog-evaluate-") as folder:
        logs = Path(folder)
        engine = _fold(country, scores, at_once, logs if oracle else None, began)
        print(f"{scores.facts:,} facts folded in {_since(began)}", flush=True)
        if oracle:
            compared = compare(engine, ask(sorted(logs.iterdir()), at_once))
            print(f"asked again in SQL: {_since(began)}", flush=True)
    found = verdicts(scores, modes(Parameters.load()))
    with tempfile.TemporaryDirectory(prefix="rxlog-evaluate-") as folder:
        places = measure(Sites.of(seed, patients), at_once, Path(folder) if oracle else None)
    print(f"{places.scores.facts:,} facts of places counted: {_since(began)}", flush=True)
    plots = out / "docs" / "detection"
    draw(scores, found, country.world.days, plots)
    draw_places(places.scores, places.verdicts, plots)
    page = out / "DETECTION.md"
    page.write_text(report(country, scores, found, compared, places), "utf-8")
    print(f"the tables are in {page}, after {_since(began)}")
    _end([*found, *places.verdicts], [*compared, *places.twice])


def _fold(
    country: Country, scores: Scores, processes: int, logs: Path | None, began: float
) -> set[Alert]:
    done, alerts = 0, set[Alert]()
    for folded in fold_country(country, processes, logs):
        scores.take(folded)
        alerts.update(standing(folded))
        done += len(folded)
        if done % TELLS_EVERY < len(folded):
            print(f"{done:,} of {len(country.numbers):,} patients, {_since(began)}", flush=True)
    return alerts


def _end(found: list[Verdict], compared: list[Compared | ComparedMonths]) -> None:
    """Say what does not fit; exit code 1 if anything does not."""
    wrong = [f"{v.rule} ({v.mode}): {v.words}" for v in found if not v.fits]
    for one in compared:
        for alert in (*one.only_engine, *one.only_oracle)[:TOLD_MAX]:
            wrong.append(f"only engine or only SQL: {alert}")
    for sentence in wrong:
        print(sentence)
    if wrong:
        raise typer.Exit(1)


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.0f} s"
