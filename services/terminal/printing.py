"""How things are shown: with colour and tables on a terminal, as plain lines anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

COLOURS = {
    "accepted": "green",
    "recorded": "green",
    "open": "yellow",
    "raised": "yellow",
    "revised": "cyan",
    "retracted": "dim",
    "pending": "yellow",
    "late": "yellow",
    "unconfirmed": "yellow",
    "refused": "red",
    "invalid": "red",
    "bad-file": "red",
    "unreadable": "red",
    "S1": "bold red",
    "S2": "red",
    "S3": "yellow",
    "S4": "dim",
}


class Printer:
    """Writes to one stream. `is_plain` is true when that is no terminal."""

    def __init__(self, stream: TextIO | None = None, *, width: int | None = None) -> None:
        self.console = Console(
            file=stream or sys.stdout, width=width, highlight=False, markup=False, emoji=False
        )
        self.is_plain = not self.console.is_terminal

    def line(self, *parts: str | tuple[str, str]) -> None:
        """One line; a part may be (text, style)."""
        if self.is_plain:
            words = [part if isinstance(part, str) else part[0] for part in parts]
            self.console.file.write("".join(words).rstrip() + "\n")
            self.console.file.flush()
        else:
            self.console.print(Text.assemble(*parts), soft_wrap=True)

    def heading(self, text: str) -> None:
        """A line above what belongs together."""
        self.line()
        self.line((text, "bold"))

    def table(
        self,
        columns: Sequence[str],
        rows: Iterable[Sequence[str | tuple[str, str]]],
        *,
        unbroken: str = "",
    ) -> None:
        """A table; plain lines have their cells apart by two spaces and empty ones left out.

        The column named `unbroken` is never wrapped, so that it can be copied.
        """
        if self.is_plain:
            for row in rows:
                cells = (cell if isinstance(cell, str) else cell[0] for cell in row)
                self.line("  ".join(cell for cell in cells if cell))
            return
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for column in columns:
            table.add_column(column, overflow="fold", no_wrap=column == unbroken)
        for row in rows:
            table.add_row(*(Text.assemble(cell) for cell in row))
        self.console.print(table)


def coloured(text: str, name: str) -> tuple[str, str]:
    """A text in the colour of what it says."""
    return text, COLOURS.get(name, "")
