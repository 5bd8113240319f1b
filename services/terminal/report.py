"""What `rxlog submit` shows: progress, a line per prescription, a summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed

from services.terminal.printing import Printer, coloured
from services.terminal.settings import Language
from services.terminal.submit import Fate, Result, Told
from services.terminal.texts import safe, say

MARKS: dict[Fate, str] = {
    "accepted": "✓",
    "refused": "✗",
    "invalid": "✗",
    "bad-file": "✗",
    "late": "…",
    "unconfirmed": "…",
}


@dataclass
class Report:
    """Tells each result as it comes and counts them. `bytes_all` is the size of all files."""

    printer: Printer
    lang: Language
    bytes_all: int
    counts: Counter[Fate] = field(default_factory=Counter)
    _progress: Progress | None = field(default=None, init=False)
    _task: TaskID = field(default=TaskID(0), init=False)

    @contextmanager
    def progress(self) -> Iterator[None]:
        """A bar below the results, on a terminal only."""
        if self.printer.is_plain:
            yield
            return
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), Elapsed())
        with Progress(*columns, console=self.printer.console, transient=True) as self._progress:
            self._task = self._progress.add_task("", total=max(self.bytes_all, 1))
            yield

    def add(self, result: Result) -> None:
        """Tell one result."""
        self.counts[result.fate] += 1
        place = f"[{result.place}]" if result.place else ""
        self.printer.line(
            coloured(f"{MARKS[result.fate]} ", result.fate),
            safe(result.file) + place,
            "  ",
            (safe(result.code), "bold"),
            "  " if result.code else "",
            coloured(say(result.fate, self.lang), result.fate),
        )
        for problem in result.problems:
            self._tell(problem, "red")
        for note in result.notes:
            self._tell(note, "dim")
        if self._progress is not None:
            self._progress.update(self._task, advance=result.share, description=self._so_far())

    def summary(self) -> None:
        """How many of each, and how to go on."""
        self.printer.line()
        self.printer.line((self._so_far() or say("nothing", self.lang), "bold"))
        if self.counts["late"] or self.counts["unconfirmed"]:
            self.printer.line(say("send-again", self.lang))
        elif set(self.counts) - {"accepted"}:
            self.printer.line(say("correct-and-send", self.lang))

    def _so_far(self) -> str:
        return ", ".join(
            f"{self.counts[fate]} {say(fate, self.lang)}" for fate in MARKS if self.counts[fate]
        )

    def _tell(self, told: Told, style: str) -> None:
        text, then = (told.vi, told.next_vi) if self.lang == "vi" else (told.en, told.next_en)
        where = f"{safe(told.field)}: " if told.field else ""
        self.printer.line("    ", (where, "bold"), (safe(text), style))
        if then:
            self.printer.line("    → ", (safe(then), "italic"))
