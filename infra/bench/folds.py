"""What is right: the rooms' pure folds over a topic, in this process, without their workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from infra.bench.measured import Folded, digest
from services.contracts.facts import FactRecorded, FactWithdrawn
from services.contracts.submissions import Submission
from services.kernel.folding.log_reader import LogReader
from services.kernel.log.codec import Codec
from services.kernel.log.log_record import LogRecord
from services.registry.fold import Earlier, EarlierKey, fold
from services.registry.folder import read_entry
from services.registry.prescription import Prescription
from services.surveillance import timeline
from services.surveillance.engine import apply
from services.surveillance.parameters import Parameters
from services.topology import LOG


@dataclass(frozen=True, slots=True)
class Right:
    """What a contestant must come to; `results` is how many messages it publishes at least."""

    folded: Folded
    results: int


def registry(bootstrap: str, topic: str, codec: Codec) -> Right:
    """The registry that a log of submissions gives."""
    verdicts: Counter[str] = Counter()
    states: dict[str, Prescription] = {}
    earlier: dict[EarlierKey, Earlier] = {}
    results = 0
    for batch in batches(bootstrap, topic):
        entries = [read_entry(codec, record, LOG.partitions) for record in batch]
        keys = [
            (entry.code, entry.submission.event_id)
            for entry in entries
            if isinstance(entry.submission, Submission)
        ]
        known = {key: earlier[key] for key in keys if key in earlier}
        folded = fold(states, known, entries)
        states.update(folded.states)
        results += len(folded.judged) + len(folded.facts) + len(folded.unreadable)
        for entry, outcome in folded.judged:
            verdicts[f"{outcome.submission} {outcome.verdict} {outcome.result}"] += 1
            if isinstance(entry.submission, Submission):
                content = entry.submission.content_hash
                earlier.setdefault((entry.code, outcome.event_id), Earlier(content, outcome))
    encoded = {code: msgspec.json.encode(state) for code, state in states.items()}
    return Right(_folded(verdicts, encoded), results)


def surveillance(bootstrap: str, topic: str, codec: Codec) -> Right:
    """The timelines, and the changes of alerts, that a topic of facts gives."""
    parameters = Parameters.load(None)
    changes: Counter[str] = Counter()
    states: dict[str, timeline.PatientState] = {}
    for batch in batches(bootstrap, topic):
        for record in batch:
            fact = codec.decode(record.value)
            if not isinstance(fact, FactRecorded | FactWithdrawn):
                continue
            ref = fact.patient_ref
            state = states.get(ref) or timeline.PatientState(patient_ref=ref)
            states[ref], changed = apply(state, fact, parameters)
            changes.update(type(change).__name__ for change in changed)
    encoded = {ref: timeline.encode(state) for ref, state in states.items()}
    return Right(_folded(changes, encoded), changes.total())


def _folded(decided: Counter[str], encoded: Mapping[str, bytes]) -> Folded:
    count, found = digest(sorted(encoded.items()))
    return Folded(verdicts=dict(decided), states=count, states_digest=found)


def batches(bootstrap: str, topic: str) -> Iterator[list[LogRecord]]:
    """Every record of a topic, those of one partition in their order."""
    reader = LogReader(bootstrap, topic)
    try:
        ends = reader.ends()
        reader.read_from_start(ends)
        left = sum(ends.values())
        while left > 0:
            for batch in reader.fetch(ends).values():
                left -= len(batch)
                yield batch
    finally:
        reader.close()
