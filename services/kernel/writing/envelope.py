"""What the submissions of a request share. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from services.contracts.terms import Submitter


@dataclass(frozen=True, slots=True)
class Envelope:
    """The event's id, its prescription, who sent it, when it was received."""

    event_id: str
    code: str
    submitter: Submitter
    received_at: datetime


def content_hash(content: Mapping[str, Any]) -> bytes:
    """SHA-256 over the canonical JSON of what the caller asked for, stamps left out.

    Personal fields go in as their (deterministic) ciphertext: a hash of clear text could be
    guessed.
    """
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).digest()
