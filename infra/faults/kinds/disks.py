"""Disks that are full for a while."""

from __future__ import annotations

from infra.faults.kinds.fault import Fault
from infra.processes import KAFKA, POSTGRES


class DiskFull(Fault):
    name, family = "disk-full", "disks"
    proves = "without room nothing is acknowledged, nothing is half done, and it goes on by itself"
    hold_s = (1.0, 3.0)

    @classmethod
    def targets(cls) -> tuple[str, ...]:
        return (KAFKA, POSTGRES)

    async def inject(self) -> None:
        self.stage.disks.fill(
            self.target, [one.pid for one in await self.stage.family(self.target)]
        )
        self.detail = self.stage.disks.means

    async def heal(self) -> None:
        self.stage.disks.empty(
            self.target, [one.pid for one in await self.stage.family(self.target)]
        )
