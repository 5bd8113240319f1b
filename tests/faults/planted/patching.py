"""Changing the program in memory, and noticing when it is not the program a bug was made for."""

from __future__ import annotations

from typing import Any


def swap(owner: Any, name: str, new: Any) -> Any:
    """Put `new` in the place of `owner.name`, which must be there; return what was."""
    old = getattr(owner, name)
    setattr(owner, name, new)
    return old
