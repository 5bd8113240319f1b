"""Records on the log that nobody can read, or that do not belong there."""

from __future__ import annotations

import asyncio
import random
import struct
from collections.abc import Callable
from datetime import UTC, datetime

from confluent_kafka import Producer

from infra.faults.kinds.fault import Fault
from infra.faults.stage import Stage
from infra.kafka.topics import silent
from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import DispensingReserved
from services.contracts.terms import Submitter
from services.kernel.log.language import published_language
from services.topology import LOG

SEVERAL = (1, 6)
MEGABYTE = 1_030_000
FLUSH_S = 15.0
Made = tuple[bytes | None, bytes | None]
"""Key and value."""

CODEC = published_language()


class Poison(Fault):
    name, family = "poison", "poison"
    proves = "what cannot be read gets its one outcome and its dead letter, and stops nobody"

    def __init__(self, target: str, rng: random.Random, stage: Stage) -> None:
        super().__init__(target, rng, stage)
        self._count = rng.randint(*SEVERAL)

    @classmethod
    def targets(cls) -> tuple[str, ...]:
        return tuple(KINDS)

    async def inject(self) -> None:
        self.detail = f"{self._count} records"
        records = [KINDS[self.target](self.rng) for _ in range(self._count)]
        await asyncio.to_thread(_produce, self.stage.network.kafka_bootstrap, records)

    @classmethod
    def uses(cls, target: str) -> set[str]:
        return {f"{target} on the log"}

    @property
    def poisons(self) -> int:
        return self._count


def _produce(bootstrap: str, records: list[Made]) -> None:
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
            "message.max.bytes": MEGABYTE + 18_000,
        },
        logger=silent(),
    )
    for key, value in records:
        producer.produce(LOG.name, key=key, value=value)
    if producer.flush(FLUSH_S):
        raise TimeoutError("the poison could not be put on the log")


def _code(rng: random.Random) -> str:
    letters = "".join(rng.choices("0123456789abcdefghijklmnopqrstuvwxyz", k=7))
    return f"01901{letters}-c"


def _reservation(rng: random.Random, code: str, event_id: str = "") -> bytes:
    return CODEC.encode(
        DispensingReserved(
            event_id=event_id or f"poison-{rng.getrandbits(64):016x}",
            content_hash=rng.randbytes(32),
            prescription_code=code,
            occurred_at=datetime.now(UTC),
            submitter=Submitter(facility_id="01921", role="pharmacy"),
            hold_minutes=30,
            law_version="none",
        )
    )


def _noise(rng: random.Random) -> Made:
    return _code(rng).encode(), rng.randbytes(rng.randint(1, 400))


def _cut_short(rng: random.Random) -> Made:
    code = _code(rng)
    whole = _reservation(rng, code)
    return code.encode(), whole[: rng.randrange(5, len(whole))]


def _damaged(rng: random.Random) -> Made:
    """The frame is right, the content is noise."""
    code = _code(rng)
    return code.encode(), _reservation(rng, code)[:5] + b"\xff" * rng.randint(20, 200)


def _unknown_schema(rng: random.Random) -> Made:
    code = _code(rng)
    return code.encode(), struct.pack(">bi", 0, 2_000_000_000) + _reservation(rng, code)[5:]


def _wrong_key(rng: random.Random) -> Made:
    return _code(rng).encode(), _reservation(rng, _code(rng))


def _other_topic(rng: random.Random) -> Made:
    code, now = _code(rng), datetime.now(UTC)
    outcome = SubmissionJudged(
        outcome_id="0-0",
        event_id="e",
        submission="DispensingReserved",
        prescription_code=code,
        log_partition=0,
        log_offset=0,
        recorded_at=now,
        result="granted",
        first_offset=0,
        first_recorded_at=now,
    )
    return code.encode(), CODEC.encode(outcome)


def _empty(rng: random.Random) -> Made:
    return _code(rng).encode(), b""


def _null(rng: random.Random) -> Made:
    return _code(rng).encode(), None


def _no_key(rng: random.Random) -> Made:
    return None, _reservation(rng, _code(rng))


def _nul(rng: random.Random) -> Made:
    code = _code(rng)
    return code.encode(), _reservation(rng, code, f"a\0{rng.getrandbits(32):x}")


def _strange_key(rng: random.Random) -> Made:
    return b"\xff\xfe\0" + rng.randbytes(9), _reservation(rng, _code(rng))


def _megabyte(rng: random.Random) -> Made:
    return _code(rng).encode(), rng.randbytes(MEGABYTE)


KINDS: dict[str, Callable[[random.Random], Made]] = {
    "noise": _noise,
    "cut short": _cut_short,
    "damaged": _damaged,
    "unknown schema": _unknown_schema,
    "another prescription's key": _wrong_key,
    "another topic's event": _other_topic,
    "empty": _empty,
    "no value": _null,
    "no key": _no_key,
    "U+0000 in its id": _nul,
    "a key that is no text": _strange_key,
    "a megabyte": _megabyte,
}
