"""Clocks of processes that are wrong: fast or slow, within what tokens forgive and far beyond."""

from __future__ import annotations

from infra.faults.kinds.fault import Fault, processes

SHIFTS_S = (-86_400, -600, -20, 20, 600, 86_400)


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
        draft = self.stage.clocks / f"{self.target}.draft"
        draft.write_text(str(seconds))
        draft.rename(self.stage.clocks / self.target)

    async def heal(self) -> None:
        (self.stage.clocks / self.target).unlink(missing_ok=True)

    @classmethod
    def uses(cls, target: str) -> set[str]:
        return {f"clock of {target}"}
