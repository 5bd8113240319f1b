"""The shell around the fold, in memory: what it loads before a batch and keeps after it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import TimeTicked
from services.registry.fold import Earlier, EarlierKey, Entry, Folded, fold
from services.registry.prescription import Prescription, due_at

_decode = msgspec.json.Decoder(Prescription).decode


class Shell:
    """Keeps states as bytes, loads what a batch touches and what its ticks find due, no more."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.earlier: dict[EarlierKey, Earlier] = {}
        self.outcomes: list[SubmissionJudged] = []
        self.facts: list[object] = []

    def state(self, code: str) -> Prescription | None:
        return _decode(self.kept[code]) if code in self.kept else None

    def fold(self, batch: Sequence[Entry]) -> Folded:
        """Fold one batch as the registry's worker would."""
        keys = [(e.code, e.submitted.event_id) for e in batch if e.submitted]
        states = {code: self.state(code) for code in {*(c for c, _ in keys), *self._due(batch)}}
        earlier = {key: self.earlier[key] for key in keys if key in self.earlier}
        folded = fold({c: s for c, s in states.items() if s is not None}, earlier, batch)
        for code, state in folded.states.items():
            self.kept[code] = msgspec.json.encode(state)
        for entry, outcome in folded.judged:
            if entry.submitted is not None:
                first = Earlier(entry.submitted.content_hash, outcome)
                self.earlier.setdefault((entry.code, outcome.event_id), first)
            self.outcomes.append(outcome)
        self.facts += [fact for _, fact in folded.facts]
        return folded

    def _due(self, batch: Sequence[Entry]) -> list[str]:
        """Every prescription of a ticked partition that is due by the latest tick on it."""
        ticks = [e for e in batch if isinstance(e.submission, TimeTicked)]
        latest = {
            p: max(e.at for e in ticks if e.record.partition == p)
            for p in {e.record.partition for e in ticks}
        }
        found = []
        for code in self.kept:
            state = self.state(code)
            due = due_at(state) if state is not None else None
            if due is not None and state.partition in latest and due <= latest[state.partition]:
                found.append(code)
        return found
