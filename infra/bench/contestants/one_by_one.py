"""The registry's fold for engines that hand over record by record, with one value for each key.

What is decoded, judged and encoded is the registry's own code, so that what differs is the engine.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import msgspec

from infra.bench.measured import Folded, digest
from services.contracts.submissions import Submission
from services.kernel.log.codec import Codec, UnreadableError
from services.kernel.log.log_record import LogRecord
from services.registry.fold import Earlier, EarlierKey, Entry, fold
from services.registry.fold import Folded as FoldedRecord
from services.registry.prescription import Prescription


class Kept(msgspec.Struct):
    """What is kept for a key: the prescription, and how each of its events was judged first."""

    state: Prescription | None = None
    earlier: dict[str, Earlier] = {}


@dataclass(frozen=True, slots=True)
class Step:
    """What one record came to. `kept` is the key's new value, None when it did not change;
    `messages` are the results to publish, key and value."""

    entry: Entry
    folded: FoldedRecord
    kept: bytes | None
    messages: list[tuple[bytes, bytes]]

    @property
    def decided(self) -> str:
        """The name of the verdict, as the bench counts it."""
        [(_, outcome)] = self.folded.judged
        return f"{outcome.submission} {outcome.verdict} {outcome.result}"


class OneByOne:
    """Folds a record and the value of its key into the key's next value."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(Kept).decode

    def step(self, record: LogRecord, value: bytes | None) -> Step:
        """Judge one record; `value` is what is kept for its key."""
        entry = self._read(record)
        kept = self._decode(value) if value else Kept()
        states = {entry.code: kept.state} if kept.state else {}
        earlier: dict[EarlierKey, Earlier] = {
            (entry.code, event_id): known for event_id, known in kept.earlier.items()
        }
        folded = fold(states, earlier, (entry,))
        [(_, outcome)] = folded.judged
        new = None
        if isinstance(entry.submission, Submission) and outcome.event_id not in kept.earlier:
            kept.state = folded.states.get(entry.code, kept.state)
            kept.earlier[outcome.event_id] = Earlier(entry.submission.content_hash, outcome)
            new = self._encode(kept)
        return Step(entry, folded, new, self._messages(folded))

    def _read(self, record: LogRecord) -> Entry:
        """The record decoded; less is checked than the registry does, which no record of the
        bench's log notices."""
        code = code_of(record)
        try:
            event = self._codec.decode(record.value)
        except UnreadableError as error:
            return Entry(record, code, None, str(error))
        if not isinstance(event, Submission) or event.prescription_code != code:
            return Entry(record, code, None, "no submission under its own prescription's key")
        return Entry(record, code, event)

    def _messages(self, folded: FoldedRecord) -> list[tuple[bytes, bytes]]:
        """The same messages as the registry's, without their headers."""
        encode = self._codec.encode
        messages = [(entry.code.encode(), encode(outcome)) for entry, outcome in folded.judged]
        messages += [(fact.patient_ref.encode(), encode(fact)) for _, fact in folded.facts]
        messages += [
            (entry.code.encode(), entry.record.value or b"") for entry, _ in folded.unreadable
        ]
        return messages


def code_of(record: LogRecord) -> str:
    """The key of a record as text, for engines that keep values by it."""
    return (record.key or b"").decode(errors="replace")


def came_to(verdicts: Counter[str], kept: dict[str, bytes]) -> Folded:
    """What the fold came to, of the values kept by key."""
    states = {code: msgspec.json.decode(value, type=Kept).state for code, value in kept.items()}
    encoded = {code: msgspec.json.encode(state) for code, state in states.items() if state}
    count, found = digest(sorted(encoded.items()))
    return Folded(verdicts=dict(verdicts), states=count, states_digest=found)
