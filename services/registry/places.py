"""Places in what callers read page by page. Data only."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class OfPatient(NamedTuple):
    """A place in a patient's prescriptions, newest first."""

    issued_at: datetime
    code: str


class InBook(NamedTuple):
    """A place in a day book."""

    booked_at: datetime
    partition: int
    offset: int
    code: str


class Seen(NamedTuple):
    """The last record seen in a partition: a tick may touch many prescriptions at one offset.

    `(next_offset, "")` stands for everything before that offset.
    """

    offset: int
    code: str
