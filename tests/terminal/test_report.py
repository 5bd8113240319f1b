"""What a submission looks like, with and without a terminal."""

from __future__ import annotations

import io

from rich.console import Console

from services.terminal.printing import Printer
from services.terminal.report import Report
from services.terminal.submit import Result, Told
from tests.terminal.artificial import printer

GOOD = Result("a.json", 0, "019110000001-c", "accepted", 50, notes=(Told("signature", "vi", "en"),))
BAD = Result(
    "list\x1b.json",
    3,
    "x",
    "refused",
    50,
    problems=(Told("dia_chi", "vi?", "en!", "s", "do this"),),
)


def reported(lang: str = "en", *results: Result) -> str:
    out, text = printer()
    report = Report(out, lang, 100)
    with report.progress():
        for result in results:
            report.add(result)
    report.summary()
    return text.getvalue()


def test_each_prescription_is_one_line_and_its_problems_below() -> None:
    assert reported("en", GOOD, BAD) == (
        "✓ a.json  019110000001-c  accepted\n"
        "    signature: en\n"
        "✗ list\ufffd.json[3]  x  refused\n"
        "    dia_chi: en!\n"
        "    → do this\n"
        "\n"
        "1 accepted, 1 refused\n"
        "Correct what is named and submit the folder again: nothing is taken twice.\n"
    )


def test_it_speaks_vietnamese() -> None:
    text = reported("vi", GOOD, BAD)
    assert "1 chấp nhận, 1 từ chối" in text
    assert "dia_chi: vi?" in text


def test_what_is_undecided_says_to_run_again() -> None:
    text = reported("en", Result("a.json", 0, "c", "late", 1))
    assert "1 no verdict yet\nRun this command again" in text
    assert "There is nothing to submit." in reported("en")


def test_a_terminal_gets_colour_and_progress_and_no_markup_from_outside() -> None:
    stream = io.StringIO()
    out = Printer(stream)
    out.console = Console(file=stream, force_terminal=True, width=60, markup=False, highlight=False)
    out.is_plain = False
    report = Report(out, "en", 100)
    with report.progress():
        report.add(GOOD)
        report.add(Result("[red]x[/red].json", 0, "", "bad-file", 50))
    report.summary()
    shown = stream.getvalue()
    assert "\x1b[32maccepted" in shown
    assert "[red]x[/red].json" in shown
    out.table(("rule", "status"), [["cob", ("open", "yellow")]])
    assert "rule" in stream.getvalue()
