"""The text of a generated function and the names it uses."""

from __future__ import annotations

from itertools import count
from typing import Any


class Source:
    """One function to be: its lines come from whoever generates it, its names are bound here."""

    def __init__(self, **names: Any) -> None:
        self._numbers = count(1)
        self._names = names

    def new(self, value: Any = None) -> str:
        """A name nothing else has; bound to `value` if there is one."""
        name = f"v{next(self._numbers)}"
        if value is not None:
            self._names[name] = value
        return name

    def function(self, name: str, parameters: str, lines: list[str]) -> Any:
        """The function with these lines as its body."""
        text = "\n".join([f"def {name}({parameters}):", *indented(lines)])
        exec(compile(text, f"<generated {name}>", "exec"), self._names)
        return self._names[name]


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
