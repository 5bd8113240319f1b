"""One story in progress: what happens next in it, and whether the answers were right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.simulation.acts import Act, Answer, Issue, Script
from services.simulation.expectations import Expectations
from services.simulation.schemes import Scheme


@dataclass
class Course:
    """`key` begins every Idempotency-Key of the story; `codes` are the prescriptions in it."""

    name: str
    key: str
    script: Script
    expectations: Expectations
    scheme: Scheme | None = None
    codes: list[str] = field(default_factory=list)
    acts: tuple[Act, ...] = ()
    is_whole: bool = False
    """Whether it was told to its end."""
    _keys: int = 0

    def begin(self) -> None:
        """Go to the first acts."""
        self._go_on(None)

    def take(self, answers: Sequence[Answer], at: datetime) -> list[str]:
        """Check the answers to `acts` and go on; what is wrong with them.

        A story with a wrong or missing answer ends there: what would follow means nothing.
        """
        if any(answer.status == 0 for answer in answers):
            self._end()
            return []
        wrong = self.expectations.take(answers, at)
        for answer in answers:
            if isinstance(answer.act, Issue) and answer.status == 201:
                self.codes.append(answer.code)
        if wrong:
            self._end()
        else:
            self._go_on(tuple(answers))
        return wrong

    def _go_on(self, answers: tuple[Answer, ...] | None) -> None:
        try:
            acts = next(self.script) if answers is None else self.script.send(answers)
        except StopIteration:
            self.acts, self.is_whole = (), True
            return
        self.acts = tuple(act if act.key else replace(act, key=self._next_key()) for act in acts)

    def _next_key(self) -> str:
        self._keys += 1
        return f"{self.key}.{self._keys}"

    def _end(self) -> None:
        self.script.close()
        self.acts = ()
