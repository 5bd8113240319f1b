"""The tables of a run: for a terminal with rich, for the page in Markdown, of the same cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from infra.bench.contestants.sampled import Profile
from infra.bench.goals import GOALS
from infra.bench.latency.ladder import Latency, Step
from infra.bench.report import Line, Report
from infra.bench.scale import RATES, scale
from infra.bench.year import year
from infra.processes import KAFKA, POSTGRES

NOTE = (
    "of decoded: the rate beside that of only reading and decoding. CPU: per record, of the "
    "contestant's own processes, of Kafka, of Postgres. memory: the most of one worker."
)
NOT_TOLD = ""


@dataclass(frozen=True, slots=True)
class Cells:
    """A table: a title, the heads of the columns, rows. The first column is text."""

    title: str
    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def tables(report: Report) -> list[Cells]:
    """Every table that this run has something for."""
    found = []
    if report.lines:
        found += [folds(report), disks(report)]
    if report.profile is not None:
        found.append(profile(report.profile))
    if report.latency is not None:
        found.append(verdicts(report.latency))
        if report.latency.overload is not None:
            found.append(overload(report.latency))
    found.append(goals(report))
    return [cells for cells in found if cells.rows]


def folds(report: Report) -> Cells:
    """The contestants."""
    heads = (
        *("contestant", "records", "seconds: median (least-most)", "records/s", "of decoded"),
        *("CPU us: own, Kafka, Postgres", "memory"),
    )
    return Cells("Folding a log", heads, [_contestant(line) for line in report.lines])


def _contestant(line: Line) -> tuple[str, ...]:
    servers = [line.server_cpu_us.get(name) for name in (KAFKA, POSTGRES)]
    return (
        line.title,
        f"{line.records:,}",
        f"{line.seconds_median:.2f} ({line.seconds_least:.2f}-{line.seconds_most:.2f})",
        f"{line.rate:,.0f}",
        f"{line.share:.2f}",
        ", ".join(f"{used:,.0f}" for used in (line.cpu_us, *servers) if used is not None),
        f"{line.memory_mib:,.0f} MiB" if line.memory_mib else NOT_TOLD,
    )


def disks(report: Report) -> Cells:
    """Megabytes on disk and seconds of processor time, for a million records."""
    rows = [
        (
            line.title,
            f"{line.whole_cpu_us:,.0f} s",
            ", ".join(f"{name} {size:,.0f} MB" for name, size in line.disk_bytes.items()),
        )
        for line in report.lines
        if line.disk_bytes
    ]
    heads = ("contestant", "processor time, servers included", "written to disk")
    return Cells("For a million records", heads, rows)


def profile(found: Profile) -> Cells:
    """Where a microsecond of the registry's worker goes."""
    rows = [(stage.name, f"{stage.share:.1%}", f"{stage.us:.1f} us") for stage in found.stages]
    rows.append(("a record, while sampled", "", f"{found.us:.1f} us"))
    rows.append(("beside it, in a thread of the client: fetching", f"{found.beside:.1%}", ""))
    heads = ("part of the work", "share of the time", "of a record")
    return Cells("Where the registry's time goes", heads, rows)


def verdicts(latency: Latency) -> Cells:
    """Rate by rate."""
    heads = (
        *("calls a second", "calls", "in time", "p50", "p99", "p99.9", "most", "202", "429/503"),
        *("unanswered", "generators late", "processors: network, generators"),
    )
    rows = [_step(step) for step in latency.steps]
    return Cells("Reservations through HTTP, from when a call was due to its verdict", heads, rows)


def _step(step: Step) -> tuple[str, ...]:
    found = step.figures
    waited = (found.p50_ms, found.p99_ms, found.p999_ms, found.most_ms)
    return (
        f"{step.rate:g}",
        f"{found.calls:,}",
        f"{found.in_time:.1%}",
        *(_ms(one) for one in waited),
        f"{found.late:,}",
        f"{found.shed:,}",
        f"{found.unanswered + found.others:,}",
        _ms(found.lag_p99_ms),
        f"{sum(step.cores.values()):.2f}, {step.generator_cores:.2f}",
    )


def _ms(value: float | None) -> str:
    return NOT_TOLD if value is None else f"{value:,.1f} ms"


def overload(latency: Latency) -> Cells:
    """Twice the knee, and the calm after it."""
    load = latency.overload
    assert load is not None, "it was measured"
    heads = ("", "calls", "in time", "429/503", "saying when", "202", "unanswered", "p50", "p99")
    rows = []
    for rate, seconds, found in (
        (load.rate, load.seconds, load.figures),
        (load.calm_rate, load.calm_seconds, load.calm),
    ):
        counted = (found.late, found.unanswered + found.others)
        rows.append(
            (
                f"{rate:g} a second for {seconds:g} s",
                f"{found.calls:,}",
                f"{found.in_time:.1%}",
                f"{found.shed_share:.1%}",
                f"{found.shed_saying_when:,}",
                *(f"{count:,}" for count in counted),
                _ms(found.p50_ms),
                _ms(found.p99_ms),
            )
        )
    after = load.recovered_after_s
    told = "not while it was watched" if after is None else f"after {after:.1f} s"
    rows.append((f"recovered: {told}", *[NOT_TOLD] * (len(heads) - 1)))
    return Cells("Twice the knee, then calm", heads, rows)


def goals(report: Report) -> Cells:
    """The goals that this run measured."""
    rows = []
    for goal in GOALS:
        found = goal.of(report)
        if found is None:
            continue
        rows.append(
            (
                goal.what,
                f"at {goal.bound} {goal.value:,g} {goal.unit}",
                goal.told(found),
                "yes" if goal.reached(report) else "NO",
            )
        )
    return Cells("What is to be reached", ("figure", "goal", "measured", "reached"), rows)


def a_year(report: Report) -> Cells:
    """The derived cost of a year."""
    rows = [(row.what, row.figure, row.how) for row in year(report)]
    return Cells("A year of 300 million prescriptions", ("what", "derived", "from"), rows)


def needs(report: Report) -> Cells:
    """What higher rates need, derived."""
    by_rate = [scale(report, rate) for rate in RATES]
    rows = [
        (row[0].what, *(one.figure for one in row), row[0].how)
        for row in zip(*by_rate, strict=True)
    ]
    heads = ("what", *(f"{rate:,} records/s" for rate in RATES), "from")
    return Cells("What more would need, on paper", heads, rows)


def circumstances(report: Report) -> list[str]:
    """Where and with what it was measured."""
    machine = report.machine
    told = [f"{report.date:%Y-%m-%d %H:%M} UTC, seed {report.seed}"]
    if report.lines:
        told[0] += f", rounds: {len(report.lines[0].rounds)}"
        size = report.record_bytes_mean
        told.append(f"log: {report.records:,} records, {size:.0f} bytes each on average")
    memory = f"{machine.memory_bytes / 2**30:.0f} GiB"
    return [
        *told,
        f"{machine.cpu}, {machine.cores} cores, {memory}; load before the run {machine.load:.2f}",
        machine.system,
        ", ".join(f"{name} {version}" for name, version in machine.versions.items()),
    ]


def show(report: Report, console: Console) -> None:
    """All tables, and below them where and with what it was measured."""
    for cells in tables(report):
        console.print(f"\n{cells.title}", style="bold")
        console.print(_rich(cells))
    console.print(NOTE, soft_wrap=True, style="dim")
    for said in circumstances(report):
        console.print(said, soft_wrap=True, style="dim")
    for sentence in report.wrong:
        console.print(f"WRONG: {sentence}", soft_wrap=True, style="bold red")


def _rich(cells: Cells) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for place, head in enumerate(cells.heads):
        table.add_column(head, justify="right" if place else "left")
    for row in cells.rows:
        table.add_row(*row)
    return table


def markdown(cells: Cells) -> str:
    """The table for a page."""

    def line(texts: Sequence[str]) -> str:
        return "| " + " | ".join(text.replace("|", "\\|") for text in texts) + " |"

    marks = ["---", *["---:"] * (len(cells.heads) - 1)]
    return "\n".join([line(cells.heads), line(marks), *map(line, cells.rows)])
