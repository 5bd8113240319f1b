"""Quantities are added as floating-point numbers and rounded to two places.

Breaks: quantities are exact.
Caught by: what is told is so; the tables say what the log says; linearizability.
Scenario: a day at the counters.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from services.registry.judgement import dispensing
from tests.faults.planted.patching import swap


def plant() -> None:
    add = dispensing.add_quantities

    def as_floats(lines, changes, *, field, sign):  # type: ignore[no-untyped-def]
        added = add(lines, changes, field=field, sign=sign)
        return tuple(
            replace(line, **{field: Decimal(str(round(float(getattr(line, field)), 2)))})
            for line in added
        )

    swap(dispensing, "add_quantities", as_floats)
