"""The plots of a run, as PNG files. Matplotlib draws without a screen."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from infra.bench.latency.ladder import Latency, Overload
from infra.bench.report import Report

_BLUE, _GREY, _RED, _GREEN = "#2b6cb0", "#a0aec0", "#c53030", "#2f855a"
OURS = ("registry", "rebuild", "surveillance")
WATCHED = ("registry", "rebuild", "surveillance", "surveillance-100")
"""Whose memory is drawn."""


def draw(report: Report, folder: Path) -> list[Path]:
    """Write what this run has something for; the files in the order of the page."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    if report.lines:
        found += [_rates(report, folder / "rates.png"), _memory(report, folder / "memory.png")]
    if report.latency is not None and report.latency.steps:
        found.append(_latency(report.latency, folder / "latency.png"))
        if report.latency.overload is not None:
            found.append(_overload(report.latency.overload, folder / "overload.png"))
    return found


def _figure(height: float) -> Figure:
    return Figure(figsize=(9, height), dpi=110, layout="constrained")


def _save(figure: Figure, path: Path) -> Path:
    figure.savefig(path, metadata={"Software": None})  # so that equal pictures are equal bytes
    return path


def _rates(report: Report, path: Path) -> Path:
    figure = _figure(1.2 + 0.32 * len(report.lines))
    axes = figure.subplots()
    for place, line in enumerate(report.lines):
        least, most = line.records / line.seconds_most, line.records / line.seconds_least
        axes.barh(place, line.rate, color=_BLUE if line.name.startswith(OURS) else _GREY)
        axes.plot([least, most], [place, place], color="black", linewidth=1.2)
        axes.text(most, place, f"  {line.rate:,.0f}", va="center", fontsize=8)
    axes.set_yticks(range(len(report.lines)), [line.title for line in report.lines])
    axes.invert_yaxis()
    axes.set(xscale="log", xlabel="records a second (median; the line is from least to most)")
    return _save(figure, path)


def _memory(report: Report, path: Path) -> Path:
    figure = _figure(3.2)
    axes = figure.subplots()
    lines = [line for line in map(report.line, WATCHED) if line and line.rounds[-1].memory]
    for line in lines:
        seconds, resident = zip(*line.rounds[-1].memory, strict=True)
        axes.plot(seconds, [size / 2**20 for size in resident], label=line.title)
    axes.set(xlabel="seconds of the last round", ylabel="resident memory in MiB", ylim=(0, None))
    if lines:
        axes.legend(fontsize=8)
    return _save(figure, path)


def _latency(latency: Latency, path: Path) -> Path:
    figure = _figure(3.6)
    axes = figure.subplots()
    for label, colour, name in (
        ("p50", _GREEN, "p50_ms"),
        ("p99", _BLUE, "p99_ms"),
        ("p99.9", _GREY, "p999_ms"),
    ):
        points = [(step.rate, getattr(step.figures, name)) for step in latency.steps]
        known = [(rate, value) for rate, value in points if value is not None]
        axes.plot([r for r, _ in known], [v for _, v in known], "o-", color=colour, label=label)
    if latency.knee is not None:
        axes.axvline(latency.knee, color="black", linewidth=0.8, linestyle=":", label="knee")
    axes.set(xscale="log", yscale="log", xlabel="calls a second", ylabel="ms to the verdict")
    rates = [step.rate for step in latency.steps]
    axes.set_xticks(rates, [f"{rate:g}" for rate in rates])
    axes.minorticks_off()
    axes.legend(fontsize=8)
    return _save(figure, path)


def _overload(load: Overload, path: Path) -> Path:
    figure = _figure(4.6)
    upper, lower = figure.subplots(2, 1, sharex=True)
    seconds = [window.second for window in load.windows]
    upper.plot(seconds, [w.calls for w in load.windows], color="black", label="calls")
    upper.plot(seconds, [w.in_time for w in load.windows], color=_GREEN, label="verdict in time")
    upper.plot(seconds, [w.shed for w in load.windows], color=_RED, label="429/503")
    upper.set(ylabel="a second")
    upper.legend(fontsize=8)
    lower.plot(seconds, [w.most_ms for w in load.windows], color=_BLUE)
    lower.set(yscale="log", xlabel="seconds", ylabel="longest wait in ms")
    for axes in (upper, lower):
        axes.axvline(load.seconds, color="black", linewidth=0.8, linestyle=":")
    return _save(figure, path)
