"""The event id is made fresh for each request; the caller's key is not part of it.

Breaks: the same key names the same event, however often the request is repeated.
Caught by: one request, one event; same key, same answer.
Scenario: requests over HTTP.
"""

from __future__ import annotations

from services.kernel.clock import new_uuid
from services.kernel.writing import answering
from tests.faults.planted.patching import swap


def plant() -> None:
    swap(answering, "event_id", lambda *_names: str(new_uuid()))
