"""A network of one patient in memory: the log, the engine, the late lane, and what was told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.contracts.alerts import AlertChange, AlertRaised, AlertRetracted
from services.contracts.facts import Fact
from services.surveillance.engine import Change
from services.surveillance.late.lane import LateFact, is_missed, joined, late_fact
from services.surveillance.late.rerun import Patient, Rerun, Told, rerun
from services.surveillance.parameters import Parameters
from services.surveillance.timeline import PatientState
from tests.surveillance.artificial import PATIENT, Board


@dataclass
class Network:
    """The log, what surveillance made of it, its late lane, and what was published."""

    parameters: Parameters
    log: list[Told] = field(default_factory=list)
    lane: dict[str, LateFact] = field(default_factory=dict)
    taken: dict[str, LateFact] = field(default_factory=dict)
    published: dict[str, AlertChange] = field(default_factory=dict)
    board: Board = field(init=False)

    def __post_init__(self) -> None:
        self.board = Board(self.parameters)

    @property
    def state(self) -> PatientState:
        return self.board.state

    def tell(self, *facts: Fact) -> None:
        """Tell facts one after the other."""
        for fact in facts:
            offset, before = len(self.log), self.state
            self.log.append(Told(offset, fact))
            self.publish(self.board.tell(fact))
            if is_missed(before, fact, self.state, self.parameters.settled_days):
                missed = late_fact(fact, 0, offset)
                self.lane = joined([*self.lane.values(), missed])

    def publish(self, changes: Iterable[Change]) -> None:
        for change in changes:
            known = self.published.get(change.alert_id)
            assert change.revision == (known.revision + 1 if known else 1)
            assert isinstance(change, AlertRaised) == (
                known is None or isinstance(known, AlertRetracted)
            )
            self.published[change.alert_id] = change

    def rerun(self) -> Rerun:
        """What the lane means, touching nothing."""
        waiting = [late for i, late in self.lane.items() if self.taken.get(i) != late]
        patient = Patient(PATIENT, self.state.since_day, waiting, self.log, self.published)
        return rerun(patient, self.parameters)

    def take(self) -> Rerun:
        """The same, published."""
        came_to = self.rerun()
        self.publish(came_to.changes)
        self.taken = self.lane
        return came_to

    @property
    def open(self) -> dict[str, AlertChange]:
        return {i: c for i, c in self.published.items() if not isinstance(c, AlertRetracted)}
