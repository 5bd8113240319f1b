"""`rxlog evaluate`: generate, fold, compare, write DETECTION.md and its plots."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from infra.evaluation.country.generator import Country
from infra.evaluation.folding import fold_country
from infra.evaluation.measures import Scores
from infra.evaluation.plots import draw
from infra.evaluation.report import report
from infra.evaluation.verdicts import all_fit, modes, verdicts
from services.surveillance.parameters import Parameters

Seed = Annotated[int, typer.Option(help="The country of this seed.")]
Patients = Annotated[int, typer.Option(min=100, help="How many people live in it.")]
Processes = Annotated[int, typer.Option(min=0, help="How many at once; 0: one per processor.")]
Out = Annotated[Path, typer.Option(help="Where DETECTION.md and docs/detection go.")]


def evaluate(
    seed: Seed = 1, patients: Patients = 100_000, processes: Processes = 0, out: Out = Path()
) -> None:
    """Measure every rule against a country whose truth is known."""
    began = time.monotonic()
    country = Country.of(seed, patients)
    scores = Scores()
    done = 0
    for folded in fold_country(country, processes or os.cpu_count() or 1):
        scores.take(folded)
        done += len(folded)
        if done % 10_000 < len(folded):
            print(f"{done:,} of {len(country.numbers):,} patients, {_since(began)}", flush=True)
    found = verdicts(scores, modes(Parameters.load()))
    draw(scores, found, country.world.days, out / "docs" / "detection")
    (out / "DETECTION.md").write_text(report(country, scores, found, ()), "utf-8")
    for verdict in found:
        if not verdict.fits:
            print(f"{verdict.rule} ({verdict.mode}): {verdict.words}")
    print(f"{scores.facts:,} facts in {_since(began)}; the tables are in {out / 'DETECTION.md'}")
    if not all_fit(found):
        raise typer.Exit(1)


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.0f} s"
