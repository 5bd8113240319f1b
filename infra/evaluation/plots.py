"""The plots of an evaluation, as PNG files. Matplotlib draws without a screen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infra.evaluation.country.labels import ABUSE_FORMS
from infra.evaluation.measures import Scores, per_1000_a_month, wilson
from infra.evaluation.verdicts import PRECISION_MIN, Verdict

_BLUE, _GREY, _RED = "#2b6cb0", "#a0aec0", "#c53030"


def draw(scores: Scores, verdicts: Sequence[Verdict], days: int, folder: Path) -> list[Path]:
    """Write `precision.png`, `forms.png` and `delay.png` into a folder, made if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _precision(scores, verdicts, days, folder / "precision.png"),
        _forms(scores, verdicts, folder / "forms.png"),
        _delay(scores, verdicts, folder / "delay.png"),
    ]


def draw_places(scores: Scores, verdicts: Sequence[Verdict], folder: Path) -> Path:
    """Write `places.png`: precision of the rules about prescribers and pharmacies."""
    folder.mkdir(parents=True, exist_ok=True)
    figure = _figure(10, len(verdicts))
    left, right = figure.subplots(1, 2, sharey=True)
    for place, verdict in enumerate(verdicts):
        _interval(left, place, scores, verdict)
        right.barh(place, scores.rules[verdict.rule].alerts, color=_colour(verdict))
    _name(left, verdicts)
    right.set(xlabel="alerts in the half-year")
    return _save(figure, folder / "places.png")


def _figure(width: float, rows: int) -> Figure:
    return Figure(figsize=(width, 1.6 + 0.28 * rows), dpi=110, layout="constrained")


def _save(figure: Figure, path: Path) -> Path:
    figure.savefig(path, metadata={"Software": None})  # so that equal pictures are equal bytes
    return path


def _precision(scores: Scores, verdicts: Sequence[Verdict], days: int, path: Path) -> Path:
    figure = _figure(10, len(verdicts))
    left, right = figure.subplots(1, 2, sharey=True)
    for place, verdict in enumerate(verdicts):
        _interval(left, place, scores, verdict)
        tally = scores.rules[verdict.rule]
        often = per_1000_a_month(tally.alerts, scores.patients, days)
        right.barh(place, often, color=_colour(verdict))
    _name(left, verdicts)
    right.set(xlabel="alerts per 1,000 patients a month")
    figure.suptitle("blue: shown to people; grey: statistics only; red: should not be shown")
    return _save(figure, path)


def _colour(verdict: Verdict) -> str:
    colour = _BLUE if verdict.mode != "shadow" else _GREY
    return colour if verdict.fits else _RED


def _interval(axes: Axes, place: int, scores: Scores, verdict: Verdict) -> None:
    tally = scores.rules[verdict.rule]
    if tally.precision is not None:
        low, high = wilson(tally.true, tally.alerts)
        axes.plot([low, high], [place, place], color=_colour(verdict), linewidth=1.5)
        axes.plot([tally.precision], [place], "o", color=_colour(verdict), markersize=5)


def _name(axes: Axes, verdicts: Sequence[Verdict]) -> None:
    axes.axvline(PRECISION_MIN, color="black", linewidth=0.8, linestyle=":")
    axes.set(xlim=(0, 1.02), xlabel="precision, with 95 % interval")
    axes.set_yticks(range(len(verdicts)), [verdict.rule for verdict in verdicts])
    axes.invert_yaxis()


def _forms(scores: Scores, verdicts: Sequence[Verdict], path: Path) -> Path:
    figure = _figure(7, len(verdicts))
    axes = figure.subplots()
    shares = [
        [scores.rules[verdict.rule].recall_of(form) for form in ABUSE_FORMS] for verdict in verdicts
    ]
    drawn = [[float("nan") if share is None else share for share in row] for row in shares]
    axes.imshow(drawn, cmap="Blues", vmin=0, vmax=1.3, aspect="auto")
    for row, of_rule in enumerate(shares):
        for column, share in enumerate(of_rule):
            axes.text(
                column, row, "" if share is None else f"{share:.0%}", ha="center", va="center"
            )
    axes.set_xticks(range(len(ABUSE_FORMS)), ABUSE_FORMS)
    axes.set_yticks(range(len(verdicts)), [verdict.rule for verdict in verdicts])
    axes.set_title("Share found, by form of the scheme")
    return _save(figure, path)


def _delay(scores: Scores, verdicts: Sequence[Verdict], path: Path) -> Path:
    minutes = sorted(m for v in verdicts for m in scores.rules[v.rule].minutes_to_alert)
    figure = _figure(7, 10)
    axes = figure.subplots()
    shares = [(place + 1) / len(minutes) for place in range(len(minutes))]
    axes.step([max(m, 1e-3) for m in minutes], shares, where="post", color=_BLUE)
    axes.set_xscale("log")
    axes.set_xticks([1 / 60, 1, 60, 1440], ["a second", "a minute", "an hour", "a day"])
    axes.set(ylim=(0, 1.02), ylabel="share of schemes found", xlabel="first detectable to alert")
    axes.grid(visible=True, alpha=0.3)
    return _save(figure, path)
