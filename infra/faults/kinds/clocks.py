"""Clocks that are wrong: fast or slow, within what tokens forgive and far beyond."""

from __future__ import annotations

from infra.faults.faketime import BROKER_CLOCK
from infra.faults.kinds.fault import Fault, processes
from infra.processes import KAFKA

SHIFTS_S = (-86_400, -600, -20, 20, 600, 86_400)
BROKER_SHIFTS_S = (-3_600, -600, -30, 30, 600, 3_600)
"""An hour is more than a reservation holds."""


class Clock(Fault):
    """The process's time of day jumps, and jumps back when it is healed."""

    name, family = "clock", "clocks"
    proves = "verdicts follow the log's time alone; a room whose clock is wrong refuses callers"
    hold_s = (0.5, 2.0)

    @classmethod
    def targets(cls) -> tuple[str, ...]:
        return processes()

    async def inject(self) -> None:
        seconds = self.rng.choice(SHIFTS_S)
        self.detail = f"{seconds:+d} s"
        self._write(self.target, str(seconds))

    async def heal(self) -> None:
        (self.stage.clocks / self.target).unlink(missing_ok=True)

    @classmethod
    def uses(cls, target: str) -> set[str]:
        return {f"clock of {target}"}

    def _write(self, name: str, text: str) -> None:
        draft = self.stage.clocks / f"{name}.draft"
        draft.write_text(text)
        draft.rename(self.stage.clocks / name)


class BrokerClock(Clock):
    """The clock that dates the log jumps, and jumps back: append times go backwards."""

    name = "broker-clock"
    proves = "whatever the log's time does, it is one time for all: verdicts and rebuilds agree"
    hold_s = (1.5, 4.0)

    @classmethod
    def targets(cls) -> tuple[str, ...]:
        return (KAFKA,)

    async def inject(self) -> None:
        seconds = self.rng.choice(BROKER_SHIFTS_S)
        self.detail = f"{seconds:+d} s"
        self._write(BROKER_CLOCK, f"{seconds:+d}\n")

    async def heal(self) -> None:
        self._write(BROKER_CLOCK, "+0\n")
