"""The codec of the whole published language, from `schemas/` beside the package."""

from __future__ import annotations

from pathlib import Path

from services.kernel.log.codec import Codec
from services.topology import TOPICS

SCHEMAS = Path(__file__).resolve().parents[3] / "schemas"


def published_language(schemas: Path = SCHEMAS) -> Codec:
    """Encodes and decodes every event of the topology."""
    return Codec(schemas, [event for topic in TOPICS for event in topic.events])
