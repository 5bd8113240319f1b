"""The one exception for what a person can put right."""

from __future__ import annotations


class Problem(Exception):  # noqa: N818 - it reads as what it is
    """An expected problem. Its text is plain sentences that say what to do next; no traceback."""
