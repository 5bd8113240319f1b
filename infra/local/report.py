"""Shows the steps of a start: a line for each, and what is being waited for in a terminal."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from infra.local.progress import Step


class Report:
    """A `Progress` that prints: `with Report(console) as report: network.start(progress=report)`.

    Without a terminal it prints the lines alone.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._under_way: list[str] = []
        self._status: Status | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._status = self._console.status("starting")
            self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, step: Step) -> None:
        with self._lock:
            if step.state == "begins":
                self._under_way.append(step.what)
            else:
                if step.what in self._under_way:
                    self._under_way.remove(step.what)
                took = f"{step.seconds:5.1f} s" if step.seconds else ""
                line = f"  {step.what:<22} {step.detail:<24} {took}".rstrip()
                self._console.print(escape(line), highlight=False, soft_wrap=True)
            if self._status is not None:
                waited_for = ", ".join(self._under_way) or "the rooms"
                self._status.update(f"waiting for {escape(waited_for)}")
