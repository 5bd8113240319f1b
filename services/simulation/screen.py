"""What a person sees of a story and of a run: rich on a terminal, plain lines otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from rich.box import SIMPLE
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from services.simulation.regulator import Regulator
from services.simulation.run import Run
from services.simulation.schemes import Scheme
from services.simulation.telling import Line, Tone
from services.simulation.verification import Verification

STYLES: dict[Tone, str] = {
    "good": "green",
    "refused": "yellow",
    "finding": "magenta",
    "alert": "bold red",
    "wrong": "bold white on red",
}
WHAT_WIDTH, OUTCOME_WIDTH = 52, 30
VERDICTS = ("accepted", "recorded", "pending", "refused")


@dataclass(frozen=True)
class Screen:
    """Tells a story, and how a run goes, on a terminal or into a file: there without colours and
    without line breaks. `Console(highlight=False, markup=False)` is right for both."""

    console: Console

    def heading(self, text: str) -> None:
        """What comes next."""
        self.console.print()
        self.say(text, "bold")

    def say(self, text: str, style: str = "") -> None:
        """One line."""
        self.console.print(Text(text, style=style), soft_wrap=True)

    def line(self, line: Line) -> None:
        """One line of a story, and below it what the network said."""
        what = Text(f"{line.number:>2}  {line.what:<{WHAT_WIDTH}}  ")
        what.append(f"{line.outcome:<{OUTCOME_WIDTH}}", style=STYLES[line.tone])
        what.append(f" {line.milliseconds:>5.0f} ms", style="dim")
        self.console.print(what, soft_wrap=True)
        for note in line.notes:
            if self.console.is_terminal:
                self.console.print(Padding(Text(note, style="italic dim"), (0, 0, 0, 6)))
            else:
                self.say(f"      {note}")


def progress_line(run: Run, regulator: Regulator) -> str:
    """How a run goes, in one line."""
    measures = run.measures
    verdicts = measures.by_verdict()
    return (
        f"{run.age_s:>4.0f} s  {measures.records} records ({run.records_per_s:.1f}/s), "
        f"verdict p50 {measures.latency_ms(50):.0f} ms, p99 {measures.latency_ms(99):.0f} ms; "
        f"{_counted(verdicts)}; wrong {measures.wrong_verdicts}; "
        f"open alerts: {_counted(regulator.open_by_rule()) or 'none'}"
    )


def progress_view(run: Run, regulator: Regulator) -> Group:
    """How a run goes, as a view that is drawn again and again."""
    measures, plan = run.measures, run.plan
    head = Text.assemble(
        (f"{run.age_s:.0f} of {plan.seconds:.0f} s", "bold"),
        f"   {measures.records} records, {run.records_per_s:.1f}/s of {plan.rate:g}/s due",
        f"   verdict p50 {measures.latency_ms(50):.0f} ms, p99 {measures.latency_ms(99):.0f} ms   ",
        (
            f"wrong {measures.wrong_verdicts}",
            STYLES["wrong"] if measures.wrong_verdicts else STYLES["good"],
        ),
    )
    side = Table.grid(padding=(0, 4))
    side.add_row(_verdicts(run), _alerts(regulator))
    return Group(head, side)


def _verdicts(run: Run) -> Table:
    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column("verdicts")
    for verdict in VERDICTS:
        table.add_column(verdict, justify="right")
    counts = run.measures.verdicts
    for kind in sorted({kind for kind, _ in counts}):
        cells = (str(counts[kind, verdict] or "") for verdict in VERDICTS)
        table.add_row(kind.lower(), *cells)
    return table


def _alerts(regulator: Regulator) -> Table:
    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column("open alerts")
    table.add_column("", justify="right", style=STYLES["alert"])
    for rule, count in sorted(regulator.open_by_rule().items()):
        table.add_row(rule, str(count))
    return table


def told_measures(screen: Screen, run: Run) -> None:
    """What was counted and measured, in the end."""
    measures = run.measures
    screen.say(
        f"{measures.records} records at {run.plan.rate:g}/s: verdict over HTTP p50 "
        f"{measures.latency_ms(50):.0f} ms, p90 {measures.latency_ms(90):.0f} ms, p99 "
        f"{measures.latency_ms(99):.0f} ms, slowest {measures.latency_ms(100):.0f} ms"
    )
    screen.say(f"verdicts: {_counted(measures.by_verdict())}")
    screen.say(f"refusals: {_counted(measures.refusals) or 'none'}")
    screen.say(f"findings: {_counted(measures.findings) or 'none'}")
    is_right = not measures.wrong_verdicts and not measures.unanswered
    screen.say(
        f"wrong verdicts: {measures.wrong_verdicts}, unanswered: {measures.unanswered}",
        STYLES["good" if is_right else "wrong"],
    )
    for text in measures.wrong:
        screen.say(f"  {text}", STYLES["wrong"])


def told_verification(screen: Screen, verification: Verification) -> None:
    """What was planted, and what became of it."""
    planted, right = Counter[str](), Counter[str]()
    texts: dict[str, Scheme] = {}
    for item in verification.planted:
        name = item.scheme.name
        texts[name] = item.scheme
        planted[name] += 1
        right[name] += item.is_right
    for name, scheme in texts.items():
        wanted = f"{'alert' if scheme.is_found else 'no'} {scheme.rule}"
        screen.say(
            f"{name:<28}{scheme.told:<40}{wanted:<26}{right[name]} of {planted[name]} right",
            STYLES["good" if right[name] == planted[name] else "wrong"],
        )
    for alert in verification.strangers:
        text = f"an alert nobody planted: {alert.rule} {alert.alert_id}"
        screen.say(text, STYLES["wrong"])


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(
        f"{name} {count}" for name, count in sorted(counts.items(), key=lambda item: -item[1])
    )
