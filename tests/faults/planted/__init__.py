"""Planted bugs: what a developer might have done, one module each, switched on only here.

The docstring of a module is its description: the mistake, then what it breaks, which checks must
find it (exactly these) and in which scenario. `plant()` changes the program in memory; the product
has no hook for it. The matrix in `docs/planted-bugs.md` is made from the docstrings, and the suite
holds them to what happens.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "bugs"
PACKAGE = f"{__name__}.bugs"


@dataclass(frozen=True)
class Bug:
    """One planted bug, as its docstring describes it."""

    name: str
    mistake: str
    breaks: str
    caught_by: frozenset[str]
    scenario: str


def plant(name: str) -> None:
    """Change this process's program as the bug does."""
    importlib.import_module(f"{PACKAGE}.{name}").plant()


def all_bugs() -> list[Bug]:
    """Every planted bug, by name."""
    return [describe(found.name) for found in pkgutil.iter_modules([str(FOLDER)])]


def describe(name: str) -> Bug:
    """What the docstring of a bug says of it."""
    text = inspect.getdoc(importlib.import_module(f"{PACKAGE}.{name}")) or ""
    mistake, _, rest = text.partition("\n\n")
    fields = dict(re.findall(r"^(Breaks|Caught by|Scenario): (.+?)\.$", rest, re.M | re.S))
    return Bug(
        name,
        " ".join(mistake.split()),
        " ".join(fields["Breaks"].split()),
        frozenset(" ".join(one.split()) for one in fields["Caught by"].split(";")),
        fields["Scenario"],
    )
